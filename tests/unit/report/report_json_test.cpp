#include "analyzer/report/report_json.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "unit/report/report_fixture.hpp"

namespace pgfold::report {
namespace {

namespace json = boost::json;

// Keys keep their order; the fingerprints are libpg_query's.
constexpr std::string_view golden_finding =
    R"({"class":"n_plus_one","fingerprint":"CHILD","query":"SELECT id, name FROM employee WHERE organization_id = $1",)"
    R"("tables":["employee"],"key_columns":["organization_id"],"runs":2,"lookups":1100,"distinct_arguments":1000,)"
    R"("rows":50000,"total_ms":1.234568E3,"window_share":8.4E-1,"round_trips_avoidable":1098,"folded":0,"round_trips_saved":0,)"
    R"("parent":{"fingerprint":"PARENT","query":"SELECT id, name FROM organization ORDER BY id","columns":["id"]},)"
    R"("database":"shop","user":"app","application_name":"web","tags":{"route":"/organizations","traceparent":"00-1-2-01"},)"
    R"("first_seen":"2024-03-01T12:00:00.000123Z","last_seen":"2024-03-01T12:01:30.000123Z",)"
    R"("example":"SELECT id, name FROM employee WHERE organization_id = 24",)"
    R"("suggestion":{"text":"Do it at once.","orm":"django","batched_query":"SELECT 1"},)"
    R"("not_folded_because":null,"suppressed_because":null})";

std::string with_fingerprints(std::string_view text, const detect::finding& f) {
    std::string result(text);
    result.replace(result.find("CHILD"), 5, f.statement->fingerprint_hex);
    result.replace(result.find("PARENT"), 6, f.parent.statement->fingerprint_hex);
    return result;
}

TEST(ReportJson, AFindingHasAllFields) {
    const detect::finding f = test::sample_finding();
    EXPECT_EQ(json::serialize(to_json(f)), with_fingerprints(golden_finding, f));
    EXPECT_EQ(f.statement->fingerprint_hex.size(), 16U);
}

TEST(ReportJson, WhatIsMissingIsNull) {
    detect::finding f;
    f.kind = detect::finding_class::suspected;
    f.statement = test::template_of("SELECT 1 FROM employee WHERE id = 7");
    const json::object out = to_json(f);
    EXPECT_EQ(out.at("class"), "suspected");
    EXPECT_TRUE(out.at("parent").is_null());
    EXPECT_TRUE(out.at("suggestion").at("orm").is_null());
    EXPECT_TRUE(out.at("suggestion").at("batched_query").is_null());
    EXPECT_TRUE(out.at("not_folded_because").is_null());
    EXPECT_EQ(out.at("tags"), json::object());
}

TEST(ReportJson, WhatWasFoldedAndWhatCannotBe) {
    detect::finding f = test::sample_finding();
    f.folded = 48;
    f.round_trips_saved = 47;
    f.not_folded_because = "calls nextval()";
    const json::object out = to_json(f);
    EXPECT_EQ(out.at("folded"), 48);
    EXPECT_EQ(out.at("round_trips_saved"), 47);
    EXPECT_EQ(out.at("not_folded_because"), "calls nextval()");
}

TEST(ReportJson, EveryClassHasItsName) {
    for (const auto& [kind, name] : {std::pair{detect::finding_class::n_plus_one, "n_plus_one"},
                                     std::pair{detect::finding_class::suspected, "suspected"},
                                     std::pair{detect::finding_class::duplicate, "duplicate"},
                                     std::pair{detect::finding_class::write_loop, "write_loop"}}) {
        detect::finding f;
        f.kind = kind;
        EXPECT_EQ(to_json(f).at("class"), name);
    }
}

TEST(ReportJson, OddTextIsEscaped) {
    detect::finding f = test::sample_finding();
    f.example = "quote \" backslash \\ newline \n tab \t end";
    f.tags = {{"a\"b", "\x01"}};
    const json::value parsed = json::parse(json::serialize(to_json(f)));
    EXPECT_EQ(parsed.at("example"), json::value(f.example));
    EXPECT_EQ(parsed.at("tags").at("a\"b"), "\x01");
}

TEST(ReportJson, TextsOfOtherEncodingsBecomeValid) {
    detect::finding f = test::sample_finding();
    f.example = "caf\xe9 caf\xc3\xa9 \xed\xa0\x80 \xf0\x9f\x98\x80 \xc0\xaf \xf5 \xe2\x82";
    f.user = "m\xfcller";
    const json::object out = to_json(f);
    EXPECT_EQ(out.at("example"),
              "caf\ufffd caf\u00e9 \ufffd\ufffd\ufffd \U0001f600 \ufffd\ufffd \ufffd \ufffd\ufffd");
    EXPECT_EQ(out.at("user"), "m\ufffdller");
}

TEST(ReportJson, AStatementHasAllFields) {
    const json::object out = to_json(test::sample_row());
    EXPECT_EQ(out.at("query"), "SELECT id, name FROM employee WHERE organization_id = $1");
    EXPECT_EQ(out.at("kind"), "select");
    EXPECT_EQ(out.at("tables"), json::array({"employee"}));
    EXPECT_EQ(out.at("database"), "shop");
    EXPECT_EQ(out.at("user"), "app");
    EXPECT_EQ(out.at("route"), "/organizations");
    EXPECT_EQ(out.at("calls"), 100);
    EXPECT_DOUBLE_EQ(out.at("total_ms").as_double(), 200);
    EXPECT_DOUBLE_EQ(out.at("mean_ms").as_double(), 2);
    EXPECT_DOUBLE_EQ(out.at("max_ms").as_double(), 2);
    for (const char* quantile : {"p50_ms", "p95_ms", "p99_ms"}) {
        EXPECT_NEAR(out.at(quantile).as_double(), 2, 0.15) << quantile;
    }
    EXPECT_EQ(out.at("rows"), 5000);
    EXPECT_EQ(out.at("bytes"), 123456);
    EXPECT_EQ(out.at("errors"), 1);
}

TEST(ReportJson, WhatDidNotFitIsOther) {
    statistics::statement_row row = test::sample_row();
    row.key = {};
    const json::object out = to_json(row);
    EXPECT_EQ(out.at("fingerprint"), "other");
    EXPECT_TRUE(out.at("query").is_null());
    EXPECT_TRUE(out.at("route").is_null());
}

TEST(ReportJson, TimesAreRfc3339) {
    using std::chrono::nanoseconds;
    EXPECT_EQ(to_rfc3339(detect::timestamp()), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(detect::timestamp(nanoseconds(-1'000))), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(detect::timestamp(nanoseconds(1'709'164'799'999'999'999))),
              "2024-02-28T23:59:59.999999Z");
}

}  // namespace
}  // namespace pgfold::report
