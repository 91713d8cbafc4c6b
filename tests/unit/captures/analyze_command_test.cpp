// `pgfold analyze` from the file to the exit status, on a conversation made by hand.

#include "tools/analyze/analyze_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "proxy/protocol/startup.hpp"
#include "unit/captures/capture_builder.hpp"
#include "unit/captures/tcp_exchange.hpp"

namespace pgfold::analyze {
namespace {

using test::bytes;
using test::capture_builder;
using test::tcp_exchange;
using test::temporary_file;
using test::operator+;
using testing::HasSubstr;
namespace frontend = test::frontend;
namespace backend = test::backend;

struct outcome {
    int status = 0;
    std::string out, err;
};

outcome run(const analyze_options& options) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    outcome result;
    result.status = analyze_command(options);
    result.out = testing::internal::GetCapturedStdout();
    result.err = testing::internal::GetCapturedStderr();
    return result;
}

// A list of organizations, then the employees of each.
void add_loop(capture_builder& capture, int organizations) {
    tcp_exchange exchange(capture);
    exchange.open()
        .client(protocol::build_startup({.version = protocol::protocol_3_0,
                                         .parameters = {{"user", "app"}, {"database", "shop"}}}))
        .server(backend::authentication_ok() + backend::backend_key_data(42, "keys") +
                backend::ready());
    bytes rows = backend::row_description({{"id", 100, 1}, {"name", 100, 2, 25}});
    for (int i = 0; i < organizations; ++i) {
        rows = rows + backend::data_row({{std::to_string(100 + 7 * i)}, {"x"}});
    }
    exchange.client(frontend::query("SELECT id, name FROM organization ORDER BY name"))
        .server(rows + backend::complete("SELECT " + std::to_string(organizations)) +
                backend::ready());
    for (int i = 0; i < organizations; ++i) {
        exchange
            .client(frontend::query("SELECT id, name FROM employee WHERE organization_id = " +
                                    std::to_string(100 + 7 * i)))
            .server(backend::row_description({{"id", 200, 1}, {"name", 200, 2, 25}}) +
                    backend::data_row({{std::to_string(9000 - i)}, {"y"}}) +
                    backend::complete("SELECT 1") + backend::ready());
    }
    exchange.client(frontend::terminate()).close();
}

class AnalyzeCommand : public testing::Test {
protected:
    capture_builder capture;
};

TEST_F(AnalyzeCommand, ReportsALoopAsText) {
    add_loop(capture, 30);
    const temporary_file file(capture.content());
    const outcome result = run({.files = {file.path()}});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(result.out, HasSubstr("1 conversation, 31 statements, 1 finding\n"));
    EXPECT_THAT(result.out, HasSubstr("1. N+1  30 lookups"));
    EXPECT_THAT(result.out, HasSubstr("organization.id -> employee.organization_id"));
    EXPECT_THAT(result.out, HasSubstr("WHERE organization_id = ANY($1)"));
    EXPECT_THAT(result.out, HasSubstr("Statements by total time"));
}

TEST_F(AnalyzeCommand, ReportsALoopAsJson) {
    add_loop(capture, 30);
    const temporary_file file(capture.content());
    const outcome result = run({.files = {file.path()}, .format = output_format::json});
    EXPECT_EQ(result.status, 0);
    const boost::json::value report = boost::json::parse(result.out);
    ASSERT_EQ(report.at("findings").as_array().size(), 1U);
    const boost::json::value& finding = report.at("findings").at(0);
    EXPECT_EQ(finding.at("class"), "n_plus_one");
    EXPECT_EQ(finding.at("lookups"), 30);
    EXPECT_EQ(finding.at("parent").at("columns").at(0), "id");
    EXPECT_EQ(finding.at("database"), "shop");
    EXPECT_EQ(report.at("statements").as_array().size(), 2U);
    EXPECT_EQ(report.at("statements").at(0).at("calls"), 30);
}

// Of two columns with long values one is searched by elsewhere.
TEST_F(AnalyzeCommand, LongValuesThatNothingFiltersBy) {
    tcp_exchange exchange(capture);
    exchange.open()
        .client(protocol::build_startup({.version = protocol::protocol_3_0,
                                         .parameters = {{"user", "app"}, {"database", "shop"}}}))
        .server(backend::authentication_ok() + backend::backend_key_data(42, "keys") +
                backend::ready());
    const std::string body(10'000, 'b');
    const std::string summary(2'000, 's');
    for (int i = 0; i < 200; ++i)
        exchange.client(frontend::query("SELECT id, body, summary, title FROM page"))
            .server(backend::row_description({{"id", 100, 1},
                                              {"body", 100, 2, 25},
                                              {"summary", 100, 3, 25},
                                              {"title", 100, 4, 25}}) +
                    backend::data_row({{"1"}, {body}, {summary}, {"short"}}) +
                    backend::complete("SELECT 1") + backend::ready());
    exchange.client(frontend::query("SELECT id FROM page WHERE Summary LIKE 'a%'"))
        .server(backend::row_description({{"id", 100, 1}}) + backend::complete("SELECT 0") +
                backend::ready());
    exchange.client(frontend::terminate()).close();
    const temporary_file file(capture.content());
    const outcome result = run({.files = {file.path()}, .format = output_format::json});
    const boost::json::value report = boost::json::parse(result.out);
    ASSERT_EQ(report.at("habits").as_array().size(), 1U) << result.out;
    const boost::json::value& habit = report.at("habits").at(0);
    EXPECT_EQ(habit.at("kind"), "wide_columns");
    EXPECT_EQ(habit.at("columns"), "body (10.0 kB)");
    EXPECT_EQ(habit.at("calls"), 200);
    const outcome page = run({.files = {file.path()}, .format = output_format::html});
    EXPECT_THAT(page.out, HasSubstr("<td>body (10.0 kB)</td>"));
}

TEST_F(AnalyzeCommand, FailsOnAClassThatWasFound) {
    add_loop(capture, 30);
    const temporary_file file(capture.content());
    EXPECT_EQ(run({.files = {file.path()}, .fail_on = {detect::finding_class::n_plus_one}}).status,
              3);
    EXPECT_EQ(run({.files = {file.path()}, .fail_on = {detect::finding_class::duplicate}}).status,
              0);
}

TEST_F(AnalyzeCommand, CleanTrafficHasNoFindings) {
    add_loop(capture, 3);
    const temporary_file file(capture.content());
    const outcome result =
        run({.files = {file.path()}, .fail_on = {detect::finding_class::n_plus_one}});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, HasSubstr("0 findings"));
}

TEST_F(AnalyzeCommand, UnreadableFilesAreStatusTwo) {
    EXPECT_EQ(run({}).status, 2);
    const outcome missing = run({.files = {"/nonexistent.pcap"}});
    EXPECT_EQ(missing.status, 2);
    EXPECT_THAT(missing.err, HasSubstr("/nonexistent.pcap: No such file"));
    EXPECT_EQ(missing.out, "");

    // The others are reported all the same.
    add_loop(capture, 30);
    const temporary_file file(capture.content());
    const outcome one_missing = run({.files = {"/nonexistent.pcap", file.path()},
                                     .fail_on = {detect::finding_class::n_plus_one}});
    EXPECT_EQ(one_missing.status, 2);
    EXPECT_THAT(one_missing.out, HasSubstr("N+1"));
}

TEST_F(AnalyzeCommand, ATruncatedFileIsUsedAndNamed) {
    add_loop(capture, 30);
    const temporary_file file(
        std::string_view(capture.content()).substr(0, capture.content().size() - 10));
    const outcome result =
        run({.files = {file.path()}, .fail_on = {detect::finding_class::n_plus_one}});
    EXPECT_EQ(result.status, 3);
    EXPECT_THAT(result.err, HasSubstr("damaged at byte"));
}

TEST_F(AnalyzeCommand, SaysWhenThereIsNothingToAnalyze) {
    tcp_exchange(capture).open().client(test::raw("GET / HTTP/1.1\r\n\r\n"));
    const temporary_file file(capture.content());
    const outcome result = run({.files = {file.path()}});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("--port"));
}

TEST_F(AnalyzeCommand, NamesEncryptedConnectionsUpToALimit) {
    for (std::uint16_t i = 0; i < 50; ++i) {
        tcp_exchange(capture, {"10.0.0.1", static_cast<std::uint16_t>(40000 + i)})
            .open()
            .client(protocol::build_ssl_request())
            .server(test::raw("S"));
    }
    const temporary_file file(capture.content());
    const outcome result = run({.files = {file.path()}});
    EXPECT_THAT(result.err, HasSubstr("10.0.0.1:40000 -> 10.0.0.2:5432: encrypted"));
    EXPECT_THAT(result.err, HasSubstr("and 30 more"));
}

TEST(FindingClass, IsParsedByItsName) {
    EXPECT_EQ(detect::parse_finding_class("n_plus_one"), detect::finding_class::n_plus_one);
    EXPECT_EQ(detect::parse_finding_class("write_loop"), detect::finding_class::write_loop);
    EXPECT_EQ(detect::parse_finding_class("N+1"), std::nullopt);
    EXPECT_EQ(detect::parse_finding_class(""), std::nullopt);
}

}  // namespace
}  // namespace pgfold::analyze
