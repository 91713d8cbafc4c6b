#include "proxy/alerts/receiver_schedule.hpp"

#include <gtest/gtest.h>

namespace pgfold::alerts {
namespace {

using namespace std::chrono_literals;

class receiver_schedule_test : public testing::Test {
protected:
    receiver_schedule_test() { schedule.set_group_wait(5s); }

    void happens(const std::string& name, bool ended = false) {
        alert_event event;
        event.alert.name = name;
        event.repeat = 1h;
        event.has_ended = ended;
        schedule.add(event, now);
    }
    // Names of what is told now, "!" before those that have ended.
    std::string told(bool success = true) {
        std::string names;
        const auto events = schedule.take(now);
        for (const alert_event& event : events)
            names += (event.has_ended ? "!" : "") + event.alert.name;
        if (!events.empty()) alive = schedule.delivered(success, now);
        return names;
    }

    receiver_schedule schedule;
    time_point now{std::chrono::hours(1000)};
    bool alive = true;
};

TEST_F(receiver_schedule_test, what_happens_together_is_told_together) {
    EXPECT_FALSE(schedule.due());
    happens("a");
    now += 4s;
    happens("b");
    EXPECT_EQ(told(), "");
    now += 1s;
    EXPECT_EQ(told(), "ab");
    EXPECT_EQ(told(), "");
}

TEST_F(receiver_schedule_test, what_goes_on_is_told_again_until_it_ends) {
    happens("a");
    now += 5s;
    EXPECT_EQ(told(), "a");
    EXPECT_EQ(schedule.due(), now + 1h);
    now += 1h;
    EXPECT_EQ(told(), "a");
    happens("a", true);
    now += 5s;
    EXPECT_EQ(told(), "!a");
    EXPECT_FALSE(schedule.due()) << "nothing is left";
}

TEST_F(receiver_schedule_test, failures_are_tried_again_later_and_later) {
    happens("a");
    now += 5s;
    std::vector<std::chrono::seconds> pauses;
    for (int i = 0; i < 12; ++i) {
        EXPECT_EQ(told(false), "a");
        EXPECT_TRUE(alive);
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(*schedule.due() - now));
        now = *schedule.due();
    }
    EXPECT_EQ(pauses[0], 1s);
    EXPECT_EQ(pauses[3], 8s);
    EXPECT_EQ(pauses[11], 5min);
    happens("b");
    EXPECT_EQ(told(), "ab") << "with what has happened since";
}

TEST_F(receiver_schedule_test, a_dead_receiver_is_given_up_until_the_next_time) {
    happens("a");
    for (int i = 0; i < receiver_schedule::attempts_max; ++i) {
        EXPECT_TRUE(alive);
        now = *schedule.due();
        told(false);
    }
    EXPECT_FALSE(alive);
    EXPECT_EQ(schedule.due(), now + 1h);
}

TEST_F(receiver_schedule_test, what_ends_while_it_is_being_told_is_told_too) {
    happens("a");
    now += 5s;
    EXPECT_EQ(schedule.take(now).size(), 1U);
    happens("a", true);
    EXPECT_TRUE(schedule.delivered(true, now));
    now += 5s;
    EXPECT_EQ(told(), "!a");
}

}  // namespace
}  // namespace pgfold::alerts
