#include "proxy/session/own_switch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgfold::session {
namespace {

std::string read(std::string_view text) {
    const auto found = parse_switch_statement(text);
    if (!found) return "";
    if (!found->is_valid()) return "invalid";
    const std::string which = found->which == own_switch::cache ? "cache " : "";
    switch (found->command) {
        case setting_command::set:
            return which + (*found->on ? "on" : "off");
        case setting_command::set_local:
            return which + (*found->on ? "local on" : "local off");
        case setting_command::reset:
            return which + "reset";
        case setting_command::reset_all:
            return "reset all";
        case setting_command::show:
            return which + "show";
    }
    return "?";
}

TEST(own_switch, is_read_as_postgresql_reads_settings) {
    EXPECT_EQ(read("SET pgfold.batch = off"), "off");
    EXPECT_EQ(read("set session PGFOLD.Batch TO 'On' ; "), "on");
    EXPECT_EQ(read("SET LOCAL pgfold.batch=false"), "local off");
    EXPECT_EQ(read("SET pgfold.batch TO DEFAULT"), "reset");
    EXPECT_EQ(read("RESET pgfold.batch"), "reset");
    EXPECT_EQ(read("SHOW\tpgfold.batch;"), "show");
    EXPECT_EQ(read("-- x\n/* y */SET/**/pgfold.batch = 1 -- z"), "on");
    EXPECT_EQ(read("SET pgfold.cache = off"), "cache off");
    EXPECT_EQ(read("SHOW pgfold.cache"), "cache show");
    EXPECT_EQ(read("RESET ALL"), "reset all");
    EXPECT_EQ(read("discard all;"), "reset all");
}

TEST(own_switch, truth_values) {
    for (const char* on : {"on", "t", "TRUE", "tru", "y", "yes", "1", "'1'"})
        EXPECT_EQ(read("SET pgfold.batch = " + std::string(on)), "on") << on;
    for (const char* off : {"off", "of", "f", "FALSE", "n", "no", "0"})
        EXPECT_EQ(read("SET pgfold.batch = " + std::string(off)), "off") << off;
    EXPECT_EQ(read("SET pgfold.batch = o"), "invalid");
    EXPECT_EQ(read("SET pgfold.batch = 2"), "invalid");
    EXPECT_EQ(read("SET pgfold.batch = ''"), "invalid");
}

TEST(own_switch, everything_else_is_somebody_elses) {
    for (const char* text :
         {"", ";", "SET", "SET pgfold.batch", "SET pgfold.batch =", "SET pgfold.batch = on, off",
          "SET pgfold.batches = on", "SET work_mem = 1", "SHOW ALL", "SHOW pgfold.batch x",
          "RESET work_mem", "DISCARD PLANS", "SELECT 'SET pgfold.batch = on'", "/* SET",
          "SET LOCAL", "SET pgfold . batch = on"})
        EXPECT_EQ(read(text), "") << text;
}

TEST(own_switch, each_is_thrown_by_itself) {
    own_switches switches;
    const auto say = [&](std::string_view text, bool in_transaction = false) {
        switches.throw_over(*parse_switch_statement(text), in_transaction);
        return std::string(switches.is_on(own_switch::batch) ? "batch " : "") +
               (switches.is_on(own_switch::cache) ? "cache" : "");
    };
    EXPECT_EQ(say("SHOW pgfold.cache"), "batch cache");
    EXPECT_EQ(say("SET pgfold.cache = off"), "batch ");
    EXPECT_EQ(say("SET pgfold.batch = off"), "");
    EXPECT_EQ(say("RESET pgfold.cache"), "cache");
    EXPECT_EQ(say("SET pgfold.cache = perhaps"), "cache");
    EXPECT_EQ(say("SET LOCAL pgfold.cache = off"), "cache");
    EXPECT_EQ(say("SET LOCAL pgfold.cache = off", true), "");
    switches.end_transaction();
    EXPECT_EQ(say("SHOW pgfold.batch"), "cache");
    EXPECT_EQ(say("RESET ALL"), "batch cache");
}

}  // namespace
}  // namespace pgfold::session
