#include "proxy/admin/request_target.hpp"

#include <gtest/gtest.h>

#include "proxy/admin/query_filter.hpp"

namespace pgfold::admin {
namespace {

TEST(request_target, decodes_path_and_query) {
    const auto target =
        parse_request_target("/api/v1/find%69ngs?route=%2Fa%2F*&user=a+b&flag&x=1=2&&x=3#fragment");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/api/v1/findings");
    EXPECT_EQ(target->parameter("route"), "/a/*");
    EXPECT_EQ(target->parameter("user"), "a b");
    EXPECT_EQ(target->parameter("flag"), "");
    EXPECT_EQ(target->parameter("x"), "3");
    EXPECT_EQ(target->parameter("none"), "");
    EXPECT_EQ(target->query.size(), 5u);
}

TEST(request_target, what_is_no_target) {
    for (const char* text :
         {"", "*", "http://host/", "a", "/%", "/%4", "/%zz", "/%00", "/?a=%+1", "/?%=1", "?a=1"}) {
        EXPECT_FALSE(parse_request_target(text)) << text;
    }
    std::string many = "/?";
    for (int i = 0; i < 100; ++i)
        many += "a=1&";
    EXPECT_FALSE(parse_request_target(many));
}

TEST(query_filter, limits) {
    const auto limit = [](const std::string& query) {
        return read_limit(*parse_request_target("/?" + query));
    };
    EXPECT_EQ(limit(""), limit_default);
    EXPECT_EQ(limit("limit=1"), 1u);
    EXPECT_EQ(limit("limit=10000"), 10'000u);
    for (const char* query :
         {"limit=0", "limit=10001", "limit=-1", "limit=1x", "limit=99999999999999999999"}) {
        EXPECT_EQ(limit(query), std::nullopt) << query;
    }
}

TEST(query_filter, text_with_stars) {
    const auto matches = [](const std::string& pattern, std::string_view value) {
        return text_filter(*parse_request_target("/?p=" + pattern), "p").matches(value);
    };
    EXPECT_TRUE(text_filter(*parse_request_target("/"), "p").matches("anything"));
    EXPECT_TRUE(matches("", "")) << "given and empty: only what has none";
    EXPECT_FALSE(matches("", "x"));
    EXPECT_TRUE(matches("abc", "abc"));
    EXPECT_FALSE(matches("abc", "abcd"));
    EXPECT_TRUE(matches("/admin/*", "/admin/"));
    EXPECT_TRUE(matches("/admin/*", "/admin/a/b"));
    EXPECT_FALSE(matches("/admin/*", "/adm"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
    EXPECT_FALSE(matches("*a*b*", "xxbxxaxx"));
    EXPECT_TRUE(matches("a*a", "aaa"));
    EXPECT_FALSE(matches("a*a", "a"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_FALSE(matches(std::string(30, '*') + "x", std::string(2000, 'a')));
}

TEST(query_filter, lists) {
    const auto target = *parse_request_target("/?class=a,b&class=c,&x=y");
    EXPECT_EQ(read_list(target, "class"), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_TRUE(read_list(target, "none").empty());
}

}  // namespace
}  // namespace pgfold::admin
