// A batch's messages, its description and its rows.

#include "proxy/fold/batch/batch_rows.hpp"

#include <gtest/gtest.h>

#include "proxy/fold/batch/batch_messages.hpp"
#include "unit/fold/analyzed_lookup.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

constexpr std::uint32_t int4 = 23, int8 = 20, text = 25, numeric = 1700, bpchar = 1042;

bytes body(bytes message) {
    message.erase(message.begin(), message.begin() + 5);
    return message;
}

batch_query any_query(std::vector<std::uint32_t> keys = {int4}, std::uint16_t columns = 2) {
    const auto carried = static_cast<std::uint16_t>(keys.size());
    return {.strategy = batch_strategy::any,
            .text = "SELECT",
            .key_types = std::move(keys),
            .carried = {0, carried},
            .child_columns = columns};
}
batch_query lateral_query(std::uint16_t columns = 2) {
    return {.strategy = batch_strategy::lateral,
            .text = "SELECT",
            .key_types = {int4},
            .carried = {1, 1},
            .child_columns = columns};
}

TEST(BatchMessages, KeysConstantsAndFormats) {
    batch_query query = any_query();
    query.constants = {2};
    bytes out;
    append_parse_batch(out, "b", query, std::vector<std::uint32_t>{int4, text});
    append_describe_statement(out, "b");
    EXPECT_EQ(out, frontend::close_statement("b") + frontend::parse("b", "SELECT", {0, text}) +
                       frontend::describe_statement("b"));

    test::analyzed_lookup lookup("SELECT a, b FROM t WHERE id = $1 AND x = $2",
                                 frontend::bind("", "s", {"\0\0\0\1"s, "y"}, {1, 0}, {1, 0}),
                                 {int4, text});
    const auto form = lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    ASSERT_TRUE(form);
    key_arrays arrays(query);
    EXPECT_TRUE(arrays.add(std::vector{"24"s}));
    EXPECT_FALSE(arrays.add(std::vector{"x"s}));
    EXPECT_FALSE(arrays.add(std::vector{"3000000000"s}));
    EXPECT_TRUE(arrays.add(std::vector{"-3"s}));
    EXPECT_EQ(arrays.size(), 2U);
    out.clear();
    ASSERT_TRUE(append_batch(out, "b", query, arrays, *form));
    EXPECT_EQ(out,
              frontend::bind("", "b", {"{24,-3}", "y"}, {0, 0}, {1, 0, 1}) + frontend::execute());

    query.constants = {3};
    out = test::raw("before");
    EXPECT_FALSE(append_batch(out, "b", query, arrays, *form));
    EXPECT_EQ(out, test::raw("before"));
}

TEST(BatchMessages, OneFormatForAllAndNumbersAround) {
    test::analyzed_lookup lookup("SELECT a, b FROM t WHERE id = $1",
                                 frontend::bind("", "s", {"1"}, {}, {1}), {int4});
    const auto form = lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    const batch_query query = lateral_query();
    key_arrays arrays(query);
    EXPECT_TRUE(arrays.add(std::vector{"24"s}));
    bytes out;
    ASSERT_TRUE(append_batch(out, "b", query, arrays, *form));
    EXPECT_EQ(out, frontend::bind("", "b", {"{24}"}, {0}, {1, 1, 1, 1}) + frontend::execute());
}

TEST(BatchMessages, ArraysAreBounded) {
    key_arrays arrays(any_query({text}));
    std::size_t added = 0;
    while (arrays.add(std::vector{std::string(1000, 'x')}))
        ++added;
    EXPECT_EQ(added, arrays.size());
    EXPECT_LE(arrays.text(0).size(), key_arrays::bytes_max + 2);
    EXPECT_GT(added, 1000U);
}

const std::vector<backend::column> child_columns = {{"a", 16400, 1, int4}, {"b", 16400, 2, text}};

bool same(const batch_query& query, std::vector<backend::column> batch,
          std::vector<backend::column> child = child_columns) {
    return same_description(query, body(backend::row_description(child)),
                            body(backend::row_description(batch)));
}

