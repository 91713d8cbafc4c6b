#include "analyzer/sql/sql_lexer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pgfold::sql {
namespace {

using strings = std::vector<std::string>;

struct lexed_strings {
    lex_status status;
    std::string shape;
    strings candidates;
    strings signs;  // with their candidates
    std::string tags, directive;
    unsigned bound_parameters;
};

lexed_strings lex(std::string_view text, text_settings settings = {}) {
    sql_lexer lexer;
    const lexed_text lexed = lexer.lex(text, settings);
    lexed_strings result{lexed.status,
                         std::string(lexed.shape),
                         {},
                         {},
                         std::string(lexed.tag_comment),
                         std::string(lexed.directive),
                         lexed.bound_parameters};
    for (const literal_span& span : lexed.candidates)
        result.candidates.emplace_back(text.substr(span.offset, span.length));
    for (const minus_sign& sign : lexed.minus_signs) {
        const literal_span& span = lexed.candidates[sign.candidate];
        result.signs.emplace_back(
            text.substr(sign.offset, span.offset + span.length - sign.offset));
    }
    return result;
}

struct literal_case {
    const char* text;
    strings literals;
};

TEST(sql_lexer_test, finds_literals) {
    const literal_case cases[] = {
        {"select 1, 'a', 1.5", {"1", "'a'", "1.5"}},
        {"select 'it''s'", {"'it''s'"}},
        {"select E'it\\'s', e'\\\\'", {"E'it\\'s'", "e'\\\\'"}},
        {"select 'a\\', 'b'", {"'a\\'", "'b'"}},
        {"select U&'d\\0061t' uescape '!'", {"U&'d\\0061t'", "'!'"}},
        {"select b'01', X'1F'", {"b'01'", "X'1F'"}},
        {"select N'x'", {"'x'"}},
        {"select $$a'b$$, $t$a $$ b$t$", {"$$a'b$$", "$t$a $$ b$t$"}},
        {"select $a$ $b$ $a$", {"$a$ $b$ $a$"}},
        {"select 'a'\n 'b'", {"'a'\n 'b'"}},
        {"select 'a' -- c\n--d\n\t'b' 'c'", {"'a' -- c\n--d\n\t'b'", "'c'"}},
        {"select 'a' /* c\n */ 'b'", {"'a'", "'b'"}},
        {"select .5, 5., 5.e1, 1e+5, 1E-5", {".5", "5.", "5.e1", "1e+5", "1E-5"}},
        {"select 1..2", {"1", "2"}},
        {"select 0x1F, 0O17, 0b1_0, 1_000, 1_0.5_5e1_0",
         {"0x1F", "0O17", "0b1_0", "1_000", "1_0.5_5e1_0"}},
        {"select a.5", {".5"}},
        {"select a1, _1, ä1, a$1", {}},
        {"select \"1\", \"a\"\"1\", U&\"\\0031\"", {}},
        {"select $1, $22", {}},
        {"select /* 1 /* 2 */ 3 */ 4 -- 5", {"4"}},
        {"select 1 */* 2 */ 3", {"1", "3"}},
        {"select 1+-2", {"1", "2"}},
        {"select 1--2", {"1"}},
        {"select null, True, FALSE, nullx, xnull, \"null\"", {"null", "True", "FALSE"}},
        {"select all 1", {"all", "1"}},
    };
    for (const literal_case& c : cases) {
        const lexed_strings lexed = lex(c.text);
        EXPECT_EQ(lexed.status, lex_status::ok) << c.text;
        EXPECT_EQ(lexed.candidates, c.literals) << c.text;
    }
}

TEST(sql_lexer_test, finds_signs_that_are_tokens) {
    EXPECT_EQ(lex("select -5, - 5, a-5, a=-5, +-5, 2*-5").signs,
              (strings{"-5", "- 5", "-5", "-5", "-5", "-5"}));
    // Operators that end in a minus because of another character in them.
    EXPECT_EQ(lex("select a@-5, a<@-5, a|-5, a!-5").signs, strings{});
    EXPECT_EQ(lex("select -a, 5, -(5), (-5)").signs, strings{"-5"});
}

TEST(sql_lexer_test, same_shape) {
    const std::vector<strings> groups = {
        {"select a from t where b = 1", "select a from t where b = 22",
         "select  a\tfrom\nt where b = 1 ;", "/* x */ select a from t -- y\n where b = 7;;",
         "select a/**/from t where b = 2147483647"},
        {"select 'a'", "select 'it''s'", "select ''"},
        {"select E'a'", "select e'\\''"},
        {"select 99999999999", "select 2147483648"},
        {"select $$a$$", "select $x$b$x$"},
    };
    for (const strings& group : groups) {
        for (const std::string& text : group)
            EXPECT_EQ(lex(text).shape, lex(group[0]).shape) << text;
    }
}

TEST(sql_lexer_test, different_shapes) {
    const std::vector<std::pair<std::string, std::string>> pairs = {
        {"select a", "select A"},
        {"select a", "select \"a\""},
        {"select $1", "select $2"},
        {"select $1", "select 1"},
        {"select 1", "select 1.0"},
        {"select 1", "select '1'"},
        {"select 1", "select 3000000000"},
        {"select '1'", "select E'1'"},
        {"select '1'", "select b'1'"},
        {"select -1", "select 1"},
        {"select null", "select true"},
        {"select null", "select NULL"},
        {"select -1", "select -/**/1"},
        {"select 1 a", "select 1"},
        {"select a b", "select ab"},
        {"select \"a b\"", "select \"a  b\""},
        {"select 'a' 'b'", "select 'a'\n'b'"},
    };
    for (const auto& [one, other] : pairs)
        EXPECT_NE(lex(one).shape, lex(other).shape) << one << " | " << other;
}

TEST(sql_lexer_test, malformed) {
    for (const char* text :
         {"select 'a",    "select \"a",    "select \"\"", "select $$a",        "select $a$b$c$",
          "select E'a\\", "select E'a\\'", "select /* a", "select /* /* a */", "select 1a",
          "select 1e",    "select 1e+",    "select 0xG",  "select 0b2",        "select 1__0",
          "select 1_",    "select 0x1F_",  "select $1a",  "select $",          "select $ä",
          "select \\d",   "select {a}",    "select \x01", "select \v"}) {
        EXPECT_EQ(lex(text).status, lex_status::malformed) << text;
    }
    EXPECT_EQ(lex(std::string_view("select \0 1", 10)).status, lex_status::malformed);
}

TEST(sql_lexer_test, strings_without_standard_conformance) {
    const text_settings off{false, true};
    EXPECT_EQ(lex("select 'a\\'b', 1", off).candidates, (strings{"'a\\'b'", "1"}));
    EXPECT_EQ(lex("select 'a\\'b', 1").status, lex_status::malformed);
    EXPECT_EQ(lex("select 'a\\', 'b'", off).status, lex_status::malformed);
}

TEST(sql_lexer_test, bound_parameters) {
    EXPECT_EQ(lex("select 1").bound_parameters, 0);
    EXPECT_EQ(lex("select $3, $1").bound_parameters, 3);
    EXPECT_EQ(lex("select $65535").bound_parameters, 65'535);
    EXPECT_EQ(lex("select $65536").status, lex_status::too_many_params);
    EXPECT_EQ(lex("select $99999999999999999999").status, lex_status::too_many_params);
}

TEST(sql_lexer_test, counts_of_literals_are_bounded) {
    std::string text = "select 1";
    for (int i = 1; i < 65'535; ++i)
        text += ",1";
    EXPECT_EQ(lex(text).status, lex_status::ok);
    text += ",1";
    EXPECT_EQ(lex(text).status, lex_status::too_many_params);
}

TEST(sql_lexer_test, finds_the_comment_with_tags) {
    EXPECT_EQ(lex("select 1 /*a='b'*/").tags, "/*a='b'*/");
    EXPECT_EQ(lex("/*a='b'*/ select 1").tags, "/*a='b'*/");
    EXPECT_EQ(lex("/*a='b'*/ select 1 /*c='d'*/").tags, "/*c='d'*/");
    EXPECT_EQ(lex("/*a='b'*/ select 1 /* prose */").tags, "/*a='b'*/");
    EXPECT_EQ(lex("/*pgfold:ignore*/ select 1").tags, "/*pgfold:ignore*/");
    EXPECT_EQ(lex("/*pgfold:ignore*/ select 1 /*c='d'*/").tags, "/*c='d'*/");
    EXPECT_EQ(lex("/*c='d'*/ select 1 /*pgfold:ignore*/").tags, "/*c='d'*/");
    EXPECT_EQ(lex("/*pgfold:ignore*/ /*c='d'*/ select 1 /*pgfold:off*/").tags,
              "/*pgfold:ignore*/ /*c='d'*/");
    EXPECT_EQ(lex("/*a='b'*/ select 1 /*c='d',pgfold:ignore*/").tags, "/*c='d',pgfold:ignore*/");
    EXPECT_EQ(lex("select 1 /*c='d'*/ /*pgfold:off*/").tags, "/*c='d'*/ /*pgfold:off*/");
    EXPECT_EQ(lex("select 1 /* see https://example.com */").tags, "");
    EXPECT_EQ(lex("select '/*a=''b''*/'").tags, "");
    EXPECT_EQ(lex("select 1 -- a='b'").tags, "");
}

TEST(sql_lexer_test, finds_the_directive_beside_the_tags) {
    EXPECT_EQ(lex("select 1 /*c='d'*/").directive, "");
    EXPECT_EQ(lex("/*pgfold:ignore*/ select 1").directive, "/*pgfold:ignore*/");
    EXPECT_EQ(lex("/*pgfold:ignore*/ select 1 /*c='d'*/").directive, "/*pgfold:ignore*/");
    EXPECT_EQ(lex("/*c='d'*/ select 1 /* pgfold:off */").directive, "/* pgfold:off */");
    EXPECT_EQ(lex("select 1 /*c='d'*/ /*pgfold:off*/").directive, "/*pgfold:off*/");
    EXPECT_EQ(lex("select 1 /*c='d',pgfold:ignore*/ + /*e='f'*/ 1").directive,
              "/*c='d',pgfold:ignore*/");
    EXPECT_EQ(lex("select 1 /*path='pgfold:ignore'*/").directive, "");
    EXPECT_EQ(lex("select '/*pgfold:ignore*/'").directive, "");
}

TEST(sql_lexer_test, a_lexer_is_used_again) {
    sql_lexer lexer;
    (void)lexer.lex("select 1, 2, 3 -5 /*a='b'*/", {});
    const lexed_text lexed = lexer.lex("select $1, 5", {});
    EXPECT_EQ(lexed.candidates.size(), 1u);
    EXPECT_TRUE(lexed.minus_signs.empty());
    EXPECT_TRUE(lexed.tag_comment.empty());
    lexer.shrink(0);
    EXPECT_EQ(lexer.lex("select 1", {}).candidates.size(), 1u);
}

// Every prefix and every single byte in the middle of a text: nothing reads past the end.
TEST(sql_lexer_test, every_prefix) {
    const std::string text =
        "select E'a\\'b' || U&'\\0061' /* /* x */ */ , $$a$$, $t$b$t$, 1.5e+10 -- c\n'd'\n'e', "
        "\"f\"";
    sql_lexer lexer;
    for (std::size_t length = 0; length <= text.size(); ++length) {
        // On the heap, so that AddressSanitizer sees a byte too many.
        const std::vector<char> copy(text.begin(), text.begin() + static_cast<long>(length));
        (void)lexer.lex({copy.data(), copy.size()}, {});
        (void)lexer.lex({copy.data(), copy.size()}, {false, true});
    }
    for (int byte = 0; byte < 256; ++byte) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string changed = text;
            changed[at] = static_cast<char>(byte);
            (void)lexer.lex(changed, {});
        }
    }
}

}  // namespace
}  // namespace pgfold::sql
