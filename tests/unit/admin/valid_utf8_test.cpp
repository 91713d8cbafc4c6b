#include <gtest/gtest.h>

#include "proxy/admin/json_body.hpp"

namespace pgfold::admin {
namespace {

constexpr const char* bad = "\xEF\xBF\xBD";  // U+FFFD

TEST(valid_utf8, leaves_valid_text_alone) {
    for (const char* text : {"", "ascii", "é", "€", "\xF0\x9F\x90\x98", "\xF4\x8F\xBF\xBF",
                             "\xED\x9F\xBF", "\xEE\x80\x80"}) {
        EXPECT_EQ(valid_utf8(text), text);
    }
}

TEST(valid_utf8, replaces_what_is_not) {
    const std::string b = bad;
    EXPECT_EQ(valid_utf8("a\xFFz"), "a" + b + "z");
    EXPECT_EQ(valid_utf8("\xE9t\xE9"), b + "t" + b) << "Latin-1";
    EXPECT_EQ(valid_utf8("\xC3"), b) << "cut";
    EXPECT_EQ(valid_utf8("\xC0\xAF"), b + b) << "overlong";
    EXPECT_EQ(valid_utf8("\xE0\x80\xAF"), b + b + b) << "overlong";
    EXPECT_EQ(valid_utf8("\xED\xA0\x80"), b + b + b) << "surrogate";
    EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), b + b + b + b) << "past the last character";
    EXPECT_EQ(valid_utf8("\x80"), b);
}

}  // namespace
}  // namespace pgfold::admin
