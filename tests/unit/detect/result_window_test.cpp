#include "analyzer/detect/result_window.hpp"

#include <gtest/gtest.h>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

std::shared_ptr<stored_result> stored(const sql::template_ptr& statement, timestamp touched,
                                      bool derived = false) {
    auto record = std::make_shared<result_record>(std::make_shared<const result_shape>());
    record->statement = statement;
    auto result = std::make_shared<stored_result>(std::move(record));
    result->touched = touched;
    result->derived = derived;
    return result;
}

TEST(result_window, the_least_recently_touched_goes_first) {
    result_window window(3);
    const timestamp start{};
    auto oldest = stored(select("a"), start + 5s);
    auto middle = stored(select("b"), start + 1s);
    window.add(oldest);
    window.add(middle);
    window.add(stored(select("c"), start + 3s));
    window.add(stored(select("d"), start + 4s));
    EXPECT_NE(oldest->record, nullptr);
    EXPECT_EQ(middle->record, nullptr) << "whoever still points to it sees that it is gone";
    EXPECT_EQ(window.results().size(), 3U);
}

TEST(result_window, answers_inside_a_loop_do_not_push_its_parent_out) {
    result_window window(4);
    auto parent = stored(select("a"), timestamp{});
    window.add(parent);
    for (int i = 0; i < 100; ++i)
        window.add(stored(select("b"), timestamp{} + 1s, true));
    EXPECT_NE(parent->record, nullptr);
    EXPECT_LE(window.results().size(), 5U);
}

TEST(result_window, a_fresh_execution_supersedes) {
    result_window window(4);
    const auto statement = select("a");
    auto first = stored(statement, timestamp{});
    auto other = stored(select("b"), timestamp{});
    window.add(first);
    window.add(other);
    auto second = stored(statement, timestamp{});
    window.supersede(*statement, 0, 17, second.get());
    window.add(second);
    EXPECT_EQ(first->superseded_at, 17U);
    EXPECT_EQ(other->superseded_at, never);
    EXPECT_EQ(second->superseded_at, never);
}

TEST(row_block, bounds_rows_and_bytes_and_leaves_long_fields_out) {
    const auto bytes = [](std::string_view text) {
        std::vector<std::byte> out;
        for (const char c : text)
            out.push_back(static_cast<std::byte>(c));
        return out;
    };
    using namespace std::string_view_literals;
    std::vector<std::byte> description = bytes(
        "\0\2id\0\0\0\0\1\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\0body\0\0\0\0\1\0\2\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"sv);
    const auto shape = result_shape::parse(description, {});
    ASSERT_NE(shape, nullptr);
    ASSERT_EQ(shape->columns().size(), 2U);
    EXPECT_EQ(shape->columns()[1].name, "body");
    row_block rows(shape);
    std::string body(500, 'x');
    std::string row = std::string("\0\2\0\0\0\1"sv) + "7" + std::string("\0\0\1\xf4"sv) + body;
    EXPECT_TRUE(rows.append(bytes(row), 2, 1000));
    EXPECT_NE(rows.value(0, 0).hash, 0U);
    EXPECT_EQ(rows.value(0, 1).hash, 0U) << "too long to be a key";
    EXPECT_LT(rows.bytes(), 50U);
    EXPECT_TRUE(rows.append(bytes(row), 2, 1000));
    EXPECT_FALSE(rows.append(bytes(row), 2, 1000));
    EXPECT_FALSE(rows.complete());
}

TEST(row_block, refuses_every_truncation_of_a_row) {
    using namespace std::string_view_literals;
    const std::string description =
        std::string("\0\1id\0\0\0\0\1\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"sv);
    const auto as_bytes = [](const std::string& s) {
        return std::as_bytes(std::span(s.data(), s.size()));
    };
    for (std::size_t n = 0; n < description.size(); ++n)
        EXPECT_EQ(n < 2, result_shape::parse(as_bytes(description.substr(0, n)), {}) != nullptr)
            << n;
    const auto shape = result_shape::parse(as_bytes(description), {});
    const std::string row = std::string("\0\1\0\0\0\3abc"sv);
    for (std::size_t n = 0; n < row.size(); ++n) {
        row_block rows(shape);
        EXPECT_FALSE(rows.append(as_bytes(row.substr(0, n)), 10, 1000)) << n;
        EXPECT_EQ(rows.rows(), 0U);
    }
}

}  // namespace
}  // namespace pgfold::detect::testing
