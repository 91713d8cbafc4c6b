// Telling a batch's rows apart.
//
// Flow:
//     same_description(query, child_description, batch_description)   once, after Describe
//     row_splitter splitter(query, batch_description);
//     split_row row;
//     splitter.split(body, row)   per DataRow: whose it is, and the child's part of it
//     append_row(out, row);       a whole DataRow message, as the client is to get it
//
// A row that is nobody's (split() failed, or no key of the batch equals row.key) means that the
// server compares otherwise than pgfold does: nothing of that batch may be used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proxy/fold/batch/batch_query.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::fold {

// Bodies of RowDescription messages. Whether the batch's rows have the child's columns: names,
// types, modifiers and origins; and whether what it carries is of types that rows can be told apart
// by. Format codes do not count.
[[nodiscard]] bool same_description(const batch_query& query, protocol::byte_span child,
                                    protocol::byte_span batch);

struct split_row {
    std::size_t number = 0;        // lateral: which key of the batch, from 0
    std::vector<std::string> key;  // any: its canonical texts
    std::uint16_t columns = 0;
    protocol::byte_span values;  // of the child's columns, lengths included; into the row
};

class row_splitter {
public:
    // The description must have passed same_description().
    row_splitter(const batch_query& query, protocol::byte_span batch_description);

    // False: malformed, or no key.
    [[nodiscard]] bool split(protocol::byte_span row, split_row& out) const;

private:
    batch_strategy strategy_;
    carried_columns carried_;
    std::uint16_t child_columns_;
    std::vector<std::uint32_t> key_types_;  // of the columns that carry keys
};

void append_row(std::vector<std::byte>& out, const split_row& row);

}  // namespace pgfold::fold
