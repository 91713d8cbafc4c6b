// The integer types that keys may be of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "analyzer/detect/type_oid.hpp"
#include "analyzer/detect/value_text.hpp"

namespace pgfold::fold {

[[nodiscard]] constexpr bool is_integer_type(std::uint32_t type) {
    return type == detect::type_oid::int2 || type == detect::type_oid::int4 ||
           type == detect::type_oid::int8 || type == detect::type_oid::oid;
}

// In binary format.
[[nodiscard]] constexpr std::size_t integer_size(std::uint32_t type) {
    if (type == detect::type_oid::int2) return 2;
    return type == detect::type_oid::int8 ? 8 : 4;
}

// The value that a canonical text stands for, if the type holds it.
[[nodiscard]] inline std::optional<std::int64_t> integer_of_type(std::string_view text,
                                                                 std::uint32_t type) {
    const auto value = detect::parse_integer(text);
    const auto is_within = [&]<class T>(T) {
        return *value >= std::int64_t{std::numeric_limits<T>::min()} &&
               *value <= std::int64_t{std::numeric_limits<T>::max()};
    };
    if (!value) return std::nullopt;
    bool fits = true;
    if (type == detect::type_oid::int2) fits = is_within(std::int16_t{});
    if (type == detect::type_oid::int4) fits = is_within(std::int32_t{});
    if (type == detect::type_oid::oid) fits = is_within(std::uint32_t{});
    return fits ? value : std::nullopt;
}

}  // namespace pgfold::fold
