#include "proxy/cache/answer_store.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "unit/cache/cache_fixture.hpp"

namespace pgfold::test {
namespace {

using cache::answer_store;

struct answer_store_test : testing::Test, cache_fixture {};

TEST_F(answer_store_test, gives_back_what_was_published_under_the_key) {
    answer_store store;
    EXPECT_FALSE(has(store, "1"));
    ASSERT_TRUE(publish(store, "1", "one").answer);
    ASSERT_TRUE(publish(store, "2", "two").answer);
    const auto found = store.find(key(store, "1"));
    ASSERT_TRUE(found);
    const auto bytes = found->row_bytes();
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "one");
    EXPECT_EQ(found->rows(), 1U);
    EXPECT_FALSE(has(store, "3"));
    EXPECT_FALSE(store.find(key(store, "1", detect::argument_format::binary)));
}

TEST_F(answer_store_test, a_write_in_flight_or_done_makes_an_answer_untrue_for_good) {
    answer_store store;
    const auto answer = publish(store, "1", "one").answer;
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->is_true());
    database->table(2).begin_write();
    EXPECT_TRUE(answer->is_true()) << "another table";
    database->table(1).begin_write();
    EXPECT_FALSE(answer->is_true());
    database->table(1).end_write();
    EXPECT_FALSE(answer->is_true());
    EXPECT_TRUE(publish(store, "1", "new").answer->is_true());
}

TEST_F(answer_store_test, a_newer_answer_takes_the_place_and_removing_the_older_leaves_it) {
    answer_store store;
    const auto older = publish(store, "1", "old").answer;
    const auto newer = publish(store, "1", "new").answer;
    EXPECT_EQ(store.entries(), 1U);
    EXPECT_FALSE(store.remove(*older));
    EXPECT_EQ(store.find(key(store, "1")), newer);
    EXPECT_TRUE(store.remove(*newer));
    EXPECT_FALSE(has(store, "1"));
    EXPECT_EQ(newer->rows(), 1U) << "who holds an answer keeps it";
}

TEST_F(answer_store_test, too_large_an_answer_is_not_kept) {
    answer_store store({.bytes = 1 << 20, .entry_bytes = 100});
    EXPECT_TRUE(publish(store, "1", std::string(100, 'x')).answer);
    EXPECT_FALSE(publish(store, "2", std::string(101, 'x')).answer);
    EXPECT_EQ(store.entries(), 1U);
}

TEST_F(answer_store_test, memory_stays_below_the_bound_whatever_comes) {
    constexpr std::size_t bound = 1 << 20;
    answer_store store({.bytes = bound, .entry_bytes = bound});
    for (int i = 0; i < 20'000; ++i) {
        (void)publish(store, std::to_string(i),
                      std::string(static_cast<std::size_t>(i % 300), 'x'));
        ASSERT_LE(store.bytes(), bound);
    }
    EXPECT_GT(store.bytes(), bound * 8 / 10);
    store.set_limits({.bytes = bound / 4, .entry_bytes = bound});
    EXPECT_LE(store.bytes(), bound / 4);
}

TEST_F(answer_store_test, what_is_asked_for_stays_when_much_comes_that_is_asked_once) {
    answer_store store({.bytes = 1 << 20, .entry_bytes = 1 << 20});
    const std::string rows(100, 'x');
    const auto is_hot = [](int i) { return "hot " + std::to_string(i); };
    int kept = 0;
    for (int i = 0; i < 100; ++i)
        (void)publish(store, is_hot(i), rows);
    for (int i = 0; i < 100'000; ++i) {
        (void)publish(store, std::to_string(i), rows);
        (void)has(store, is_hot(i % 100));
    }
    for (int i = 0; i < 100; ++i)
        kept += has(store, is_hot(i)) ? 1 : 0;
    EXPECT_EQ(kept, 100);
}

TEST_F(answer_store_test, an_entry_costs_little_more_than_what_it_holds) {
    answer_store store;
    const std::string rows(50, 'x');
    const auto answer = publish(store, "12345678", rows).answer;
    ASSERT_TRUE(answer);
    EXPECT_LE(answer->size(), rows.size() + key(store, "12345678").bytes.size() + 150);
}

TEST_F(answer_store_test, answers_to_one_statement_share_their_origin) {
    answer_store store;
    const auto one = store.origins().of(statement, tables, {});
    EXPECT_EQ(store.origins().of(statement, make_tables({1}), {}), one);
    EXPECT_NE(store.origins().of(make_statement(2), tables, {}), one);
    const std::byte described[] = {std::byte{1}};
    EXPECT_NE(store.origins().of(statement, tables, described), one);
    database->catalog().invalidate();
    EXPECT_NE(store.origins().of(statement, make_tables({1}), {}), one);
}

TEST_F(answer_store_test, some_can_be_taken_out) {
    answer_store store;
    for (int i = 0; i < 50; ++i)
        (void)publish(store, std::to_string(i), std::string(static_cast<std::size_t>(i), 'x'));
    EXPECT_EQ(store.remove_if([](const auto& a) { return a.row_bytes().size() < 20; }), 20U);
    EXPECT_FALSE(has(store, "19"));
    EXPECT_TRUE(has(store, "20"));
}

TEST_F(answer_store_test, threads_may_do_all_of_it_at_once) {
    answer_store store({.bytes = 256 << 10, .entry_bytes = 1 << 20});
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 5'000; ++i) {
                const std::string name = std::to_string((i * 7 + t) % 2'000);
                if (const auto found = store.find(key(store, name))) {
                    const auto rows = found->row_bytes();
                    wrong += std::string(reinterpret_cast<const char*>(rows.data()), rows.size()) !=
                             name;
                    if (i % 50 == 0) (void)store.remove(*found);
                } else {
                    (void)publish(store, name, name);
                }
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_LE(store.bytes(), std::size_t{256 << 10});
}

}  // namespace
}  // namespace pgfold::test
