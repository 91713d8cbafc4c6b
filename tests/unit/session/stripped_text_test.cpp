#include "proxy/session/stripped_text.hpp"

#include <gtest/gtest.h>

namespace pgfold::session {
namespace {

stripped_text strip(std::string_view text) {
    sql::statement_analyzer analyzer(sql::make_template_table());
    const auto found = analyzer.analyze(text);
    EXPECT_TRUE(found.statement) << text;
    return strip_comments(text, found);
}

TEST(stripped_text, has_no_comments_of_ours) {
    EXPECT_EQ(strip("SELECT 1 /*a='b'*/").text, "SELECT 1");
    EXPECT_EQ(strip("/*a='b'*/ SELECT 1").text, "SELECT 1");
    EXPECT_EQ(strip("SELECT/*a='b'*/1").text, "SELECT 1");
    EXPECT_EQ(strip("SELECT  /*a='b'*/  1").text, "SELECT 1");
    EXPECT_EQ(strip("SELECT 1 /* prose */").text, "SELECT 1 /* prose */");
    EXPECT_EQ(strip("/*pgfold:ignore*/SELECT 1/*a='b'*/").text, "SELECT 1");
    EXPECT_EQ(strip("/*a='b'*/SELECT 1/*pgfold:ignore*/;").text, "SELECT 1 ;");
    EXPECT_EQ(strip("SELECT 1 /*a='b'*/ /*pgfold:ignore*/").text, "SELECT 1");
}

TEST(stripped_text, line_comments_end_where_they_did) {
    EXPECT_EQ(strip("SELECT 1 -- one\n  /*a='b'*/ + 2").text, "SELECT 1 -- one\n+ 2");
    EXPECT_EQ(strip("SELECT 1 -- one\n/*a='b'*/").text, "SELECT 1 -- one");
    EXPECT_EQ(strip("-- one\r/*a='b'*/SELECT 1").text, "-- one\nSELECT 1");
}

// Every character that is still there is found again at its place in the client's text.
TEST(stripped_text, knows_where_everything_was) {
    for (const std::string text :
         {"SELECT 1 /*a='b'*/", "/*a='b'*/ SELECT 1", "SELECT/*a='b'*/1", "  /*a='b'*/  SELECT 1",
          "/*pgfold:ignore*/ SELECT 1 + /*a='b'*/ 2", "/*a='b'*/ SELECT 1 /*pgfold:ignore*/ + 2",
          "SELECT 1 -- one\n\n/*a='b'*/ + 2", "SELECT 1"}) {
        const auto stripped = strip(text);
        for (std::size_t i = 0; i < stripped.text.size(); ++i) {
            const std::string place = text + " at " + std::to_string(i);
            const auto original = stripped.cuts.original(i + 1);
            if (stripped.text[i] == ' ' || stripped.text[i] == '\n') continue;
            ASSERT_LE(original, text.size()) << place;
            EXPECT_EQ(text[original - 1], stripped.text[i]) << place;
        }
        // "syntax error at end of input" points behind the last character.
        EXPECT_EQ(stripped.cuts.original(stripped.text.size() + 1), text.size() + 1) << text;
    }
}

TEST(stripped_text, counts_characters_as_postgresql_does) {
    // 7 characters of 10 bytes before the comment, 9 characters of 10 bytes in it.
    const auto stripped = strip("select 'äöü', /*a='é'*/ 1");
    EXPECT_EQ(stripped.text, "select 'äöü', 1");
    EXPECT_EQ(stripped.cuts.original(13), 13U);  // the comma
    EXPECT_EQ(stripped.cuts.original(15), 25U);  // the 1
}

}  // namespace
}  // namespace pgfold::session
