#include "proxy/net/json_escape.hpp"

#include <gtest/gtest.h>

namespace pgfold::net {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(json_escape, table) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {R"(say "hi" \ )", R"("say \"hi\" \\ ")"},
        {"a\nb\tc\r", R"("a\nb\tc\u000d")"},
        {std::string_view("\0\x1f\x7f", 3), R"("\u0000\u001f\u007f")"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x98",
         "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x98\""},
        {"\xff", R"("\ufffd")"},
        {"\xc3", R"("\ufffd")"},                                // cut
        {"\xc0\xaf", R"("\ufffd\ufffd")"},                      // overlong
        {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},            // surrogate
        {"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},  // beyond Unicode
        {"\xe2\x82x", R"("\ufffd\ufffdx")"},
    };
    for (const auto& [text, expected] : table)
        EXPECT_EQ(escaped(text), expected);
}

}  // namespace
}  // namespace pgfold::net
