// A result that may feed a loop: which execution it answers, its rows, and indexes of the columns
// that some lookup has asked for.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/detect/key_index.hpp"
#include "analyzer/detect/row_block.hpp"

namespace pgfold::detect {

// Shared with sibling connections once complete, and then never changed.
struct result_record {
    static constexpr std::size_t keys_max = 4;

    std::uint64_t connection_id = 0;
    execution_id id = 0;
    sql::template_ptr statement;
    std::array<std::uint64_t, keys_max> keys{};  // what the execution itself was asked with
    std::uint64_t request = 0;                   // hash of the request's trace tag; 0 without
    timestamp arrived;
    row_block rows;

    explicit result_record(std::shared_ptr<const result_shape> shape) : rows(std::move(shape)) {}

    // May hold keys of lookups: not a document, an array or a truth value.
    [[nodiscard]] bool can_feed(std::size_t column, value_kind kind) const;
    // The column only repeats an argument of its own statement: orders.customer_id after
    // WHERE customer_id = $1. It explains nothing.
    [[nodiscard]] bool is_echo(const key_index& column) const;
};

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

// Events of one connection are numbered: a row is visible to the requests numbered after it.
struct stored_result {
    explicit stored_result(std::shared_ptr<result_record> r) : record(std::move(r)) {}

    [[nodiscard]] key_index& index(const column_tuple& columns);

    std::shared_ptr<result_record> record;  // null once evicted
    std::uint64_t serial = 0;               // order of arrival in its window
    std::uint64_t visible_from = 0;         // number of the event that completed its second row
    std::uint64_t superseded_at = never;    // when its statement was executed afresh
    timestamp touched;
    std::uint64_t rows_left_out = 0;  // beyond the limits
    bool derived = false;             // itself the answer to a lookup of a loop

private:
    std::vector<std::unique_ptr<key_index>> indexes_;
};

}  // namespace pgfold::detect
