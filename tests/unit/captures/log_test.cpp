// PostgreSQL's log, from its bytes to what observers are told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/analyze/log_replayer.hpp"
#include "unit/captures/capture_builder.hpp"

namespace pgfold::analyze {
namespace {

using captures::tcp_connection;
using detect::timestamp;
using testing::ElementsAre;
using testing::IsEmpty;

// What happened, a line for each event.
class recorder final : public detect::conversation_observer {
public:
    explicit recorder(std::vector<std::string>& lines) : lines_(lines) {}

    void on_session_start(const detect::session_identity& who, timestamp) override {
        lines_.push_back("start " + who.user + '@' + who.database + ' ' + who.application_name);
    }
    void on_application_name(std::string_view name) override {
        lines_.push_back("application " + std::string(name));
    }
    void on_execution_start(const detect::execution_start& start) override {
        std::string line = start.statement->normalized_text;
        for (const detect::argument& value : start.arguments)
            line += value.is_null ? " NULL" : " [" + std::string(value.bytes) + ']';
        lines_.push_back(line);
        started_ = start.at;
    }
    bool on_row_shape(detect::execution_id, const detect::row_shape&) override { return false; }
    bool on_data_row(detect::execution_id, std::span<const std::byte>, bool) override {
        return false;
    }
    void on_execution_end(const detect::execution_end& end) override {
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(end.at - started_);
        lines_.back() += " " + std::to_string(us.count()) + " us";
        if (!end.sqlstate.empty()) lines_.back() += " " + std::string(end.sqlstate);
    }
    void on_ready(char status, detect::execution_id, detect::execution_id, timestamp) override {
        lines_.back() += std::string(" ") + status;
    }
    void on_session_reset(timestamp) override {}
    void on_session_end(timestamp) override { lines_.emplace_back("end"); }

private:
    std::vector<std::string>& lines_;
    timestamp started_;
};

struct replayed {
    std::vector<std::string> lines;
    log_status status = log_status::end;
    std::string error;
    std::uint64_t fault_offset = 0, without_duration = 0;
};

replayed replay(const std::string& text) {
    const test::temporary_file path(text);
    replayed result;
    EXPECT_TRUE(log_file::is_log(path.path())) << text;
    log_file file;
    EXPECT_TRUE(file.open(path.path()));
    log_replayer replayer(
        [&](const tcp_connection&) { return std::make_unique<recorder>(result.lines); });
    log_record record;
    while ((result.status = file.next(record)) == log_status::record)
        replayer.on_record(record);
    replayer.finish();
    result.error = file.error();
    result.fault_offset = file.fault_offset();
    result.without_duration = replayer.without_duration();
    return result;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

std::string csv(const std::string& message, const std::string& detail = "", int milliseconds = 0,
                const std::string& severity = "LOG", const std::string& session = "65a.1") {
    std::string ms = std::to_string(milliseconds);
    ms.insert(0, 3 - ms.size(), '0');
    return "2024-03-01 12:00:00." + ms + " CET,\"app\",\"shop\",42,\"10.0.0.1:5123\"," + session +
           ",1,\"SELECT\",2024-03-01 11:59:59 CET,3/4,0," + severity + ",42P01," + quoted(message) +
           ',' + quoted(detail) + ",,,,,,,,\"web\",\"client backend\",,0\n";
}

TEST(Log, StatementsAndDurationsInRecordsOfTheirOwn) {
    const replayed done =
        replay(csv("statement: SELECT a FROM t WHERE b = 'it''s, \"x\"\ny'") +
               csv("duration: 1.500 ms") + csv("duration: 0.100 ms  parse <unnamed>: SELECT 1") +
               csv("duration: 0.100 ms  bind <unnamed>: SELECT 1") +
               csv("execute <unnamed>: SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT 3",
                   "parameters: $1 = 'o''clock, $2 = ''', $2 = NULL", 2) +
               csv("duration: 2.250 ms") + csv("disconnection: session time: 0:00:01"));
    EXPECT_THAT(
        done.lines,
        ElementsAre("start app@shop web",
                    "SELECT a FROM t WHERE b = $1 ['it''s, \"x\"\ny'] 1500 us I",
                    "SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT $3 [o'clock, $2 = '] NULL "
                    "[3] 2250 us I",
                    "end"));
    EXPECT_EQ(done.status, log_status::end);
    EXPECT_EQ(done.without_duration, 0u);
}

TEST(Log, StatementAndDurationInOneRecord) {
    const replayed done = replay(csv("duration: 2.000 ms  statement: BEGIN", "", 10) +
                                 csv("duration: 1.000 ms  execute s1: SELECT a FROM t WHERE b = $1",
                                     "Parameters: $1 = '7'", 20) +
                                 csv("duration: 1.000 ms  execute fetch from s1: SELECT a FROM t "
                                     "WHERE b = $1") +
                                 csv("duration: 0.500 ms  statement: COMMIT", "", 30));
    EXPECT_THAT(done.lines, ElementsAre("start app@shop web", "BEGIN 2000 us T",
                                        "SELECT a FROM t WHERE b = $1 [7] 1000 us T",
                                        "COMMIT 500 us I", "end"));
}

TEST(Log, AnErrorEndsAStatement) {
    const replayed done = replay(csv("statement: SELECT a FROM nothing") +
                                 csv("relation \"nothing\" does not exist", "", 3, "ERROR") +
                                 csv("statement: SELECT 1", "", 4));
    EXPECT_THAT(done.lines,
                ElementsAre("start app@shop web", "SELECT a FROM nothing 3000 us 42P01 I",
                            "SELECT $1 [1] 0 us I", "end"));
    EXPECT_EQ(done.without_duration, 1u);
}

TEST(Log, SessionsAreKeptApart) {
    const replayed done = replay(csv("statement: SELECT 1", "", 0, "LOG", "a") +
                                 csv("statement: SELECT b FROM t", "", 0, "LOG", "b") +
                                 csv("duration: 1.000 ms", "", 0, "LOG", "a") +
                                 csv("duration: 2.000 ms", "", 0, "LOG", "b"));
    EXPECT_THAT(done.lines,
                ElementsAre("start app@shop web", "start app@shop web", "SELECT $1 [1] 1000 us I",
                            "SELECT b FROM t 2000 us I", "end", "end"));
}

TEST(Log, AsJson) {
    const auto record = [](const std::string& rest) {
        return "{\"timestamp\":\"2024-03-01 12:00:00.000 "
               "UTC\",\"user\":\"app\",\"dbname\":\"shop\","
               "\"session_id\":\"65a.1\",\"application_name\":\"web\",\"error_severity\":\"LOG\"," +
               rest + "}\n";
    };
    const replayed done =
        replay(record("\"message\":\"execute <unnamed>: SELECT a FROM t WHERE b = $1\","
                      "\"detail\":\"parameters: $1 = '\\u00e9'\"") +
               record("\"message\":\"duration: 0.250 ms\"") + "{\"timestamp\":1}\n");
    EXPECT_THAT(done.lines, ElementsAre("start app@shop web",
                                        "SELECT a FROM t WHERE b = $1 [é] 250 us I", "end"));
    EXPECT_EQ(done.status, log_status::fault);
    EXPECT_EQ(done.error, "a record without a time");
}

TEST(Log, WhatIsDamagedIsSaidWithItsPlace) {
    const std::string whole = csv("statement: SELECT 1");
    replayed done = replay(whole + whole.substr(0, whole.find("SELECT 1")));
    EXPECT_EQ(done.status, log_status::fault);
    EXPECT_EQ(done.error, "it ends within a record");
    EXPECT_EQ(done.fault_offset, whole.size());
    EXPECT_EQ(done.lines.size(), 3u);
    done = replay(whole + "2024-03-01 12:00:00 too few, columns\n");
    EXPECT_EQ(done.error, "not a record of PostgreSQL's CSV log");
}

TEST(Log, OtherRecordsAreNoStatements) {
    EXPECT_THAT(
        replay(csv("checkpoint starting: time") + csv("duration: soon") +
               csv("connection authorized: user=app") + csv("duration: 1.000 ms  parse a: x"))
            .lines,
        ElementsAre("start app@shop web", "end"));
    EXPECT_THAT(replay(csv("statement: SELECT 1", "", 0, "LOG", "")).lines, IsEmpty());
}

}  // namespace
}  // namespace pgfold::analyze
