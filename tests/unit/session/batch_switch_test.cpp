#include "proxy/session/batch_switch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgfold::session {
namespace {

std::string read(std::string_view text) {
    const auto found = parse_batch_switch(text);
    if (!found) return "";
    switch (found->command) {
        case batch_command::set:
            return found->on ? "on" : "off";
        case batch_command::set_local:
            return found->on ? "local on" : "local off";
        case batch_command::reset:
            return "reset";
        case batch_command::reset_all:
            return "reset all";
        case batch_command::show:
            return "show";
        case batch_command::invalid:
            return "invalid";
    }
    return "?";
}

TEST(batch_switch, is_read_as_postgresql_reads_settings) {
    EXPECT_EQ(read("SET pgfold.batch = off"), "off");
    EXPECT_EQ(read("set session PGFOLD.Batch TO 'On' ; "), "on");
    EXPECT_EQ(read("SET LOCAL pgfold.batch=false"), "local off");
    EXPECT_EQ(read("SET pgfold.batch TO DEFAULT"), "reset");
    EXPECT_EQ(read("RESET pgfold.batch"), "reset");
    EXPECT_EQ(read("SHOW\tpgfold.batch;"), "show");
    EXPECT_EQ(read("-- x\n/* y */SET/**/pgfold.batch = 1 -- z"), "on");
    EXPECT_EQ(read("RESET ALL"), "reset all");
    EXPECT_EQ(read("discard all;"), "reset all");
}

TEST(batch_switch, truth_values) {
    for (const char* on : {"on", "t", "TRUE", "tru", "y", "yes", "1", "'1'"})
        EXPECT_EQ(read("SET pgfold.batch = " + std::string(on)), "on") << on;
    for (const char* off : {"off", "of", "f", "FALSE", "n", "no", "0"})
        EXPECT_EQ(read("SET pgfold.batch = " + std::string(off)), "off") << off;
    EXPECT_EQ(read("SET pgfold.batch = o"), "invalid");
    EXPECT_EQ(read("SET pgfold.batch = 2"), "invalid");
    EXPECT_EQ(read("SET pgfold.batch = ''"), "invalid");
}

TEST(batch_switch, everything_else_is_somebody_elses) {
    for (const char* text :
         {"", ";", "SET", "SET pgfold.batch", "SET pgfold.batch =", "SET pgfold.batch = on, off",
          "SET pgfold.batches = on", "SET work_mem = 1", "SHOW ALL", "SHOW pgfold.batch x",
          "RESET work_mem", "DISCARD PLANS", "SELECT 'SET pgfold.batch = on'", "/* SET",
          "SET LOCAL", "SET pgfold . batch = on"})
        EXPECT_EQ(read(text), "") << text;
}

}  // namespace
}  // namespace pgfold::session
