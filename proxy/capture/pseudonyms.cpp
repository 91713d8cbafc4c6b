#include "proxy/capture/pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace pgfold::capture {
namespace {

// Independent maps; more come with what they are about (a range of numbers, a length).
enum family : std::uint64_t {
    of_number = 1,
    of_day,
    of_second,
    of_fraction,
    of_text,
    of_bytes,
    of_decimal
};
constexpr std::uint64_t family_step = 16;

constexpr std::uint64_t power_of_ten(unsigned exponent) {
    std::uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

// Where a number's range ends: its pseudonym has as many digits and fits the same integer types.
constexpr std::array<std::uint64_t, 4> type_limits = {
    std::numeric_limits<std::int16_t>::max(), std::numeric_limits<std::int32_t>::max(),
    std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<std::int64_t>::max()};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::optional<std::uint64_t> number_at(std::span<const char> text, std::size_t at,
                                       std::size_t digits) {
    std::uint64_t value = 0;
    if (at + digits > text.size()) return std::nullopt;
    const char* const begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + digits, value);
    if (error != std::errc() || end != begin + digits) return std::nullopt;
    return value;
}

void put_number(std::span<char> text, std::size_t at, std::size_t digits, std::uint64_t value) {
    for (std::size_t i = digits; i-- > 0; value /= 10)
        text[at + i] = static_cast<char>('0' + value % 10);
}

// Kinds of characters: a pseudonym has the same kind in each place.
struct char_kind {
    unsigned size = 1;  // 1: the character stays
    char first = 0;
};

char_kind kind_of(char c) {
    if (is_digit(c)) return {10, '0'};
    if (c >= 'a' && c <= 'z') return {26, 'a'};
    if (c >= 'A' && c <= 'Z') return {26, 'A'};
    // Bytes of one UTF-8 character: a leading byte stays, so that the length does.
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xc0) return {16, static_cast<char>(0xa0)};
    return {};
}

constexpr std::array<std::string_view, 5> words_kept = {"true", "false", "null", "t", "f"};

bool is_kept(std::span<const char> value) {
    const auto equal = [&](std::string_view word) {
        return std::equal(value.begin(), value.end(), word.begin(), word.end(),
                          [](char a, char b) { return (a | 0x20) == b; });
    };
    return std::any_of(words_kept.begin(), words_kept.end(), equal);
}

}  // namespace

std::uint64_t pseudonyms::replace_magnitude(std::uint64_t value) const {
    unsigned digits = 1;
    while (digits < 20 && value >= power_of_ten(digits))
        ++digits;
    if (digits == 20) return value ^ 1;  // past every integer type
    std::uint64_t low = digits == 1 ? 0 : power_of_ten(digits - 1);
    std::uint64_t high = power_of_ten(digits) - 1;
    std::uint64_t part = 0;
    for (const std::uint64_t limit : type_limits) {
        if (value > limit)
            low = std::max(low, limit + 1), ++part;
        else
            high = std::min(high, limit);
    }
    const std::uint64_t size = high - low + 1;
    const std::uint64_t chosen = of_number + family_step * (digits * 8 + part);
    // The longest numbers are more than a permutation takes; two maps do not meet.
    if (size > permutation::size_max) {
        const std::uint64_t half = size / 2;
        const std::uint64_t index = value - low;
        return index < half ? low + map_.of(index, half, chosen)
                            : low + half + map_.of(index - half, size - half, chosen);
    }
    return low + map_.of(value - low, size, chosen);
}

std::int64_t pseudonyms::replace_integer(std::int64_t value) const {
    if (value == std::numeric_limits<std::int64_t>::min()) return value + 1;
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    const auto replaced = static_cast<std::int64_t>(replace_magnitude(magnitude));
    return value < 0 ? -replaced : replaced;
}

