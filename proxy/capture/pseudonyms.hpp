// Values replaced by others of the same type and length, one to one under a key: what was equal
// stays equal, in whatever form it stands: as text, in binary (see binary_pseudonyms.hpp), in a
// statement, a parameter or a result. Numbers keep their count of digits, text its letters, digits
// and punctuation by kind. TRUE, FALSE and NULL are no secret and stay.
//
// The form of a text tells its type: 42 is the same value in an integer column and in a text one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/capture/permutation.hpp"

namespace pgfold::capture {

// whole + fraction / 10^scale. The fraction does not end in 0, so equal numbers are written alike.
struct decimal {
    static constexpr unsigned scale_max = 18;
    std::uint64_t whole = 0, fraction = 0;
    unsigned scale = 0;
};

class pseudonyms {
public:
    explicit pseudonyms(const redaction_key& key) : map_(key) {}

    // In place. Never throws, whatever the bytes are.
    void replace_text(std::span<char> value) const;
    void replace_bytes(std::span<std::byte> value) const;  // bytea, and what is not known

    [[nodiscard]] std::uint64_t replace_magnitude(std::uint64_t value) const;  // same digits
    [[nodiscard]] std::int64_t replace_integer(std::int64_t value) const;
    // As many digits on both sides. What begins with 0. goes on doing so, and with
    // as many groups of four zeros behind the point: these are not there in binary.
    [[nodiscard]] decimal replace_decimal(decimal value) const;
    // Days since 1970 of a date from the year 1000 to 9999; microseconds of a day.
    [[nodiscard]] std::optional<std::int64_t> replace_day(std::int64_t day) const;
    [[nodiscard]] std::int64_t replace_time_of_day(std::int64_t microseconds) const;

private:
    bool replace_number(std::span<char> value) const;
    bool replace_decimal_text(std::span<char> value) const;
    bool replace_uuid(std::span<char> value) const;
    bool replace_date(std::span<char> value) const;
    bool replace_hex_bytes(std::span<char> value) const;
    void replace_parts(std::span<char> value) const;  // of arrays and JSON
    void replace_by_kind(std::span<char> value) const;
    [[nodiscard]] std::uint32_t replace_fraction(std::uint32_t digits, unsigned count) const;

    permutation map_;
};

}  // namespace pgfold::capture
