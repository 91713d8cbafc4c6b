#include "proxy/alerts/alert_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgfold::alerts {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

sql::template_ptr statement(const std::string& text) {
    auto result = std::make_shared<sql::statement_template>();
    result->normalized_text = text;
    result->fingerprint_hex = std::to_string(std::hash<std::string>()(text));
    return result;
}

class alert_engine_test : public testing::Test {
protected:
    void watch(const std::string& when) {
        rule.name = "watched";
        rule.when = when;
        EXPECT_THAT(engine->configure({rule}, now), IsEmpty());
    }
    // What is told after so many seconds more.
    std::vector<alert_event> after(std::chrono::seconds pause) {
        now += pause;
        for (detect::finding& one : seen.findings)
            if (one.runs != 0) one.last_seen = now;
        return engine->observe(now, seen);
    }
    std::string phase() { return std::string(to_string(engine->statuses().at(0).phase)); }
    // What another process, started where this one has ended, finds.
    void restart() {
        const restored_memory read = memory_from_text(to_text(engine->memory()));
        ASSERT_EQ(read.status, memory_status::ok) << read.problem;
        EXPECT_EQ(read.memory, engine->memory());
        engine = std::make_unique<alert_engine>();
        engine->restore(read.memory);
        seen = {};
        EXPECT_THAT(engine->configure({rule}, now), IsEmpty());
    }
    void count(const std::string& name, double value) { seen.metrics[name] = {{{}, value, 0, {}}}; }
    detect::finding& find(const std::string& text, const std::string& route = {}) {
        detect::finding& found = seen.findings.emplace_back();
        found.statement = statement(text);
        found.last_seen = now;
        found.runs = 1;
        if (!route.empty()) found.tags = {{"route", route}};
        return found;
    }

    time_point now{std::chrono::hours(1000)};
    config::alert_rule rule;
    observation seen;
    std::unique_ptr<alert_engine> engine = std::make_unique<alert_engine>();
};

TEST_F(alert_engine_test, fires_and_ends) {
    watch("n_plus_one_lookups > 100 in 1m");
    count("n_plus_one_lookups_total", 1'000'000);
    EXPECT_THAT(after(1s), IsEmpty()) << "what was before does not count";
    count("n_plus_one_lookups_total", 1'000'101);
    const auto fired = after(1s);
    ASSERT_EQ(fired.size(), 1U);
    EXPECT_FALSE(fired[0].has_ended);
    EXPECT_EQ(fired[0].alert.value, 101);
    EXPECT_THAT(after(1s), IsEmpty()) << "told once";
    EXPECT_EQ(phase(), "firing");
    std::vector<alert_event> told;
    for (int i = 0; i < 70 && told.empty(); ++i)
        told = after(1s);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].has_ended);
    EXPECT_EQ(phase(), "inactive");
}

TEST_F(alert_engine_test, waits_for_so_long) {
    watch("client_connections > 10 for 30s");
    count("client_connections", 11);
    EXPECT_THAT(after(1s), IsEmpty());
    EXPECT_EQ(phase(), "pending");
    EXPECT_THAT(after(29s), IsEmpty());
    count("client_connections", 1);
    EXPECT_THAT(after(1s), IsEmpty()) << "it was never told, so nothing has ended";
    EXPECT_EQ(phase(), "inactive");
    count("client_connections", 11);
    EXPECT_THAT(after(1s), IsEmpty()) << "the time begins anew";
    EXPECT_THAT(after(29s), IsEmpty());
    EXPECT_EQ(after(1s).size(), 1U);
}

TEST_F(alert_engine_test, a_ratio_of_nothing_is_no_alert) {
    watch("failopen / queries > 1% in 1m");
    count("failopen_total", 0);
    count("queries_total", 0);
    EXPECT_THAT(after(1s), IsEmpty());
    EXPECT_FALSE(engine->statuses()[0].has_value);
    count("failopen_total", 2);
    count("queries_total", 100);
    EXPECT_EQ(after(1s).size(), 1U);
    EXPECT_DOUBLE_EQ(engine->statuses()[0].value, 0.02);
}

TEST_F(alert_engine_test, a_new_finding) {
    watch("new_finding in 1m");
    find("SELECT known");
    EXPECT_THAT(after(1s), IsEmpty()) << "it was there at the first look";
    EXPECT_THAT(after(1s), IsEmpty());
    find("SELECT fresh", "/orders");
    const auto fired = after(1s);
    ASSERT_EQ(fired.size(), 1U);
    EXPECT_THAT(fired[0].alert.details,
                ElementsAre(testing::AllOf(HasSubstr("/orders"), HasSubstr("SELECT fresh"))));
    EXPECT_THAT(after(50s), IsEmpty());
    EXPECT_TRUE(after(20s).at(0).has_ended);
}

