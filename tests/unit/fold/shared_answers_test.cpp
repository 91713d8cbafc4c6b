#include "proxy/fold/shared_answers.hpp"

#include <gtest/gtest.h>

#include "proxy/fold/lookup_log.hpp"
#include "proxy/fold/session_pool.hpp"
#include "proxy/freshness/table_versions.hpp"

namespace pgfold::fold {
namespace {

using state = shared_answers::state;
using namespace std::chrono_literals;

class counting_waker final : public cache::waker {
public:
    void wake() override { ++calls; }
    int calls = 0;
};

class shared_answers_test : public testing::Test {
protected:
    [[nodiscard]] freshness::stamp stamp() const {
        auto reads = std::make_shared<freshness::read_set>();
        reads->database = database;
        reads->catalog_generation = database->catalog().generation();
        reads->tables.push_back(&database->table(1));
        return freshness::database_versions::capture(reads);
    }
    [[nodiscard]] bool claim(std::uint64_t number) {
        return answers.claim("question", number, stamp(), now, now - age_max);
    }
    [[nodiscard]] shared_answers::found find() {
        return answers.find("question", now - age_max, waiting);
    }
    [[nodiscard]] static std::shared_ptr<const shared_answer> made(std::size_t size) {
        auto answer = std::make_shared<shared_answer>();
        answer->rows = 1;
        answer->bytes.resize(size);
        return answer;
    }
    void write() const {
        database->table(1).begin_write();
        database->table(1).end_write();
    }

    static constexpr auto age_max = 100ms;
    freshness::table_versions versions{std::make_shared<catalog::catalog_directory>()};
    std::shared_ptr<freshness::database_versions> database = versions.database("shop");
    shared_answers answers{1000};
    std::shared_ptr<counting_waker> waiting = std::make_shared<counting_waker>();
    detect::timestamp now{1h};
};

TEST_F(shared_answers_test, a_question_is_asked_by_one_and_answered_for_all) {
    EXPECT_EQ(find().now, state::absent);
    EXPECT_TRUE(claim(1));
    EXPECT_FALSE(claim(2));
    EXPECT_EQ(find().now, state::asked);
    answers.publish("question", 1, made(10));
    EXPECT_EQ(waiting->calls, 1);
    EXPECT_EQ(find().now, state::there);
    EXPECT_EQ(find().claim, 1U);
    EXPECT_FALSE(claim(2));
}

TEST_F(shared_answers_test, who_waits_for_nothing_is_told) {
    EXPECT_TRUE(claim(1));
    EXPECT_EQ(find().now, state::asked);
    EXPECT_EQ(find().now, state::asked);
    answers.release("question", 1);
    EXPECT_EQ(waiting->calls, 1);
    EXPECT_EQ(find().now, state::absent);
    EXPECT_TRUE(claim(2));
}

TEST_F(shared_answers_test, a_write_ends_an_answer_and_the_wait_for_one) {
    EXPECT_TRUE(claim(1));
    EXPECT_EQ(find().now, state::asked);
    write();
    EXPECT_EQ(find().now, state::absent);
    EXPECT_TRUE(claim(2));
    EXPECT_EQ(waiting->calls, 1);
    answers.publish("question", 1, made(10));  // too late
    EXPECT_EQ(find().now, state::asked);
    answers.publish("question", 2, made(10));
    EXPECT_EQ(find().now, state::there);
    write();
    EXPECT_EQ(find().now, state::absent);
}

TEST_F(shared_answers_test, age_ends_both_too) {
    EXPECT_TRUE(claim(1));
    now += age_max + 1ms;
    EXPECT_EQ(find().now, state::absent);
    EXPECT_TRUE(claim(2));
    answers.publish("question", 2, made(10));
    EXPECT_EQ(answers.bytes(), 10U);
    now += age_max + 1ms;
    EXPECT_EQ(find().now, state::absent);
    EXPECT_TRUE(claim(3));
    EXPECT_EQ(answers.bytes(), 0U);
}

TEST_F(shared_answers_test, what_is_too_much_is_not_kept) {
    EXPECT_TRUE(claim(1));
    EXPECT_EQ(find().now, state::asked);
    answers.publish("question", 1, made(1001));
    EXPECT_EQ(waiting->calls, 1);
    EXPECT_EQ(find().now, state::absent);
    EXPECT_EQ(answers.bytes(), 0U);
}

TEST(session_pools, one_for_each_identity_and_as_long_as_it_is_used) {
    session_pools pools;
    auto first = pools.of("a", 1);
    EXPECT_EQ(pools.of("a", 1), first);
    EXPECT_NE(pools.of("b", 1), first);
    const std::weak_ptr<session_pool> watched = first;
    first.reset();
    EXPECT_TRUE(watched.expired());
}

TEST(lookup_log, the_newest_first_and_not_older_than_asked_for) {
    lookup_log log;
    const sql::statement_template statement;
    for (std::uint64_t i = 1; i <= 5; ++i)
        log.note(statement, {{.keys = {i}}, detect::timestamp(i * 1s), i});
    const auto found = log.since(statement, detect::timestamp(3s), 10);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].connection, 5U);
    EXPECT_EQ(found[2].lookup.keys[0], 3U);
    EXPECT_EQ(log.since(statement, detect::timestamp(3s), 2).size(), 2U);
}

TEST(lookup_log, searches_that_find_nothing_get_rare_but_stay_several_in_a_row) {
    lookup_log log;
    const sql::statement_template statement;
    unsigned looked_at = 0, in_a_row = 0, longest = 0;
    for (int i = 0; i < 1000; ++i) {
        const bool awake = log.is_awake(statement);
        in_a_row = awake ? in_a_row + 1 : 0;
        longest = std::max(longest, in_a_row);
        looked_at += awake;
        if (awake) log.note_search(statement, false);
    }
    EXPECT_LT(looked_at, 60U);
    EXPECT_GE(longest, 4U);
    log.note_search(statement, true);
}

}  // namespace
}  // namespace pgfold::fold
