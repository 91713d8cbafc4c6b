// A portal: what a Bind made of a prepared statement, kept until its Execute.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/protocol/frontend/bind.hpp"
#include "proxy/session/prepared_statement.hpp"
#include "proxy/session/result_formats.hpp"

namespace pgfold::session {

struct portal {
    prepared_statement_ptr statement;  // null: unknown
    result_formats formats;
    detect::execution_id execution = 0;  // of its first Execute
    std::uint64_t rows = 0;              // delivered by earlier Executes with a row limit
    std::uint64_t bytes = 0;

    // Copies the values, since the Bind's bytes are gone when a later read brings the Execute.
    void bind(const protocol::bind_view& view, prepared_statement_ptr of);
    // Bound values, then the statement's literals: one argument per $n of the normalized text.
    void append_arguments(std::vector<detect::argument>& out) const;

private:
    struct value {
        std::uint32_t offset;
        std::int32_t length;  // -1: NULL
        detect::argument_format format;
    };
    std::string bytes_;
    std::vector<value> values_;
};

class portal_table {
public:
    static constexpr std::size_t portals_max = 1000;

    [[nodiscard]] portal* find(std::string_view name);
    // Null when there are too many to follow.
    [[nodiscard]] portal* create(std::string_view name);
    void erase(std::string_view name);
    void clear();  // at the transaction's end

private:
    portal unnamed_;
    bool has_unnamed_ = false;
    std::unordered_map<std::string, portal> named_;
};

}  // namespace pgfold::session
