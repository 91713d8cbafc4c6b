#include "analyzer/report/utf8.hpp"

#include <gtest/gtest.h>

namespace pgfold::report {
namespace {

constexpr const char* replacement = "\xEF\xBF\xBD";  // U+FFFD

TEST(utf8, leaves_valid_text_alone) {
    for (const char* text : {"", "ascii", "é", "€", "\xF0\x9F\x90\x98", "\xF4\x8F\xBF\xBF",
                             "\xED\x9F\xBF", "\xEE\x80\x80"}) {
        EXPECT_EQ(to_valid_utf8(text), text);
    }
}

TEST(utf8, replaces_what_is_not) {
    const std::string r = replacement;
    EXPECT_EQ(to_valid_utf8("a\xFFz"), "a" + r + "z");
    EXPECT_EQ(to_valid_utf8("\xE9t\xE9"), r + "t" + r) << "Latin-1";
    EXPECT_EQ(to_valid_utf8("\xC3"), r) << "cut";
    EXPECT_EQ(to_valid_utf8("\xC0\xAF"), r + r) << "overlong";
    EXPECT_EQ(to_valid_utf8("\xE0\x80\xAF"), r + r + r) << "overlong";
    EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), r + r + r) << "surrogate";
    EXPECT_EQ(to_valid_utf8("\xF4\x90\x80\x80"), r + r + r + r) << "past the last character";
    EXPECT_EQ(to_valid_utf8("\x80"), r);
}

}  // namespace
}  // namespace pgfold::report
