#include "proxy/cache/answer_key.hpp"

#include <gtest/gtest.h>

#include "unit/cache/cache_fixture.hpp"

namespace pgfold::test {
namespace {

using detect::argument;
using detect::argument_format;

const sql::keyed_hash hash(1);

struct key_parts {
    std::vector<argument> arguments = {{.bytes = "12"}, {.bytes = "3"}};
    std::vector<std::uint32_t> types = {};
    std::vector<std::int16_t> formats = {};
    sql::hash128 settings = {7, 7};
    sql::template_ptr statement = cache_fixture::make_statement(1);
    const void* database = &hash;
};

cache::answer_key key_of(const key_parts& from) {
    cache::answer_key key;
    EXPECT_TRUE(cache::make_key({.database = from.database,
                                 .settings = from.settings,
                                 .statement = *from.statement,
                                 .arguments = from.arguments,
                                 .declared_types = from.types,
                                 .result_formats = from.formats},
                                hash, key));
    return key;
}

TEST(answer_key, is_the_same_for_the_same_question) {
    EXPECT_EQ(key_of({}).hash, key_of({}).hash);
    EXPECT_EQ(key_of({}).bytes, key_of({}).bytes);
}

TEST(answer_key, tells_apart_whatever_may_change_the_answer) {
    const std::vector<key_parts> others = {
        {.arguments = {{.bytes = "1"}, {.bytes = "23"}}},
        {.arguments = {{.bytes = "12"}, {.bytes = "3", .is_null = true}}},
        {.arguments = {{.bytes = "12"}, {.bytes = ""}}},
        {.arguments = {{.bytes = "12"}, {.is_null = true}}},
        {.arguments = {{.bytes = "12"}, {.bytes = "3", .format = argument_format::binary}}},
        {.arguments = {{.bytes = "12"}, {.bytes = "3", .format = argument_format::literal}}},
        {.arguments = {{.bytes = "12"}, {.bytes = std::string_view("3\0", 2)}}},
        {.types = {23, 0}},
        {.types = {0, 23}},
        {.types = {23}},
        {.formats = {1}},
        {.formats = {1, 1}},
        {.formats = {0, 1}},
        {.settings = {7, 8}},
        {.statement = cache_fixture::make_statement(2)},
        {.database = nullptr},
    };
    std::vector<cache::answer_key> seen = {key_of({})};
    for (std::size_t i = 0; i < others.size(); ++i) {
        const auto key = key_of(others[i]);
        for (std::size_t k = 0; k < seen.size(); ++k) {
            if (i == 3 && k == 2) continue;  // a NULL is a NULL, whatever its bytes
            EXPECT_NE(key.hash, seen[k].hash) << i << " and " << k;
        }
        seen.push_back(key);
    }
}

TEST(answer_key, has_room_for_long_values_but_not_for_any) {
    const std::string long_value(100, 'x'), endless(5000, 'x');
    EXPECT_GT(key_of({.arguments = {{.bytes = long_value}}}).bytes.size(), 100U);
    cache::answer_key key;
    const std::vector<argument> arguments{{.bytes = endless}};
    EXPECT_FALSE(cache::make_key(
        {.settings = {}, .statement = *cache_fixture::make_statement(1), .arguments = arguments},
        hash, key));
}

TEST(answer_key, words_of_time_are_noticed) {
    const auto names_time = [](std::string_view text, argument_format format) {
        const std::vector<argument> arguments{{.bytes = "1"}, {.bytes = text, .format = format}};
        return cache::may_name_the_time(arguments);
    };
    EXPECT_TRUE(names_time("'now'", argument_format::literal));
    EXPECT_TRUE(names_time("Today 12:00", argument_format::text));
    EXPECT_TRUE(names_time(" YESTERDAY", argument_format::text));
    EXPECT_FALSE(names_time("2024-01-01", argument_format::text));
    EXPECT_FALSE(names_time("now", argument_format::binary));
}

}  // namespace
}  // namespace pgfold::test