std::optional<std::int64_t> pseudonyms::replace_day(std::int64_t day) const {
    using namespace std::chrono;
    constexpr auto day_of = [](int year) {
        return sys_days(std::chrono::year(year) / January / 1).time_since_epoch().count();
    };
    // Dates of our time stay within it.
    constexpr std::array<std::int64_t, 4> bounds = {day_of(1000), day_of(1900), day_of(2100),
                                                    day_of(10'000)};
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        if (day < bounds[i] || day >= bounds[i + 1]) continue;
        const auto size = static_cast<std::uint64_t>(bounds[i + 1] - bounds[i]);
        return bounds[i] +
               static_cast<std::int64_t>(map_.of(static_cast<std::uint64_t>(day - bounds[i]), size,
                                                 of_day + family_step * i));
    }
    return std::nullopt;
}

// `count` digits, trailing zeros apart: as text and in binary a fraction has others.
std::uint32_t pseudonyms::replace_fraction(std::uint32_t digits, unsigned count) const {
    std::uint32_t zeros = 1;
    for (; digits != 0 && digits % 10 == 0 && count > 0; digits /= 10, --count)
        zeros *= 10;
    if (digits == 0) return 0;
    const std::uint64_t index = digits / 10 * 9 + digits % 10 - 1;  // never ends in 0
    const std::uint64_t mapped =
        map_.of(index, power_of_ten(count - 1) * 9, of_fraction + family_step * count);
    return static_cast<std::uint32_t>(mapped / 9 * 10 + mapped % 9 + 1) * zeros;
}

std::int64_t pseudonyms::replace_time_of_day(std::int64_t microseconds) const {
    constexpr std::int64_t second = 1'000'000;
    constexpr std::uint64_t day_seconds = 86'400;
    const auto seconds = static_cast<std::uint64_t>(microseconds / second);
    if (microseconds < 0 || seconds >= day_seconds) return microseconds;
    const auto fraction = replace_fraction(static_cast<std::uint32_t>(microseconds % second), 6);
    return static_cast<std::int64_t>(map_.of(seconds, day_seconds, of_second)) * second + fraction;
}

decimal pseudonyms::replace_decimal(decimal value) const {
    constexpr unsigned group = 4;
    const std::uint64_t before = value.whole;
    if (value.fraction == 0 || value.scale == 0 || value.scale > decimal::scale_max) {
        value.whole = replace_magnitude(value.whole);  // as the integer that it equals
        return value;
    }
    // What begins with 0. and what does not stay apart.
    if (before >= 10)
        value.whole = replace_magnitude(before);
    else if (before != 0)
        value.whole = 1 + map_.of(before - 1, 9, of_decimal);
    // Which digits there are to choose: the last is not 0, nor is the first group of a number that
    // begins with it.
    unsigned digits = value.scale;
    std::uint64_t least = 1;
    if (before == 0) {
        while (digits > group && value.fraction < power_of_ten(digits - group))
            digits -= group;
        if (digits > group) least = power_of_ten(digits - group);
    }
    const auto index_of = [](std::uint64_t number) { return number / 10 * 9 + number % 10 - 1; };
    const std::uint64_t begin = least == 1 ? 0 : least / 10 * 9;
    const std::uint64_t end = power_of_ten(digits - 1) * 9;
    const std::uint64_t mapped = begin + map_.of(index_of(value.fraction) - begin, end - begin,
                                                 of_decimal + family_step * (digits + 32 * before));
    value.fraction = mapped / 9 * 10 + mapped % 9 + 1;
    return value;
}

void pseudonyms::replace_text(std::span<char> value) const {
    // char(n) is padded in some forms and not in others.
    while (!value.empty() && value.back() == ' ')
        value = value.first(value.size() - 1);
    if (value.empty() || is_kept(value)) return;
    if (replace_number(value) || replace_decimal_text(value) || replace_uuid(value) ||
        replace_date(value) || replace_hex_bytes(value))
        return;
    const bool structured = (value.front() == '{' && value.back() == '}') ||
                            (value.front() == '[' && value.back() == ']');
    if (structured)
        replace_parts(value);
    else
        replace_by_kind(value);
}

bool pseudonyms::replace_number(std::span<char> value) const {
    const std::size_t sign = value.front() == '-' ? 1 : 0;
    const std::size_t digits = value.size() - sign;
    if (digits == 0 || digits > 19 || (digits > 1 && value[sign] == '0')) return false;
    if (!std::all_of(value.begin() + static_cast<std::ptrdiff_t>(sign), value.end(), is_digit))
        return false;
    put_number(value, sign, digits, replace_magnitude(number_at(value, sign, digits).value_or(0)));
    return true;
}

// -12.50, 1.5e+20: numerics and floats as PostgreSQL writes them.
bool pseudonyms::replace_decimal_text(std::span<char> value) const {
    const std::size_t sign = value.front() == '-' ? 1 : 0;
    const auto digits_from = [&](std::size_t at) {
        std::size_t end = at;
        while (end < value.size() && is_digit(value[end]))
            ++end;
        return end - at;
    };
    const std::size_t whole = digits_from(sign);
    if (whole == 0 || whole > 19 || (whole > 1 && value[sign] == '0')) return false;
    std::size_t at = sign + whole;
    std::size_t fraction = 0;
    if (at < value.size() && value[at] == '.') {
        fraction = digits_from(at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }
    if (at < value.size()) {  // an exponent, which stays
        if (value.size() - at < 4 || value[at] != 'e' ||
            (value[at + 1] != '+' && value[at + 1] != '-') ||
            digits_from(at + 2) != value.size() - at - 2)
            return false;
    } else if (fraction == 0) {
        return false;
    }
    const std::size_t point = sign + whole;
    std::size_t significant = fraction;
    while (significant > 0 && value[point + significant] == '0')
        --significant;
    if (significant > decimal::scale_max) return false;
    decimal number;
    number.whole = number_at(value, sign, whole).value_or(0);
    number.scale = static_cast<unsigned>(significant);
    if (significant > 0) number.fraction = number_at(value, point + 1, significant).value_or(0);
    number = replace_decimal(number);
    put_number(value, sign, whole, number.whole);
    if (significant > 0) put_number(value, point + 1, significant, number.fraction);
    return true;
}

bool pseudonyms::replace_uuid(std::span<char> value) const {
    if (value.size() != 36) return false;
    std::array<std::byte, 16> bytes{};
    std::size_t nibbles = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (value[i] != '-') return false;
            continue;
        }
        if (!is_hex(value[i])) return false;
        const char c = value[i];
        const auto digit = static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        bytes[nibbles / 2] |= static_cast<std::byte>(nibbles % 2 == 0 ? digit << 4 : digit);
        ++nibbles;
    }
    replace_bytes(bytes);
    nibbles = 0;
    for (char& c : value) {
        if (c == '-') continue;
        const auto byte = std::to_integer<unsigned>(bytes[nibbles / 2]);
        c = "0123456789abcdef"[nibbles % 2 == 0 ? byte >> 4 : byte & 15];
        ++nibbles;
    }
    return true;
}

