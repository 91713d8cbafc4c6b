// How a client asks a lookup: enough to ask it again, in the same words, with other keys.
//
// Flow:
//     auto form = lookup_form::of(asked, key_arguments);
//     append_lookup(out, *form, {"24"});    once per key
//     append_sync(out);                     unless the form is a simple query
//
// Only the keys differ from what the client sent: statement, formats and the other parameters'
// bytes are its own. What one lookup sends, and what comes back if all goes well:
//
//     query     Query                            RowDescription DataRow* CommandComplete
//                                                ReadyForQuery
//     bind      Bind Execute                     BindComplete DataRow* CommandComplete
//     parse     Close Parse Bind Execute Close   CloseComplete ParseComplete BindComplete DataRow*
//                                                CommandComplete CloseComplete
//
// `parse` is for keys that stand in the text of a prepared statement. It uses a statement name of
// its own, so that the client's unnamed statement stays. All use the unnamed portal: where a client
// may still fetch from its own unnamed portal (a row limit, inside a transaction), do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/batch/key_encoding.hpp"

namespace pgfold::fold {

enum class lookup_messages : std::uint8_t { query, bind, parse };

class lookup_form {
public:
    static constexpr std::size_t keys_max = 8;
    static constexpr std::size_t bytes_max = 64 * 1024;  // of text and bound values

    // `key_arguments` are indexes into asked.arguments, in the order in which keys will be given.
    // nullopt: it cannot be asked with other keys.
    [[nodiscard]] static std::optional<lookup_form> of(
        const asked_lookup& asked, std::span<const std::uint16_t> key_arguments);

    [[nodiscard]] lookup_messages messages() const { return messages_; }
    [[nodiscard]] bool is_extended() const { return messages_ != lookup_messages::query; }
    [[nodiscard]] std::size_t key_count() const { return key_arguments_.size(); }
    // Refers to a statement of the client's, which it may replace or close.
    [[nodiscard]] bool needs_statement() const { return messages_ == lookup_messages::bind; }

    // Whether another lookup of the same template writes its keys so that the server reads them as
    // it reads this form's: then equal canonical keys mean the same question. The constant
    // arguments are not compared.
    [[nodiscard]] bool reads_keys_like(const asked_lookup& other) const;

    // Of the client's Bind; a simple query has no parameters and only text results.
    [[nodiscard]] std::size_t parameter_count() const { return parameters_.size(); }
    [[nodiscard]] std::int16_t parameter_format(std::size_t i) const { return formats_[i]; }
    [[nodiscard]] std::span<const std::byte> parameter_value(std::size_t i) const {  // with length
        return std::span(values_).subspan(parameters_[i].begin,
                                          parameters_[i].end - parameters_[i].begin);
    }
    [[nodiscard]] std::int16_t result_format(std::size_t column) const;

private:
    friend bool append_lookup(std::vector<std::byte>&, const lookup_form&,
                              std::span<const std::string>);

    // A stretch of text_ or values_ where the key stands instead.
    struct key_place {
        std::size_t begin = 0, end = 0;
        std::size_t key = 0;         // index into the keys given
        literal_style style;         // in the text
        std::uint32_t type_oid = 0;  // of a bound value
        bool binary = false;
    };
    struct bound_value {
        std::size_t begin = 0, end = 0;  // in values_, its length included
    };

    [[nodiscard]] bool read_bind(const asked_lookup& asked);
    [[nodiscard]] bool add_key(const asked_lookup& asked, std::size_t key, std::size_t argument);

    [[nodiscard]] bool write(std::vector<std::byte>& out, std::span<const std::string> keys) const;
    [[nodiscard]] bool write_text(std::vector<std::byte>& out,
                                  std::span<const std::string> keys) const;
    [[nodiscard]] bool write_bind(std::vector<std::byte>& out, std::string_view statement_name,
                                  std::span<const std::string> keys) const;

    lookup_messages messages_ = lookup_messages::query;
    sql::text_settings settings_;
    std::vector<std::uint16_t> key_arguments_;

    std::string text_;                  // query, parse
    std::vector<key_place> in_text_;    // in order of the text
    std::vector<key_place> in_values_;  // in order of the parameters

    std::string statement_name_;
    std::vector<std::byte> parameter_formats_;  // as in the Bind, count included
    std::vector<std::byte> values_;             // as in the Bind, without the count
    std::vector<bound_value> parameters_;
    std::vector<std::int16_t> formats_;  // one per parameter
    std::vector<std::uint32_t> types_;   // of the parameters, as far as they are known
    std::vector<std::int16_t> result_formats_;
};

// One canonical key per key argument. False, and nothing written: the client could not ask that
// either (an int2 of 40000), or there is a doubt.
[[nodiscard]] bool append_lookup(std::vector<std::byte>& out, const lookup_form& form,
                                 std::span<const std::string> keys);

void append_sync(std::vector<std::byte>& out);

}  // namespace pgfold::fold