TEST(SameDescription, ComparesAllButFormats) {
    const backend::column key{"pgfold_key1", 16400, 3, int4};
    const auto [a, b] = std::pair(child_columns[0], child_columns[1]);
    EXPECT_TRUE(same(any_query(), {a, b, key}));
    EXPECT_TRUE(same(any_query(), {{"a", 16400, 1, int4, 1}, b, key}));
    EXPECT_FALSE(same(any_query(), {a, b}));
    EXPECT_FALSE(same(any_query(), {a, b, key, key}));
    EXPECT_FALSE(same(any_query(), {b, a, key}));
    EXPECT_FALSE(same(any_query(), {{"x", 16400, 1, int4}, b, key}));
    EXPECT_FALSE(same(any_query(), {{"a", 0, 0, int4}, b, key}));
    EXPECT_FALSE(same(any_query(), {{"a", 16401, 1, int4}, b, key}));
    EXPECT_FALSE(same(any_query(), {{"a", 16400, 9, int4}, b, key}));
    EXPECT_FALSE(same(any_query(), {{"a", 16400, 1, int8}, b, key}));
    EXPECT_FALSE(same(any_query({int4}, 3), {a, b, key}));
}

TEST(SameDescription, TheKeyMustTellRowsApart) {
    const auto with = [](std::uint32_t key, std::uint32_t column) {
        return same(any_query({key}),
                    {child_columns[0], child_columns[1], {"pgfold_key1", 16400, 3, column}});
    };
    EXPECT_TRUE(with(int4, int8));
    EXPECT_TRUE(with(text, 1043));
    EXPECT_FALSE(with(int4, numeric));
    EXPECT_FALSE(with(text, bpchar));
    EXPECT_FALSE(with(text, 19));      // name
    EXPECT_FALSE(with(text, 16'500));  // citext, perhaps
    EXPECT_FALSE(with(int4, 26));      // oid: -1 is 4294967295
}

TEST(SameDescription, OfLateral) {
    const backend::column number{"ord", 0, 0, int8};
    const auto [a, b] = std::pair(child_columns[0], child_columns[1]);
    EXPECT_TRUE(same(lateral_query(), {number, a, b, number}));
    EXPECT_FALSE(same(lateral_query(), {a, b, number}));
    EXPECT_FALSE(same(lateral_query(), {number, a, b, a}));
    EXPECT_FALSE(same(lateral_query(), {number, {"c1", 16400, 1, int4}, b, number}));
}

TEST(RowSplitter, LateralRowsSayTheirNumber) {
    const row_splitter splitter(lateral_query(), {});
    const std::string number = "\0\0\0\0\0\0\0\3"s;
    const bytes row = body(backend::data_row({number, "x", std::nullopt, number}));
    split_row out;
    ASSERT_TRUE(splitter.split(row, out));
    EXPECT_EQ(out.number, 2U);
    bytes client;
    append_row(client, out);
    EXPECT_EQ(client, backend::data_row({"x", std::nullopt}));

    for (std::size_t size = 0; size < row.size(); ++size)
        EXPECT_FALSE(splitter.split(protocol::byte_span(row).first(size), out)) << size;
    EXPECT_FALSE(splitter.split(body(backend::data_row({number, "x", number})), out));
    EXPECT_FALSE(splitter.split(body(backend::data_row({std::nullopt, "x", "y", number})), out));
    EXPECT_FALSE(
        splitter.split(body(backend::data_row({"\0\0\0\0\0\0\0\0"s, "x", "y", number})), out));
}

TEST(RowSplitter, AnyRowsSayTheirKeys) {
    const batch_query query = any_query({int8, text});
    const auto description = body(backend::row_description({child_columns[0],
                                                            child_columns[1],
                                                            {"pgfold_key1", 16400, 3, int4},
                                                            {"pgfold_key2", 16400, 4, text}}));
    const row_splitter splitter(query, description);
    split_row out;
    const bytes row = body(backend::data_row({std::nullopt, "", "\0\0\0\x18"s, "it's"}));
    ASSERT_TRUE(splitter.split(row, out));
    EXPECT_EQ(out.key, (std::vector<std::string>{"24", "it's"}));
    bytes client;
    append_row(client, out);
    EXPECT_EQ(client, backend::data_row({std::nullopt, ""}));

    for (std::size_t size = 0; size < row.size(); ++size)
        EXPECT_FALSE(splitter.split(protocol::byte_span(row).first(size), out)) << size;
    EXPECT_FALSE(splitter.split(body(backend::data_row({"a", "b", std::nullopt, "x"})), out));
    EXPECT_FALSE(splitter.split(body(backend::data_row({"a", "b", "\0\x18"s, "x"})), out));
}

}  // namespace
}  // namespace pgfold::fold