// 2024-02-29, also with a time behind it.
bool pseudonyms::replace_date(std::span<char> value) const {
    using namespace std::chrono;
    if (value.size() < 10 || value[4] != '-' || value[7] != '-') return false;
    const auto y = number_at(value, 0, 4);
    const auto m = number_at(value, 5, 2);
    const auto d = number_at(value, 8, 2);
    if (!y || !m || !d) return false;
    const year_month_day date(year(static_cast<int>(*y)), month(static_cast<unsigned>(*m)),
                              day(static_cast<unsigned>(*d)));
    if (!date.ok()) return false;
    std::optional<std::uint64_t> hours, minutes, seconds;
    std::size_t fraction_digits = 0;
    if (value.size() > 10) {
        if (value.size() < 19 || (value[10] != ' ' && value[10] != 'T')) return false;
        hours = number_at(value, 11, 2);
        minutes = number_at(value, 14, 2);
        seconds = number_at(value, 17, 2);
        if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59)
            return false;
        if (value.size() > 20 && value[19] == '.')
            while (20 + fraction_digits < value.size() && is_digit(value[20 + fraction_digits]))
                ++fraction_digits;
        if (fraction_digits > 9) return false;
        // A zone, such as +02 or +05:30, stays.
        const auto zone = value.subspan(fraction_digits == 0 ? 19 : 20 + fraction_digits);
        if (!zone.empty() && zone[0] != '+' && zone[0] != '-' && zone[0] != 'Z') return false;
        if (zone.size() > 9) return false;
    }
    const auto replaced = replace_day(sys_days(date).time_since_epoch().count());
    if (!replaced) return false;
    const year_month_day other{sys_days(days(*replaced))};
    put_number(value, 0, 4, static_cast<std::uint64_t>(static_cast<int>(other.year())));
    put_number(value, 5, 2, static_cast<unsigned>(other.month()));
    put_number(value, 8, 2, static_cast<unsigned>(other.day()));
    if (!hours) return true;
    const std::uint64_t of_day = (*hours * 60 + *minutes) * 60 + *seconds;
    const auto time = static_cast<std::uint64_t>(
        replace_time_of_day(static_cast<std::int64_t>(of_day * 1'000'000)) / 1'000'000);
    put_number(value, 11, 2, time / 3600);
    put_number(value, 14, 2, time / 60 % 60);
    put_number(value, 17, 2, time % 60);
    if (fraction_digits > 0) {
        const auto digits = number_at(value, 20, fraction_digits).value_or(0);
        put_number(value, 20, fraction_digits,
                   replace_fraction(static_cast<std::uint32_t>(digits),
                                    static_cast<unsigned>(fraction_digits)));
    }
    return true;
}

