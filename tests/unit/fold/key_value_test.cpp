// Canonical keys, and how they are written again.

#include "proxy/fold/batch/key_value.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/fold/batch/key_encoding.hpp"
#include "support/cpp/messages.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using test::operator+;

constexpr std::uint32_t int2 = 21, int4 = 23, int8 = 20, oid = 26, text = 25, varchar = 1043,
                        bpchar = 1042, name = 19, uuid = 2950, numeric = 1700, float8 = 701,
                        date = 1082, untyped = 0, unknown = 705, user_type = 16'500;

constexpr auto uuid_text = "0190a1b2-c3d4-4e5f-8a6b-0123456789ab"sv;
constexpr auto uuid_binary = "\x01\x90\xa1\xb2\xc3\xd4\x4e\x5f\x8a\x6b\x01\x23\x45\x67\x89\xab"sv;

struct value_case {
    std::string_view bytes;
    std::uint32_t type;
    bool binary;
    std::optional<std::string> expected;
};

TEST(CanonicalKey, OfColumnsAndBoundValues) {
    const value_case cases[] = {
        {"24", int4, false, "24"},
        {"-3", int8, false, "-3"},
        {"0", int2, false, "0"},
        {"40000", int2, false, {}},
        {"-1", oid, false, {}},
        {"024", int4, false, {}},
        {"+24", int4, false, {}},
        {" 24", int4, false, {}},
        {"", int4, false, {}},
        {"-0", int4, false, {}},
        {"9223372036854775807", int8, false, "9223372036854775807"},
        {"9223372036854775808", int8, false, {}},
        {"\x00\x18"sv, int2, true, "24"},
        {"\xff\xfd"sv, int2, true, "-3"},
        {"\x00\x00\x00\x18"sv, int4, true, "24"},
        {"\xff\xff\xff\xfd"sv, int4, true, "-3"},
        {"\x00\x00\x00\x00\x00\x00\x00\x18"sv, int8, true, "24"},
        {"\x80\x00\x00\x00\x00\x00\x00\x00"sv, int8, true, "-9223372036854775808"},
        {"\x00\x00\x00\x18"sv, int8, true, {}},  // not its length
        {"\x00\x18"sv, int4, true, {}},
        {"\xff\xff\xff\xff"sv, oid, true, "4294967295"},
        {"4294967295", oid, false, "4294967295"},
        {uuid_binary, uuid, true, std::string(uuid_text)},
        {uuid_text, uuid, false, std::string(uuid_text)},
        {"{0190A1B2C3D44E5F8A6B0123456789AB}", uuid, false, std::string(uuid_text)},
        {"0190a1b2-c3d4-4e5f-8a6b-0123456789a", uuid, false, {}},
        {uuid_binary.substr(1), uuid, true, {}},
        // Without its type a uuid is a text: 'A…' and 'a…' may be two values of a text column.
        {"0190A1B2-C3D4-4E5F-8A6B-0123456789AB", untyped, false,
         "0190A1B2-C3D4-4E5F-8A6B-0123456789AB"},
        {"024", untyped, false, "024"},
        {"24", unknown, false, "24"},
        {"24", untyped, true, {}},
        {"it's \\ \xc3\xa9", text, false, "it's \\ \xc3\xa9"},
        {"it's", varchar, true, "it's"},
        {"ab   ", bpchar, false, "ab   "},
        {"pg_class", name, true, "pg_class"},
        {"", text, false, ""},
        {"a\0b"sv, text, true, {}},
        {"1.5", numeric, false, {}},
        {"24", numeric, false, {}},
        {"24", float8, false, {}},
        {"2026-01-01", date, false, {}},
        {"red", user_type, false, {}},
    };
    for (const value_case& c : cases)
        EXPECT_EQ(canonical_key(c.bytes, c.type, c.binary), c.expected)
            << testing::PrintToString(c.bytes) << " of type " << c.type;
    EXPECT_TRUE(canonical_key(std::string(key_bytes_max, 'x'), text, false));
    EXPECT_FALSE(canonical_key(std::string(key_bytes_max + 1, 'x'), text, false));
}

std::optional<std::string> of_literal(std::string_view token) {
    return canonical_key(
        detect::argument{.bytes = token, .format = detect::argument_format::literal});
}

