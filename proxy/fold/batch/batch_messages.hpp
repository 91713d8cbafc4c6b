// Asking a batch: the rewritten statement with arrays of keys, and with the constants and the
// result formats of the client's own lookup. Always in the extended protocol; a client that speaks
// the simple one has its constants in the text and gets text rows.
//
// Flow:
//     append_parse_batch(out, "pgfold_batch_1", query, child_types);
//     append_describe_statement(out, "pgfold_batch_1");   once: see same_description()
//     append_sync(out);
//     …
//     key_arrays arrays(query);
//     for (key …) if (arrays.add(key)) …remember it as number arrays.size() - 1…
//     append_batch(out, "pgfold_batch_1", query, arrays, form);
//     append_sync(out);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/fold/batch/batch_query.hpp"
#include "proxy/fold/batch/lookup_form.hpp"

namespace pgfold::fold {

// The keys of a batch, as arrays in text form: one per key parameter, all equally long.
class key_arrays {
public:
    static constexpr std::size_t bytes_max = 1 << 20;

    explicit key_arrays(const batch_query& query);

    // False, and nothing added: a key is none of its type's values, or there are too many.
    [[nodiscard]] bool add(std::span<const std::string> keys);
    [[nodiscard]] std::size_t size() const { return size_; }
    // "{24,25}"
    [[nodiscard]] std::string text(std::size_t parameter) const {
        return '{' + elements_[parameter] + '}';
    }

private:
    std::vector<std::uint32_t> types_;
    std::vector<std::string> elements_;
    std::size_t size_ = 0;
};

// `child_types`: of the child's bound parameters, as far as they are known. The statement of that
// name, if there is one, is closed first: CloseComplete ParseComplete.
void append_parse_batch(std::vector<std::byte>& out, std::string_view statement_name,
                        const batch_query& query, std::span<const std::uint32_t> child_types);

// ParameterDescription RowDescription.
void append_describe_statement(std::vector<std::byte>& out, std::string_view statement_name);

// Bind and Execute of the unnamed portal. Carried columns come in binary format. False, and nothing
// written: the form does not have the constants.
[[nodiscard]] bool append_batch(std::vector<std::byte>& out, std::string_view statement_name,
                                const batch_query& query, const key_arrays& arrays,
                                const lookup_form& form);

}  // namespace pgfold::fold