// bytea as text: \x6869.
bool pseudonyms::replace_hex_bytes(std::span<char> value) const {
    if (value.size() < 4 || value.size() % 2 != 0 || value[0] != '\\' || value[1] != 'x' ||
        !std::all_of(value.begin() + 2, value.end(), is_hex))
        return false;
    const auto digits = value.subspan(2);
    const auto nibble = [](char c) {
        return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    };
    // The bytes take the first half of their own digits' place meanwhile.
    const auto bytes = std::as_writable_bytes(digits).first(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
    replace_bytes(bytes);
    for (std::size_t i = bytes.size(); i-- > 0;) {
        const auto byte = std::to_integer<unsigned>(bytes[i]);
        digits[2 * i + 1] = "0123456789abcdef"[byte & 15];
        digits[2 * i] = "0123456789abcdef"[byte >> 4];
    }
    return true;
}

void pseudonyms::replace_parts(std::span<char> value) const {
    const auto is_structure = [](char c) {
        constexpr std::string_view structure = "{}[],:\"";
        return structure.find(c) != std::string_view::npos || c == ' ' || c == '\n';
    };
    for (std::size_t i = 0; i < value.size();) {
        if (is_structure(value[i])) {
            ++i;
            continue;
        }
        const std::size_t begin = i;
        bool escaped = false;
        for (; i < value.size() && !is_structure(value[i]); ++i) {
            if (value[i] == '\\' && i + 1 < value.size()) {
                escaped = true;
                ++i;
            }
        }
        i = std::min(i, value.size());
        const auto part = value.subspan(begin, i - begin);
        if (is_kept(part)) continue;
        if (escaped || !(replace_number(part) || replace_decimal_text(part) || replace_uuid(part) ||
                         replace_date(part)))
            replace_by_kind(part);
    }
}

void pseudonyms::replace_by_kind(std::span<char> value) const {
    // What follows a backslash may be a part of an escape: \n, \u00e4.
    const auto kind_at = [&](std::size_t i) {
        return i > 0 && value[i - 1] == '\\' ? char_kind{} : kind_of(value[i]);
    };
    std::uint64_t size = 1, index = 0, shape = 0;
    bool is_small = true;
    for (std::size_t i = 0; i < value.size() && is_small; ++i) {
        const char_kind kind = kind_at(i);
        if (kind.size > 1) {
            is_small = size <= permutation::size_max / kind.size;
            index = index * kind.size +
                    static_cast<std::uint64_t>(static_cast<unsigned char>(value[i]) -
                                               static_cast<unsigned char>(kind.first)) %
                        kind.size;
            size *= kind.size;
        }
        shape = shape * 31 + kind.size;
    }
    if (is_small) {
        std::uint64_t replaced = map_.of(index, size, of_text + family_step * shape);
        for (std::size_t i = value.size(); i-- > 0;) {
            const char_kind kind = kind_at(i);
            if (kind.size == 1) continue;
            value[i] =
                static_cast<char>(static_cast<unsigned char>(kind.first) + replaced % kind.size);
            replaced /= kind.size;
        }
        return;
    }
    // Too many to meet by chance.
    const std::uint64_t seed = map_.hash(std::as_bytes(value));
    std::uint64_t word = 0;
    std::uint64_t drawn = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char_kind kind = kind_at(i);
        if (kind.size == 1) continue;
        if (drawn % 8 == 0) word = map_.hash(seed, drawn, of_text);
        value[i] = static_cast<char>(static_cast<unsigned char>(kind.first) +
                                     (word >> (drawn % 8 * 8) & 0xff) % kind.size);
        ++drawn;
    }
}

void pseudonyms::replace_bytes(std::span<std::byte> value) const {
    if (value.size() <= 7) {
        std::uint64_t index = 0;
        for (const std::byte b : value)
            index = index << 8 | std::to_integer<std::uint64_t>(b);
        std::uint64_t replaced = map_.of(index, std::uint64_t{1} << (8 * value.size()),
                                         of_bytes + family_step * value.size());
        for (std::size_t i = value.size(); i-- > 0; replaced >>= 8)
            value[i] = static_cast<std::byte>(replaced);
        return;
    }
    const std::uint64_t seed = map_.hash(value);
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (i % 8 == 0) word = map_.hash(seed, i, of_bytes);
        value[i] = static_cast<std::byte>(word >> (i % 8 * 8));
    }
}

}  // namespace pgfold::capture
