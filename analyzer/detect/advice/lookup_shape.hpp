// What one lookup of a loop fetches, seen from the parent's row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/detect/finding.hpp"

namespace pgfold::detect::advice {

enum class lookup_kind : std::uint8_t {
    to_one,        // the row that the parent's foreign key names
    to_many,       // the rows whose foreign key names the parent
    many_to_many,  // the same, through a join table
    aggregate,     // count(*), sum(…), … per parent
    exists,        // whether there is any
    latest,        // the first n by some order, per parent
    insert,
    update,
    remove,  // write loops
    other,
};

struct lookup_key {
    std::string column;
    std::string table;            // of the column; may be empty
    std::uint16_t parameter = 0;  // of the child's normalized text
    std::string cast;             // type that the text casts the parameter to, or empty
    std::string type;             // name of the value's type, or empty when it is not known
    bool in_join = false;
};

struct lookup_shape {
    lookup_kind kind = lookup_kind::other;
    std::vector<lookup_key> keys;
    std::string child_table;    // the table the lookup is about
    std::string parent_table;   // empty when there is no parent
    std::string parent_column;  // the parent's column that feeds the first key; may be empty
    // Their values, where the finding's example shows them.
    std::optional<std::uint64_t> limit, offset;
};

[[nodiscard]] lookup_shape describe(const finding& f);

}  // namespace pgfold::detect::advice
