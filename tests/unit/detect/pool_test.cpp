// Loops whose lookups a pool spreads over several connections.
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

const auto customers = select("customer");
const auto orders_of = select("orders", {"customer_id"});
const auto by_id = select("employee", {"id"});

// Lookups of keys first…last go to the connections in turn.
void spread(std::vector<conversation*> connections, int first, int last) {
    for (int id = first; id <= last; ++id) {
        conversation& c = *connections[static_cast<std::size_t>(id) % connections.size()];
        for (conversation* other : connections)
            c.at(other->now());
        c.query(orders_of, {id});
    }
}

TEST(pool, merges_a_loop_over_two_connections) {
    collected all;
    conversation a(all, 1);
    conversation b(all, 2);
    a.query(customers, {}, ids(201, "id", sequence(1, 40)));
    b.at(a.now());
    spread({&a, &b}, 1, 40);
    a.end();
    b.end();
    EXPECT_EQ(all.attributed(orders_of, customers, 201, 1), 40U);
    for (const auto& x : all.attributions)
        EXPECT_EQ(x.parent_connection_id, 1U);
    ASSERT_EQ(all.hub.findings().size(), 1U);
    EXPECT_EQ(all.hub.findings()[0].lookups, 40U);
}

TEST(pool, finds_the_parent_on_a_connection_that_asks_nothing_else) {
    collected all;
    conversation parent(all, 1);
    parent.query(customers, {}, ids(201, "id", sequence(1, 40)));
    conversation a(all, 2);
    conversation b(all, 3);
    a.at(parent.now());
    spread({&a, &b}, 1, 40);
    a.end();
    b.end();
    parent.end();
    EXPECT_EQ(all.attributed(orders_of, customers, 201, 1), 40U);
    EXPECT_TRUE(all.of(finding_class::suspected).empty());
}

TEST(pool, merges_when_time_passes) {
    collected all;
    conversation parent(all, 1);
    parent.query(customers, {}, ids(201, "id", sequence(1, 40)));
    conversation a(all, 2);
    conversation b(all, 3);
    a.at(parent.now());
    spread({&a, &b}, 1, 40);
    for (conversation* c : {&parent, &a, &b}) {
        c->at(b.now());
        c->wait(300ms);
        c->tick();
    }
    EXPECT_EQ(all.of(finding_class::n_plus_one).size(), 1U);
}

TEST(pool, two_requests_with_the_same_list_page_each_keep_their_loop) {
    collected all;
    conversation a(all, 1);
    conversation b(all, 2);
    a.query(customers, {}, ids(201, "id", sequence(1, 30)));
    b.at(a.now());
    b.query(customers, {}, ids(201, "id", sequence(1, 30)));
    for (int id = 1; id <= 30; ++id) {
        a.at(b.now());
        a.query(orders_of, {id});
        b.at(a.now());
        b.query(orders_of, {id});
    }
    a.end();
    b.end();
    EXPECT_EQ(all.attributed(orders_of, customers, 201, 1), 60U);
    for (const auto& x : all.attributions)
        EXPECT_EQ(x.parent_connection_id, x.connection_id);
    EXPECT_EQ(all.hub.findings()[0].runs, 2U);
}

TEST(pool, of_other_applications_is_another_pool) {
    collected all;
    conversation a(all, 1, "shop");
    conversation b(all, 2, "reports");
    a.query(customers, {}, ids(201, "id", sequence(1, 40)));
    b.at(a.now());
    for (int id = 1; id <= 40; ++id)
        b.query(orders_of, {id * 7 % 41});
    a.end();
    b.end();
    EXPECT_TRUE(all.of(finding_class::n_plus_one).empty());
}

TEST(pool, unrelated_lookups_stay_unproven) {
    collected all;
    conversation a(all, 1);
    conversation b(all, 2);
    a.query(customers, {}, ids(201, "id", sequence(1, 40)));
    b.at(a.now());
    for (int i = 0; i < 100; ++i) {
        conversation& c = i % 2 == 0 ? a : b;
        c.at((i % 2 == 0 ? b : a).now());
        c.query(by_id, {i * i * 31 % 1009});
    }
    a.end();
    b.end();
    EXPECT_TRUE(all.of(finding_class::n_plus_one).empty());
    EXPECT_EQ(all.of(finding_class::suspected).size(), 1U);
}

TEST(pool, a_loop_on_one_connection_needs_no_sibling) {
    collected all;
    conversation idle(all, 1);
    conversation c(all, 2);
    c.query(customers, {}, ids(201, "id", sequence(1, 40)));
    for (int id = 1; id <= 40; ++id)
        c.query(orders_of, {id});
    c.end();
    EXPECT_EQ(all.attributed(orders_of, customers, 201, 1), 40U);
}

TEST(pool, connections_on_many_threads) {
    detector_hub hub{detector_settings{}};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&hub, t] {
            auto observer = hub.connect();
            timestamp now{std::chrono::hours(24 * 365 * 50)};
            observer->on_session_start({static_cast<std::uint64_t>(t + 1), "shop", "app", "", ""},
                                       now);
            for (execution_id id = 1; id <= 2000; ++id) {
                const std::string key = std::to_string(id % 50);
                const argument a{key, 23, argument_format::text, false};
                now += 100us;
                observer->on_execution_start({id, orders_of, {&a, 1}, {}, {}, now, true, true});
                observer->on_execution_end({id, now, now, 1, 10, "SELECT 1", {}, false, false});
                observer->on_ready('I', id, id, now);
                if (id % 100 == 0) observer->on_tick(now + 5s);
            }
            observer->on_session_end(now);
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_FALSE(hub.findings().empty());
}

}  // namespace
}  // namespace pgfold::detect::testing
