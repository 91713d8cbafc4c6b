#include "tools/replay/answer_comparison.hpp"

#include <gtest/gtest.h>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::replay {
namespace {

std::string row(const std::vector<std::string>& values) {
    std::vector<std::byte> body;
    protocol::byte_writer out(body);
    out.write_uint16(static_cast<std::uint16_t>(values.size()));
    for (const std::string& value : values)
        out.write_uint32(static_cast<std::uint32_t>(value.size()))
            .write_bytes(protocol::as_bytes(value));
    return {reinterpret_cast<const char*>(body.data()), body.size()};
}

class AnswerComparison : public ::testing::Test {
protected:
    answer rows(const std::string& text, const std::vector<std::vector<std::string>>& values) {
        answer one = done(text, "SELECT " + std::to_string(values.size()));
        for (const auto& each : values) {
            one.rows.push_back(row(each));
            one.digest = one.digest * 31 + std::hash<std::string>()(one.rows.back());
        }
        one.row_count = values.size();
        return one;
    }
    answer done(const std::string& text, const std::string& tag) {
        answer one;
        one.statement = analyzer_.analyze(text).statement;
        one.ended = true;
        one.command_tag = tag;
        return one;
    }
    answer failed(const std::string& text, const std::string& sqlstate) {
        answer one = done(text, "");
        one.sqlstate = sqlstate;
        return one;
    }
    static compared compare_one(const answer& expected, const answer& got) {
        const auto storage = std::make_shared<replay_storage>();
        answer_store left(storage), right(storage);
        left.add(expected);
        if (got.statement) right.add(got);
        left.finish();
        right.finish();
        const time_window now{timestamp(std::chrono::sys_days(std::chrono::year(2024) / 5 / 6)),
                              timestamp(std::chrono::sys_days(std::chrono::year(2024) / 5 / 6))};
        return compare({{&left}, now}, {{&right}, now});
    }

    sql::statement_analyzer analyzer_{sql::make_template_table()};
};

TEST_F(AnswerComparison, EqualRowsAreEqual) {
    const auto one = rows("SELECT a FROM t", {{"1"}, {"2"}});
    EXPECT_EQ(compare_one(one, one).equal, 1U);
    EXPECT_EQ(compare_one(failed("SELECT b", "42703"), failed("SELECT b", "42703")).equal, 1U);
}

TEST_F(AnswerComparison, TheFirstRowThatDiffersIsShown) {
    const auto result =
        compare_one(rows("SELECT a, b FROM t ORDER BY a", {{"1", "x"}, {"2", "y"}}),
                    rows("SELECT a, b FROM t ORDER BY a", {{"1", "x"}, {"2", "z"}}));
    ASSERT_EQ(result.different, 1U);
    EXPECT_EQ(result.differences[0].what, "row 2 differs");
    EXPECT_EQ(result.differences[0].expected, "(2, y)");
    EXPECT_EQ(result.differences[0].got, "(2, z)");
}

TEST_F(AnswerComparison, AnErrorInPlaceOfRowsDiffers) {
    const auto result =
        compare_one(rows("SELECT a FROM t", {{"1"}}), failed("SELECT a FROM t", "42P01"));
    ASSERT_EQ(result.different, 1U);
    EXPECT_EQ(result.differences[0].what, "error 42P01 instead of SELECT 1");
    EXPECT_EQ(compare_one(rows("SELECT a FROM t", {{"1"}}), answer{}).different, 1U);
}

TEST_F(AnswerComparison, AnOrderNobodyAskedForIsNone) {
    EXPECT_EQ(compare_one(rows("SELECT a FROM t", {{"1"}, {"2"}}),
                          rows("SELECT a FROM t", {{"2"}, {"1"}}))
                  .reordered,
              1U);
    EXPECT_EQ(compare_one(rows("SELECT a FROM t ORDER BY a", {{"1"}, {"2"}}),
                          rows("SELECT a FROM t ORDER BY a", {{"2"}, {"1"}}))
                  .different,
              1U);
}

TEST_F(AnswerComparison, WhatNoReplayCanRepeatIsSetAside) {
    for (const char* text : {"SELECT nextval('s')", "SELECT random()", "SELECT CURRENT_TIMESTAMP",
                             "SELECT pg_backend_pid()", "SELECT oid FROM pg_class"})
        EXPECT_EQ(compare_one(rows(text, {{"1"}}), rows(text, {{"2"}})).set_aside, 1U) << text;
    const std::string made = "SELECT id, made FROM t";
    EXPECT_EQ(compare_one(rows(made, {{"1", "2024-05-06 00:00:01"}}),
                          rows(made, {{"1", "2024-05-06 00:00:09"}}))
                  .set_aside,
              1U);
    EXPECT_EQ(compare_one(rows(made, {{"1", "2023-01-06 00:00:01"}}),
                          rows(made, {{"1", "2023-01-06 00:00:09"}}))
                  .different,
              1U);
    // A name that only looks like one.
    EXPECT_EQ(compare_one(rows("SELECT random_name FROM t", {{"1"}}),
                          rows("SELECT random_name FROM t", {{"2"}}))
                  .different,
              1U);
}

}  // namespace
}  // namespace pgfold::replay