TEST_F(alert_engine_test, filters_of_findings) {
    watch("new_finding{route=\"/orders*\"} in 1m");
    after(1s);
    find("SELECT 1", "/users");
    find("SELECT 2", "/orders/new").suppressed_because = "known";
    find("SELECT 3", "/orders/new").kind = detect::finding_class::suspected;
    EXPECT_THAT(after(1s), IsEmpty());
    find("SELECT 4", "/orders/new");
    EXPECT_EQ(after(1s).size(), 1U);
}

TEST_F(alert_engine_test, a_finding_that_is_back) {
    watch("returned_finding after 1h in 1m");
    find("SELECT 1");
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(after(50min), IsEmpty()) << "never gone for an hour";
    seen.findings[0].runs = 0;  // nobody has seen it
    EXPECT_THAT(after(30min), IsEmpty());
    EXPECT_THAT(after(40min), IsEmpty());
    seen.findings[0].runs = 1;
    EXPECT_EQ(after(1s).size(), 1U);
}

TEST_F(alert_engine_test, a_restart_makes_no_finding_new) {
    watch("new_finding in 1m");
    find("SELECT known");
    after(1s);
    restart();
    EXPECT_THAT(after(1s), IsEmpty()) << "nobody has run it yet";
    find("SELECT known");
    EXPECT_THAT(after(1s), IsEmpty());
    find("SELECT fresh");
    const auto fired = after(1s);
    ASSERT_EQ(fired.size(), 1U);
    EXPECT_THAT(fired[0].alert.details, ElementsAre(HasSubstr("SELECT fresh")));
}

TEST_F(alert_engine_test, a_finding_that_is_back_after_a_restart) {
    watch("returned_finding after 1h in 1m");
    find("SELECT 1");
    after(1s);
    restart();
    after(2h);
    find("SELECT 1");
    EXPECT_EQ(after(1s).size(), 1U);
}

TEST_F(alert_engine_test, what_requests_took_survives_a_restart) {
    watch("queries_per_request > 1.9x in 1h");
    const auto hour = [&](std::uint64_t queries) {
        std::vector<alert_event> told;
        statistics::request_row orders{"shop", "web", "/orders", 0, 0};
        for (int minute = 0; minute < 60; ++minute) {
            orders.requests += 10;
            orders.queries += 10 * queries;
            seen.requests = {orders};
            for (alert_event& event : after(60s))
                told.push_back(std::move(event));
        }
        return told;
    };
    EXPECT_THAT(hour(5), IsEmpty());
    restart();
    EXPECT_EQ(hour(11).size(), 1U);
}

TEST(alert_memory_test, what_is_not_ours_is_told_from_what_is_damaged) {
    alert_memory memory;
    memory.findings["a"] = detect::timestamp(std::chrono::nanoseconds(7));
    const std::string text = to_text(memory);
    EXPECT_EQ(memory_from_text(text).status, memory_status::ok);
    EXPECT_EQ(memory_from_text(text.substr(0, text.size() - 3)).status, memory_status::damaged);
    EXPECT_EQ(memory_from_text("[]").status, memory_status::foreign);
}

TEST_F(alert_engine_test, twice_as_many_queries_per_request) {
    watch("queries_per_request{route=\"/orders*\"} > 1.9x in 1h");
    statistics::request_row orders{"shop", "web", "/orders", 0, 0};
    statistics::request_row users{"shop", "web", "/users", 0, 0};
    const auto hour = [&](std::uint64_t queries) {
        std::vector<alert_event> told;
        for (int minute = 0; minute < 60; ++minute) {
            orders.requests += 10;
            orders.queries += 10 * queries;
            users.requests += 1;
            users.queries += orders.queries;
            seen.requests = {orders, users};
            for (alert_event& event : after(60s))
                told.push_back(std::move(event));
        }
        return told;
    };
    EXPECT_THAT(hour(5), IsEmpty());
    EXPECT_THAT(hour(6), IsEmpty());
    EXPECT_THAT(hour(5), IsEmpty());
    const auto told = hour(11);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].alert.details, ElementsAre(HasSubstr("/orders: ")));
    EXPECT_TRUE(hour(11).at(0).has_ended) << "then it is the new normal";
}

TEST_F(alert_engine_test, a_reload_keeps_what_is_as_it_was) {
    watch("client_connections > 10");
    count("client_connections", 11);
    EXPECT_EQ(after(1s).size(), 1U);
    rule.notify = {"somebody"};
    EXPECT_THAT(engine->configure({rule}, now), IsEmpty());
    EXPECT_EQ(phase(), "firing");
    EXPECT_THAT(after(1s), IsEmpty());
    const auto told = engine->configure({}, now);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].has_ended) << "a rule that is gone ends";
}

}  // namespace
}  // namespace pgfold::alerts
