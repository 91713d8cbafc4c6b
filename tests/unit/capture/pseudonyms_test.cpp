#include "proxy/capture/pseudonyms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <set>
#include <string>

#include "proxy/capture/binary_pseudonyms.hpp"

namespace pgfold::capture {
namespace {

const pseudonyms map(redaction_key{9, 8, 7});

std::string text_of(std::string value) {
    map.replace_text(value);
    return value;
}

std::string big_endian(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = size; i-- > 0;)
        bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

std::string binary_of(std::uint32_t type, std::string value) {
    replace_binary(map, type, std::as_writable_bytes(std::span(value)));
    return value;
}

TEST(Pseudonyms, IntegersAreOneToOneAndKeepTheirDigits) {
    for (const int digits : {1, 2, 3, 4}) {
        int low = 1;
        for (int i = 1; i < digits; ++i)
            low *= 10;
        std::set<std::string> seen;
        for (int i = digits == 1 ? 0 : low; i < low * 10; ++i) {
            const std::string to = text_of(std::to_string(i));
            EXPECT_EQ(to.size(), static_cast<std::size_t>(digits));
            EXPECT_TRUE(digits == 1 || to.front() != '0');
            seen.insert(to);
        }
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(digits == 1 ? 10 : low * 9));
    }
}

TEST(Pseudonyms, IntegersFitTheirType) {
    for (std::int64_t i = 0; i < 200; ++i) {
        EXPECT_LE(map.replace_integer(32'767 - i), 32'767);
        EXPECT_LE(map.replace_integer(2'147'483'647 - i), 2'147'483'647);
        EXPECT_GE(map.replace_integer(-2'147'483'647 + i), -2'147'483'647);
        EXPECT_GT(map.replace_integer(9'223'372'036'854'775'807 - i), 0);
    }
}

TEST(Pseudonyms, IntegersAreTheSameInEveryForm) {
    for (const std::int64_t value : {0, 7, 42, 1234, 32'767, 65'000, 2'147'483'647, -15}) {
        const std::string text = text_of(std::to_string(value));
        const auto expected = static_cast<std::uint64_t>(std::stoll(text));
        const auto bits = static_cast<std::uint64_t>(value);
        EXPECT_EQ(binary_of(23, big_endian(bits, 4)), big_endian(expected, 4)) << value;
        EXPECT_EQ(binary_of(20, big_endian(bits, 8)), big_endian(expected, 8)) << value;
        EXPECT_EQ(binary_of(0, big_endian(bits, 8)), big_endian(expected, 8)) << value;
        EXPECT_EQ(binary_of(25, std::to_string(value)), text) << value;
    }
}

// As numeric_send() writes it.
std::string numeric(std::string text) {
    const bool negative = text.front() == '-';
    if (negative) text.erase(0, 1);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string whole = text.substr(0, point);
    std::string fraction = point == text.size() ? "" : text.substr(point + 1);
    const std::size_t scale = fraction.size();
    whole.insert(0, (4 - whole.size() % 4) % 4, '0');
    fraction.append((4 - fraction.size() % 4) % 4, '0');
    auto weight = static_cast<std::int64_t>(whole.size() / 4) - 1;
    std::string digits = whole + fraction;
    for (; digits.starts_with("0000"); --weight)
        digits.erase(0, 4);
    while (digits.ends_with("0000"))
        digits.resize(digits.size() - 4);
    std::string bytes = big_endian(digits.size() / 4, 2) +
                        big_endian(static_cast<std::uint64_t>(weight), 2) +
                        big_endian(negative ? 0x4000 : 0, 2) + big_endian(scale, 2);
    for (std::size_t i = 0; i < digits.size(); i += 4)
        bytes += big_endian(std::stoul(digits.substr(i, 4)), 2);
    return bytes;
}

TEST(Pseudonyms, DecimalsAreTheSameInEveryForm) {
    for (const char* const value :
         {"12.5", "12.50", "-12.5", "0.5", "0.05", "0.0500", "7.00", "12345.678", "99999.99",
          "0.00001", "0.000012345678", "1234567890123.123456789012345678", "3.1", "10000.5"}) {
        const std::string text = text_of(value);
        EXPECT_NE(text, value);
        EXPECT_EQ(binary_of(1700, numeric(value)), numeric(text)) << value << " is " << text;
    }
    EXPECT_EQ(text_of("12.5") + "0", text_of("12.50"));
    EXPECT_EQ(text_of("42") + ".000", text_of("42.000"));
}

TEST(Pseudonyms, FloatsAreTheSameInEveryForm) {
    const auto bits_of = [](double value) {
        return big_endian(std::bit_cast<std::uint64_t>(value), 8);
    };
    for (const char* const value : {"12.5", "-0.25", "0.0001", "1e-07", "2.5e-05", "100000",
                                    "123456789012.25", "1e+20", "6.25e+15", "3"}) {
        const std::string text = text_of(value);
        EXPECT_EQ(text.find('e'), std::string(value).find('e')) << text;
        EXPECT_EQ(binary_of(701, bits_of(std::stod(value))), bits_of(std::stod(text))) << value;
    }
    const auto bits_of_float = [](float value) {
        return big_endian(std::bit_cast<std::uint32_t>(value), 4);
    };
    for (const char* const value : {"12.5", "123456", "1e+06", "0.375"})
        EXPECT_EQ(binary_of(700, bits_of_float(std::stof(value))),
                  bits_of_float(std::stof(text_of(value))))
            << value;
}

TEST(Pseudonyms, DecimalsStayDifferent) {
    std::set<std::string> seen;
    std::size_t count = 0;
    for (int whole = 0; whole < 20; ++whole)
        for (int digits = 1; digits < 100'000; digits += 1 + digits / 50) {
            if (digits % 10 == 0) continue;
            std::string fraction = std::to_string(digits);
            fraction.insert(0, 5 - fraction.size(), '0');
            seen.insert(text_of(std::to_string(whole) + "." + fraction));
            ++count;
        }
    EXPECT_EQ(seen.size(), count);
    seen.clear();
    for (int i = 1; i < 100'000; ++i)
        if (i % 10 != 0) seen.insert(text_of("0.0000" + std::to_string(100'000 + i).substr(1)));
    EXPECT_EQ(seen.size(), 90'000U);
}

TEST(Pseudonyms, UuidsAreTheSameInEveryForm) {
    const std::string bytes = "\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x02\x03\x04\x05\x06\x07\x08";
    const std::string text = text_of("12345678-9abc-def0-0102-030405060708");
    EXPECT_EQ(text, text_of("12345678-9ABC-DEF0-0102-030405060708"));
    std::string as_text;
    const std::string replaced = binary_of(2950, bytes);
    for (std::size_t i = 0; i < replaced.size(); ++i) {
        constexpr char digits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(replaced[i]);
        as_text += {digits[byte >> 4], digits[byte & 15]};
        if (i == 3 || i == 5 || i == 7 || i == 9) as_text += '-';
    }
    EXPECT_EQ(text, as_text);
    EXPECT_NE(text, "12345678-9abc-def0-0102-030405060708");
}

TEST(Pseudonyms, DatesAreDatesAndTheSameInEveryForm) {
    const std::string day = text_of("2024-02-29");
    const std::string at = text_of("2024-02-29 12:34:56.789+00");
    EXPECT_EQ(at.substr(0, 10), day);
    EXPECT_EQ(at.substr(23), "+00");
    EXPECT_NE(at.substr(20, 3), "789");
    const std::string fine = text_of("2024-02-29 12:34:56.789000+00");
    EXPECT_EQ(fine, at.substr(0, 23) + "000+00");
    // 8825 days after 2000-01-01.
    const std::string binary = binary_of(1082, big_endian(8825, 4));
    const std::string again = binary_of(1082, big_endian(8825, 4));
    EXPECT_EQ(binary, again);
    const std::string stamp =
        binary_of(1114, big_endian(8825 * 86'400'000'000ULL + 45'296'789'000ULL, 8));
    std::uint64_t microseconds = 0;
    for (const char c : stamp)
        microseconds = microseconds << 8 | static_cast<unsigned char>(c);
    std::uint64_t days = 0;
    for (const char c : binary)
        days = days << 8 | static_cast<unsigned char>(c);
    const auto signed_days = static_cast<std::int32_t>(days);
    const std::int64_t of_day =
        static_cast<std::int64_t>(microseconds) - signed_days * 86'400'000'000;
    const auto number = [&](std::size_t from, std::size_t count) {
        return std::stoll(at.substr(from, count));
    };
    EXPECT_EQ(of_day, (number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2)) * 1'000'000 +
                          number(20, 3) * 1000);
}

TEST(Pseudonyms, TextKeepsItsLengthAndKinds) {
    const std::string from = "O'Brien-Smith, 14 Main St. \xc3\xa4";
    const std::string to = text_of(from);
    ASSERT_EQ(to.size(), from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto a = static_cast<unsigned char>(from[i]), b = static_cast<unsigned char>(to[i]);
        EXPECT_EQ(std::isdigit(a) != 0, std::isdigit(b) != 0);
        EXPECT_EQ(std::isupper(a) != 0, std::isupper(b) != 0);
        EXPECT_EQ(std::islower(a) != 0, std::islower(b) != 0);
    }
    EXPECT_NE(from, to);
    EXPECT_EQ(text_of("abc  "), text_of("abc") + "  ");  // char(n)
}

TEST(Pseudonyms, ShortTextsStayDifferent) {
    std::set<std::string> seen;
    for (char a = 'a'; a <= 'z'; ++a)
        for (char b = 'a'; b <= 'z'; ++b)
            seen.insert(text_of({a, b}));
    EXPECT_EQ(seen.size(), 26U * 26U);
}

TEST(Pseudonyms, WordsOfTheLanguageStay) {
    for (const char* word : {"t", "f", "true", "FALSE", "", "   "})
        EXPECT_EQ(text_of(word), word);
}

TEST(Pseudonyms, ElementsOfArraysAreValues) {
    const std::string array = text_of("{12,NULL,\"a b\",42}");
    EXPECT_EQ(array.substr(0, 4), "{" + text_of("12") + ",");
    EXPECT_EQ(array.substr(4, 5), "NULL,");
    EXPECT_EQ(array.substr(array.size() - 3), text_of("42") + "}");
    // One dimension of two int4.
    const std::string binary = big_endian(1, 4) + big_endian(0, 4) + big_endian(23, 4) +
                               big_endian(2, 4) + big_endian(1, 4) + big_endian(4, 4) +
                               big_endian(12, 4) + big_endian(0xffff'ffff, 4);
    const std::string replaced = binary_of(1007, binary);
    EXPECT_EQ(replaced.substr(0, 24), binary.substr(0, 24));
    EXPECT_EQ(replaced.substr(24, 4),
              big_endian(static_cast<std::uint64_t>(std::stoll(text_of("12"))), 4));
    EXPECT_EQ(replaced.substr(28), binary.substr(28));
}

TEST(Pseudonyms, BytesAreTheSameInEveryForm) {
    std::string replaced = binary_of(17, "secretly");
    std::string hex = "\\x";
    for (const char c : replaced) {
        constexpr char digits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    EXPECT_EQ(text_of("\\x7365637265746c79"), hex);
}

// Whatever a peer says a value is.
TEST(Pseudonyms, TakeAnyBytes) {
    for (const std::uint32_t type : {0U, 16U, 17U, 20U, 21U, 23U, 25U, 26U, 700U, 701U, 1007U,
                                     1082U, 1114U, 1700U, 2950U, 3802U, 99'999U})
        for (std::size_t size = 0; size < 40; ++size)
            for (const char c : {'\0', '\xff', '9', '-', '{', '\\'})
                EXPECT_EQ(binary_of(type, std::string(size, c)).size(), size);
}

}  // namespace
}  // namespace pgfold::capture
