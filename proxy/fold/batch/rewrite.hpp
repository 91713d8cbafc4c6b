// A lookup, rewritten to fetch for many keys at once.
//
// Flow:
//     1. Parse describable_text(child) under a name of pgfold's own and Describe it, where the
//        types of the keys or the child's RowDescription are not known yet.
//     2. rewrite_any() or rewrite_lateral(); a refusal says why, in words for users.
//     3. Parse the text, Describe the statement, and compare: same_description() (batch_rows.hpp).
//        Only then is the rewrite certain to say what was meant.
//     4. append_batch() (batch_messages.hpp), split_row() (batch_rows.hpp).
//
// Both take tens to hundreds of microseconds: once per child, not per lookup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "analyzer/sql/statement_template.hpp"
#include "proxy/fold/batch/batch_query.hpp"

namespace pgfold::fold {

struct child_key {
    std::uint16_t parameter = 0;  // $n of the template, from 1
    std::uint32_t type_oid = 0;   // as the server describes the parameter
    // Text is compared byte by byte when rows are given to their keys. That is equality only under
    // a deterministic collation; the catalog knows.
    bool deterministic_collation = false;
};

struct batched_child {
    std::string_view text;  // the client's, as it was sent or prepared
    const sql::statement_template& statement;
    std::span<const sql::literal_span> literals;  // into text
    sql::text_settings settings;
    std::span<const child_key> keys;
    std::span<const std::byte> row_description;  // body
};

struct rewrite_result {
    std::optional<batch_query> query;
    std::string refusal;  // where there is no query: "the lookup has a LIMIT"
};

// The child with its keys as parameters, whatever they were: what to let the server describe, to
// learn what types it takes them for.
struct describable {
    std::string text;
    std::vector<std::uint16_t> key_parameters;  // $n in the text, one per key
};
// nullopt: the text cannot be read. The keys' types do not matter yet.
[[nodiscard]] std::optional<describable> describable_text(const batched_child& child);

// `key = ANY($1)` in the key comparison's place; for several keys, (a, b) IN (unnest …). For
// children whose rows for many keys are the rows for each of them put together. What has an ORDER
// BY keeps it, so the rows of one key stay in order; ties may come in another order than alone.
[[nodiscard]] rewrite_result rewrite_any(const batched_child& child);

// The child as it stands, once for each key. For any plain SELECT.
[[nodiscard]] rewrite_result rewrite_lateral(const batched_child& child);

}  // namespace pgfold::fold
