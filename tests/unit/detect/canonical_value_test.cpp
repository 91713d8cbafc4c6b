#include "analyzer/detect/canonical_value.hpp"

#include <gtest/gtest.h>

#include <string>

#include "analyzer/detect/type_oid.hpp"

namespace pgfold::detect {
namespace {

using namespace std::string_view_literals;

std::uint64_t text(std::string_view bytes, std::uint32_t type = type_oid::unspecified) {
    return canonicalize(bytes, type, false).hash;
}
std::uint64_t binary(std::string_view bytes, std::uint32_t type) {
    return canonicalize(bytes, type, true).hash;
}
std::uint64_t literal(std::string_view token) {
    return canonicalize(argument{token, 0, argument_format::literal, false}).hash;
}

TEST(canonical_value, integers_are_equal_by_value_in_every_guise) {
    const std::uint64_t expected = text("24", type_oid::int4);
    EXPECT_EQ(expected, text("24"));
    EXPECT_EQ(expected, text("24", type_oid::text));
    EXPECT_EQ(expected, binary("\0\x18"sv, type_oid::int2));
    EXPECT_EQ(expected, binary("\0\0\0\x18"sv, type_oid::int4));
    EXPECT_EQ(expected, binary("\0\0\0\0\0\0\0\x18"sv, type_oid::int8));
    EXPECT_EQ(expected, binary("\0\0\0\x18"sv, type_oid::oid));
    EXPECT_EQ(expected, literal("24"));
    EXPECT_EQ(expected, literal("'24'"));
    EXPECT_EQ(expected, literal("$$24$$"));
    EXPECT_EQ(expected, text("24.00", type_oid::numeric));
    EXPECT_EQ(expected, binary("\0\1\0\0\0\0\0\0\0\x18"sv, type_oid::numeric));
    EXPECT_NE(expected, text("25"));
    EXPECT_NE(expected, text("-24"));
}

TEST(canonical_value, negative_and_large_numbers) {
    EXPECT_EQ(literal("-3"), binary("\xff\xfd"sv, type_oid::int2));
    EXPECT_EQ(literal("- 3"), literal("-3"));
    EXPECT_EQ(text("9223372036854775807"),
              binary("\x7f\xff\xff\xff\xff\xff\xff\xff"sv, type_oid::int8));
    // 12345678 is {1234, 5678} to the base of 10,000.
    EXPECT_EQ(text("12345678"), binary("\0\2\0\1\0\0\0\0\x04\xd2\x16\x2e"sv, type_oid::numeric));
    EXPECT_NE(text("99999999999999999999"), text("99999999999999999998"));
}

TEST(canonical_value, text_that_is_not_how_a_number_prints_stays_text) {
    EXPECT_NE(text("024", type_oid::text), text("24", type_oid::text));
    EXPECT_NE(text("+24", type_oid::text), text("24", type_oid::text));
    EXPECT_NE(text("24 ", type_oid::text), text("24", type_oid::text));
    EXPECT_EQ(text("DE  ", type_oid::bpchar), text("DE", type_oid::varchar));
}

TEST(canonical_value, uuids_in_every_spelling) {
    const std::uint64_t expected = text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", type_oid::uuid);
    EXPECT_EQ(expected, text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"));
    EXPECT_EQ(expected, text("{a0eebc999c0b4ef8bb6d6bb9bd380a11}"));
    EXPECT_EQ(expected, binary("\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11"sv,
                               type_oid::uuid));
    EXPECT_EQ(expected, literal("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"));
    EXPECT_TRUE(
        canonicalize("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", type_oid::uuid, false).distinctive);
    EXPECT_NE(expected, text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1"));
}

TEST(canonical_value, escapes_in_literals_are_undone) {
    EXPECT_EQ(literal("'it''s'"), text("it's"));
    EXPECT_EQ(literal("E'a\\nb'"), text("a\nb"));
    EXPECT_EQ(literal("e'\\x41'"), text("A"));
    EXPECT_EQ(literal("$tag$it's$tag$"), text("it's"));
    EXPECT_EQ(literal("N'x'"), text("x"));
    EXPECT_EQ(canonicalize(argument{"NULL", 0, argument_format::literal, false}).hash, 0U);
}

TEST(canonical_value, booleans) {
    EXPECT_EQ(text("t", type_oid::boolean), binary("\1"sv, type_oid::boolean));
    EXPECT_EQ(text("f", type_oid::boolean), binary("\0"sv, type_oid::boolean));
}

TEST(canonical_value, enumerations_send_their_text_in_binary_format) {
    EXPECT_EQ(binary("paid", 16999), text("paid"));
}

TEST(canonical_value, null_has_no_hash) {
    EXPECT_EQ(canonicalize(argument{{}, type_oid::int4, argument_format::binary, true}).hash, 0U);
}

TEST(canonical_value, malformed_input_is_some_value) {
    for (const std::uint32_t type :
         {0U, 16U, 20U, 21U, 23U, 26U, 701U, 1042U, 1082U, 1700U, 2950U, 99999U}) {
        for (std::size_t length = 0; length < 20; ++length) {
            for (const char fill : {'\0', '\x7f', '\xff'})
                EXPECT_NE(binary(std::string(length, fill), type), 0U);
        }
    }
    for (const auto token : {"", "'", "''", "E'", "E'\\'", "$", "$$", "$$$", "$a$", "$a$b", "-",
                             "N", "'a'b'", "E'\\u00e4'"})
        (void)literal(token);
}

}  // namespace
}  // namespace pgfold::detect