TEST(CanonicalKey, OfLiterals) {
    const std::pair<std::string_view, std::optional<std::string>> cases[] = {
        {"24", "24"},
        {"-3", "-3"},
        {"- 3", "-3"},
        {"024", {}},
        {"1e3", {}},
        {"24.0", {}},
        {"0x18", {}},
        {"1_000", {}},
        {"99999999999999999999", {}},
        {"'24'", "24"},
        {"'it''s'", "it's"},
        {"''", ""},
        {"'a\\b'", {}},  // depends on standard_conforming_strings
        {"E'a\\\\b'", "a\\b"},
        {"e'it\\'s'", "it's"},
        {"E'\\x41'", "A"},
        {"E'\\u0041'", {}},
        {"E'\\101'", {}},
        {"$$it's$$", "it's"},
        {"$q$it's$q$", "it's"},
        {"U&'d\\0061t'", {}},
        {"B'01'", {}},
        {"X'1F'", {}},
        {"NULL", {}},
        {"TRUE", {}},
        {"'a' \n 'b'", {}},
        {"", {}},
    };
    for (const auto& [token, expected] : cases)
        EXPECT_EQ(of_literal(token), expected) << token;
}

TEST(CanonicalKey, OfNullIsNone) {
    EXPECT_FALSE(canonical_key(detect::argument{.type_oid = int4, .is_null = true}));
}

test::bytes bound(std::string_view key, std::uint32_t type, bool binary) {
    test::bytes out = test::raw("before");
    if (!append_bound_value(out, key, type, binary)) {
        EXPECT_EQ(out, test::raw("before"));
        return {};
    }
    out.erase(out.begin(), out.begin() + 6);
    return out;
}

TEST(KeyEncoding, BoundValues) {
    EXPECT_EQ(bound("24", int2, true), test::raw("\0\0\0\2\0\x18"sv));
    EXPECT_EQ(bound("-3", int4, true), test::raw("\0\0\0\4\xff\xff\xff\xfd"sv));
    EXPECT_EQ(bound("24", int8, true), test::raw("\0\0\0\x8\0\0\0\0\0\0\0\x18"sv));
    EXPECT_EQ(bound("4294967295", oid, true), test::raw("\0\0\0\4\xff\xff\xff\xff"sv));
    EXPECT_EQ(bound(uuid_text, uuid, true), test::raw("\0\0\0\x10"sv) + test::raw(uuid_binary));
    EXPECT_EQ(bound("it's", text, true), test::raw("\0\0\0\4it's"sv));
    EXPECT_EQ(bound("24", int4, false), test::raw("\0\0\0\2"
                                                  "24"sv));
    EXPECT_EQ(bound("24", untyped, false), test::raw("\0\0\0\2"
                                                     "24"sv));
    EXPECT_EQ(bound("", text, false), test::raw("\0\0\0\0"sv));

    EXPECT_EQ(bound("40000", int2, true), test::bytes{});
    EXPECT_EQ(bound("40000", int2, false), test::bytes{});
    EXPECT_EQ(bound("3000000000", int4, true), test::bytes{});
    EXPECT_EQ(bound("-1", oid, true), test::bytes{});
    EXPECT_EQ(bound("abc", int4, true), test::bytes{});
    EXPECT_EQ(bound("24", untyped, true), test::bytes{});
    EXPECT_EQ(bound("24", uuid, false), test::bytes{});
    EXPECT_EQ(bound("24", numeric, false), test::bytes{});
    EXPECT_EQ(bound("a\0b"sv, text, false), test::bytes{});
}

// The literal `token`, with another key in its place.
std::optional<std::string> rewritten(std::string_view token, sql::literal_kind kind,
                                     std::string_view key, sql::text_settings settings = {}) {
    const auto style = read_literal_style(token, kind);
    if (!style) return std::nullopt;
    test::bytes out;
    if (!append_literal(out, key, *style, settings)) return std::nullopt;
    return std::string(protocol::as_text(out));
}

