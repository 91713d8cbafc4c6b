#include "proxy/cache/flight_table.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace pgfold::test {
namespace {

using cache::flight_table;
using cache::flight_ticket;

struct counting_waker final : cache::waker {
    void wake() override { ++woken; }
    std::atomic<int> woken{0};
};

constexpr sql::hash128 key{1, 2};

TEST(flight_table, the_first_leads_and_the_others_wait_until_it_lands) {
    flight_table flights;
    const auto me = std::make_shared<counting_waker>(), you = std::make_shared<counting_waker>();
    flight_ticket leader = flights.join(key, nullptr);
    flight_ticket first = flights.join(key, me), second = flights.join(key, you);
    EXPECT_TRUE(leader.leads());
    EXPECT_FALSE(first.leads());
    EXPECT_TRUE(first.is_valid());
    EXPECT_FALSE(first.has_landed());
    leader.drop();
    EXPECT_EQ(me->woken, 1);
    EXPECT_EQ(you->woken, 1);
    EXPECT_TRUE(first.has_landed());
    EXPECT_EQ(flights.size(), 0U);
}

TEST(flight_table, other_keys_are_other_flights) {
    flight_table flights;
    const auto one = flights.join(key, nullptr), other = flights.join({1, 3}, nullptr);
    EXPECT_TRUE(one.leads());
    EXPECT_TRUE(other.leads());
}

TEST(flight_table, whoever_cannot_wait_asks) {
    flight_table flights;
    const auto leader = flights.join(key, nullptr);
    EXPECT_FALSE(flights.join(key, nullptr).is_valid());
}

TEST(flight_table, a_leader_that_goes_away_releases_all) {
    flight_table flights;
    const auto me = std::make_shared<counting_waker>();
    flight_ticket waiting;
    {
        const auto leader = flights.join(key, nullptr);
        waiting = flights.join(key, me);
    }
    EXPECT_EQ(me->woken, 1);
    EXPECT_TRUE(flights.join(key, nullptr).leads());
}

TEST(flight_table, who_has_left_is_not_woken) {
    flight_table flights;
    const auto me = std::make_shared<counting_waker>();
    auto leader = flights.join(key, nullptr);
    flights.join(key, me).drop();
    leader.drop();
    EXPECT_EQ(me->woken, 0);
}

TEST(flight_table, a_flight_after_the_next_is_not_mixed_up_with_it) {
    flight_table flights;
    const auto me = std::make_shared<counting_waker>();
    auto first = flights.join(key, nullptr);
    const auto waiting = flights.join(key, me);
    first.drop();
    auto second = flights.join(key, nullptr);
    EXPECT_TRUE(second.leads());
    EXPECT_TRUE(waiting.has_landed());
    second.drop();
    EXPECT_EQ(me->woken, 1);
}

TEST(flight_table, of_many_threads_all_are_released) {
    flight_table flights;
    std::atomic<int> led{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 2'000; ++i) {
                const auto me = std::make_shared<counting_waker>();
                flight_ticket ticket = flights.join({static_cast<std::uint64_t>(i), 0}, me);
                led += ticket.leads();
                while (!ticket.leads() && !ticket.has_landed())
                    std::this_thread::yield();
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_GE(led, 2'000);
    EXPECT_EQ(flights.size(), 0U);
}

}  // namespace
}  // namespace pgfold::test
