// Values that PostgreSQL calls equal get equal hashes, however they travel: 24 as int2, int4 or
// int8, in text or binary, quoted, cast or inlined in the SQL text; a uuid in any spelling. That is
// all detection needs to know about a value, so no value is kept, only its hash.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::detect {

enum class value_kind : std::uint8_t { null, integer, uuid, text, other };

struct canonical_value {
    std::uint64_t hash = 0;  // 0: NULL, or not comparable
    value_kind kind = value_kind::null;
    // Does not turn up in an unrelated column by chance: a uuid, a long text, a large number.
    bool distinctive = false;
};

// `bytes` as they stand in a DataRow or a Bind message.
[[nodiscard]] canonical_value canonicalize(std::string_view bytes, std::uint32_t type_oid,
                                           bool binary);
// A bound or inlined argument; tokens of the text are unquoted and unescaped first.
[[nodiscard]] canonical_value canonicalize(const argument& value);

// The hash of a row's or a lookup's key of several columns.
[[nodiscard]] constexpr std::uint64_t combine_hashes(std::uint64_t left, std::uint64_t right) {
    const std::uint64_t mixed = (left ^ (right + 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
    return (mixed ^ (mixed >> 32)) | 1;
}

}  // namespace pgfold::detect
