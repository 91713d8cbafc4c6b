// One statement that brings the rows of a lookup for many keys, and what has to be known to ask it
// and to tell its rows apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pgfold::fold {

enum class batch_strategy : std::uint8_t {
    pipeline,  // no statement of ours: the lookup itself, once per key
    any,       // key = ANY($1): rows carry their keys, after the child's columns
    lateral,   // the child for each row of unnest($1): rows carry their key's number, before them
    count_
};

// Columns of the batch's rows that are none of the child's.
struct carried_columns {
    std::uint16_t before = 0;
    std::uint16_t after = 0;
    friend bool operator==(const carried_columns&, const carried_columns&) = default;
};

struct batch_query {
    batch_strategy strategy = batch_strategy::any;
    // $1 … $k are arrays of keys, cast to their types in the text; the child's own parameters
    // follow. Constants that were literals still are.
    std::string text;
    std::vector<std::uint32_t> key_types;  // of the elements, in the order of the keys
    // The child's parameter that $(k + i + 1) is, from 1. Only those that the text uses.
    std::vector<std::uint16_t> constants;
    carried_columns carried;
    std::uint16_t child_columns = 0;
};

}  // namespace pgfold::fold
