// The client's prepared statements by name.
//
// A Parse takes effect here when it is *sent*, since the Bind behind it in the same pipeline refers
// to it; `restore` takes it back when the server answers with an error or skips it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/session/prepared_statement.hpp"

namespace pgfold::session {

class statement_registry {
public:
    explicit statement_registry(std::size_t statements_max) : statements_max_(statements_max) {}

    [[nodiscard]] prepared_statement_ptr find(std::string_view name) const;

    // Returns what stood under that name before.
    prepared_statement_ptr replace(std::string_view name, prepared_statement_ptr statement);
    prepared_statement_ptr erase(std::string_view name) { return replace(name, nullptr); }
    void clear();

    // An empty statement to fill in; the unnamed one's storage is used again where nobody holds it.
    [[nodiscard]] prepared_statement_ptr make_unnamed();

    [[nodiscard]] std::size_t size() const { return named_.size(); }

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    std::size_t statements_max_;
    prepared_statement_ptr unnamed_;
    std::unordered_map<std::string, prepared_statement_ptr, text_hash, std::equal_to<>> named_;
};

}  // namespace pgfold::session
