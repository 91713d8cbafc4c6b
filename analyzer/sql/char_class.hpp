// Classes of bytes, as PostgreSQL's scanner (scan.l) has them. Bytes above 127 are letters.
#pragma once

#include <array>
#include <cstdint>

namespace pgfold::sql {

enum char_class : std::uint8_t {
    class_space = 1,        // space, \t, \n, \r, \f; \v is not one before PostgreSQL 16
    class_ident_start = 2,  // letters, _ and everything above 127
    class_digit = 4,
    class_operator = 8,        // may be part of an operator of several characters
    class_punctuation = 16,    // , ( ) [ ] . ; : always a token of its own
    class_ident_part = 32,     // ident_start, digits and $
    class_operator_tail = 64,  // lets an operator end in + or -
};

namespace detail {

consteval std::array<std::uint8_t, 256> make_char_classes() {
    std::array<std::uint8_t, 256> table{};
    const auto add = [&table](const char* bytes, unsigned classes) {
        for (; *bytes != 0; ++bytes) {
            auto& entry = table[static_cast<unsigned char>(*bytes)];
            entry = static_cast<std::uint8_t>(entry | classes);
        }
    };
    add(" \t\n\r\f", class_space);
    add("0123456789", class_digit | class_ident_part);
    add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_",
        class_ident_start | class_ident_part);
    add("$", class_ident_part);
    add("~!@#^&|`?+-*/%<>=", class_operator);
    add("~!@#^&|`?%", class_operator_tail);
    add(",()[].;:", class_punctuation);
    for (unsigned byte = 128; byte < 256; ++byte)
        table[byte] = class_ident_start | class_ident_part;
    return table;
}

}  // namespace detail

inline constexpr std::array<std::uint8_t, 256> char_classes = detail::make_char_classes();

[[nodiscard]] constexpr bool is_class(char byte, unsigned classes) {
    return (char_classes[static_cast<unsigned char>(byte)] & classes) != 0;
}

[[nodiscard]] constexpr char to_lower_ascii(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}

}  // namespace pgfold::sql