TEST(KeyEncoding, Literals) {
    using enum sql::literal_kind;
    EXPECT_EQ(rewritten("24", integer, "25"), "25");
    EXPECT_EQ(rewritten("24", integer, "-25"), "(-25)");
    EXPECT_EQ(rewritten("-24", integer, "-25"), "-25");
    EXPECT_EQ(rewritten("-24", integer, "25"), " 25");
    EXPECT_EQ(rewritten("24", integer, "3000000000"), "3000000000");
    EXPECT_EQ(rewritten("24", integer, "abc"), std::nullopt);
    EXPECT_EQ(rewritten("24", integer, "024"), std::nullopt);
    EXPECT_EQ(rewritten("'JG'", string, "24"), "'24'");
    EXPECT_EQ(rewritten("'JG'", string, "it's"), "'it''s'");
    EXPECT_EQ(rewritten("'JG'", string, "\xc3\xa9"), "'\xc3\xa9'");
    EXPECT_EQ(rewritten("'JG'", string, "a\\b"), std::nullopt);
    EXPECT_EQ(rewritten("E'JG'", escape_string, "a\\'b"), "E'a\\\\''b'");
    EXPECT_EQ(rewritten("$q$JG$q$", dollar_string, "it's"), "$q$it's$q$");
    EXPECT_EQ(rewritten("$$JG$$", dollar_string, "a$b"), std::nullopt);
    EXPECT_EQ(rewritten("'JG'", string, "a\0b"sv), std::nullopt);
    EXPECT_EQ(rewritten("'JG'", string, "\x83\x5c", {.single_byte_safe_encoding = false}),
              std::nullopt);
    EXPECT_EQ(rewritten("U&'JG'", unicode_string, "a"), std::nullopt);
    EXPECT_EQ(rewritten("B'1'", bit_string, "1"), std::nullopt);
    EXPECT_EQ(rewritten("1.5", number, "1"), std::nullopt);
}

TEST(KeyEncoding, WhatIsWrittenIsReadBack) {
    using enum sql::literal_kind;
    const std::pair<std::string_view, sql::literal_kind> tokens[] = {
        {"24", integer},         {"-24", integer},         {"'x'", string},
        {"E'x'", escape_string}, {"$$x$$", dollar_string},
    };
    for (const std::string key : {"0", "25", "-25", "9223372036854775807", "-9223372036854775808",
                                  "it's", "a\\", "\\'", "", "'", "$", "\xe2\x82\xac", "a\nb"}) {
        for (const auto& [token, kind] : tokens) {
            const auto written = rewritten(token, kind, key);
            if (!written) continue;
            std::string_view literal = *written;
            if (literal.starts_with('(')) literal = literal.substr(1, literal.size() - 2);
            if (literal.starts_with(' ')) literal.remove_prefix(1);
            EXPECT_EQ(of_literal(literal), key) << *written;
        }
    }
}

TEST(KeyEncoding, LiteralsThatCouldNotBeReadBackAreRefused) {
    using enum sql::literal_kind;
    const std::string quotes(200, '\'');
    EXPECT_EQ(rewritten("'x'", string, quotes), std::nullopt);
    EXPECT_EQ(rewritten("E'x'", escape_string, quotes), std::nullopt);
    const std::string long_key(1000, 'x');
    EXPECT_EQ(of_literal(rewritten("'x'", string, long_key).value_or("")), long_key);
    EXPECT_EQ(of_literal(rewritten("'x'", string, quotes.substr(0, 128)).value_or("")),
              quotes.substr(0, 128));
}

TEST(KeyEncoding, ArrayElements) {
    const auto element = [](std::string_view key, std::uint32_t type) {
        std::string out = "{";
        return append_array_element(out, key, type) ? out : std::string();
    };
    EXPECT_EQ(element("24", int4), "{24");
    EXPECT_EQ(element(uuid_text, uuid), "{" + std::string(uuid_text));
    EXPECT_EQ(element("NULL", text), "{\"NULL\"");
    EXPECT_EQ(element("", text), "{\"\"");
    EXPECT_EQ(element("a\"b\\c,{}", varchar), "{\"a\\\"b\\\\c,{}\"");
    EXPECT_EQ(element("40000", int2), "");
    EXPECT_EQ(element("1),(2", int4), "");
    EXPECT_EQ(element("24", untyped), "");
}

}  // namespace
}  // namespace pgfold::fold
