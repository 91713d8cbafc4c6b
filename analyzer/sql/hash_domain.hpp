// What the keyed hash is used for, one domain each.
#pragma once

#include <cstdint>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {

enum hash_domain : std::uint64_t {
    domain_text = 0,          // + settings_bits
    domain_shape = 8,         // + settings_bits
    domain_shape_value = 16,  // a shape with the constants that stay in the text
    domain_varying = 17,
    domain_verbatim = 18,
    domain_normalized = 0x10000,  // + highest $n, so the last one
};

// The settings that change what a text means.
[[nodiscard]] inline std::uint64_t settings_bits(text_settings settings) {
    return (settings.standard_conforming_strings ? 0u : 1u) |
           (settings.single_byte_safe_encoding ? 0u : 2u);
}

}  // namespace pgfold::sql
