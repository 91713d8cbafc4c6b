#include "analyzer/sql/sqlcommenter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgfold::sql {
namespace {

TEST(sqlcommenter_test, sqlcommenter_form) {
    EXPECT_EQ(parse_tags("/*route='%2Fpolls%2F%3Cint%3Apk%3E',traceparent='00-4bf9-00f0-01'*/"),
              (tag_list{{"route", "/polls/<int:pk>"}, {"traceparent", "00-4bf9-00f0-01"}}));
    EXPECT_EQ(parse_tags("/*a='it\\'s'*/"), (tag_list{{"a", "it's"}}));
    EXPECT_EQ(parse_tags("/* a = 'x' */"), tag_list{});
    EXPECT_EQ(parse_tags("/*a='x', b='y z'*/"), (tag_list{{"a", "x"}, {"b", "y z"}}));
    EXPECT_EQ(parse_tags("/*a%20b='%'*/"), (tag_list{{"a b", "%"}}));
    EXPECT_EQ(parse_tags("/*a=''*/"), (tag_list{{"a", ""}}));
}

TEST(sqlcommenter_test, marginalia_form) {
    EXPECT_EQ(parse_tags("/*application:Shop,controller:orders,action:index*/"),
              (tag_list{{"application", "Shop"}, {"controller", "orders"}, {"action", "index"}}));
    EXPECT_EQ(parse_tags("/*line:/app/models/user.rb:12:in `find me'*/"),
              (tag_list{{"line", "/app/models/user.rb:12:in `find me'"}}));
}

TEST(sqlcommenter_test, plain_form) {
    EXPECT_EQ(parse_tags("/* traceparent=00-4bf9-00f0-01 */"),
              (tag_list{{"traceparent", "00-4bf9-00f0-01"}}));
    EXPECT_EQ(parse_tags("traceparent=00-1,a=2"), (tag_list{{"traceparent", "00-1"}, {"a", "2"}}));
}

TEST(sqlcommenter_test, directives) {
    EXPECT_EQ(parse_tags("/*pgfold:ignore*/"), (tag_list{{"pgfold", "ignore"}}));
    EXPECT_EQ(parse_tags("/* pgfold:off */"), (tag_list{{"pgfold", "off"}}));
    EXPECT_EQ(parse_tags("/*a='b'*/ /*pgfold:ignore*/"),
              (tag_list{{"a", "b"}, {"pgfold", "ignore"}}));
}

TEST(sqlcommenter_test, directives_alone_and_beside_tags) {
    EXPECT_EQ(find_directive("/*pgfold:ignore*/"), directive_use::alone);
    EXPECT_EQ(find_directive("/* pgfold:ignore, pgfold:off */"), directive_use::alone);
    EXPECT_EQ(find_directive("/*a='b',pgfold:ignore*/"), directive_use::beside_tags);
    EXPECT_EQ(find_directive("/*a='pgfold:ignore'*/"), directive_use::none);
    EXPECT_EQ(find_directive("/*my_pgfold:ignore*/"), directive_use::none);
    EXPECT_EQ(find_directive("/* about pgfold */"), directive_use::none);
    EXPECT_EQ(find_directive(""), directive_use::none);
}

TEST(sqlcommenter_test, prose_holds_no_tags) {
    for (const char* comment :
         {"/* */", "/**/", "/*+ SeqScan(t) */", "/* fetch the users */", "/* note: slow */",
          "/* a = b */", "/* see https://example.com/x */", "/*='x'*/", "/*a=*/", "/*:*/", "/*a:*/",
          "/*a='x*/", "", "/*", "*/"}) {
        EXPECT_EQ(parse_tags(comment), tag_list{}) << comment;
        EXPECT_FALSE(holds_tags(comment)) << comment;
    }
}

TEST(sqlcommenter_test, holds_tags_agrees_with_parse_tags) {
    for (const char* comment : {"/*a='b'*/", "/* x a:b */", "/*pgfold:off*/", "a=b"})
        EXPECT_TRUE(holds_tags(comment)) << comment;
}

TEST(sqlcommenter_test, bounded) {
    std::string many = "/*";
    for (int i = 0; i < 100; ++i)
        many += "k" + std::to_string(i) + "='v',";
    many += "*/";
    EXPECT_EQ(parse_tags(many).size(), tags_max);

    const std::string large = "/*" + std::string(5000, 'k') + "='" + std::string(5000, 'v') + "'*/";
    const tag_list tags = parse_tags(large);
    ASSERT_EQ(tags.size(), 1u);
    EXPECT_EQ(tags[0].first, std::string(tag_bytes_max, 'k'));
    EXPECT_EQ(tags[0].second, std::string(tag_bytes_max, 'v'));
}

}  // namespace
}  // namespace pgfold::sql
