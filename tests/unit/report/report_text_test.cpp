#include "analyzer/report/report_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/report/text_layout.hpp"
#include "unit/report/report_fixture.hpp"

namespace pgfold::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TextLayout, Numbers) {
    EXPECT_EQ(with_thousands(0), "0");
    EXPECT_EQ(with_thousands(999), "999");
    EXPECT_EQ(with_thousands(1000), "1,000");
    EXPECT_EQ(with_thousands(1234567), "1,234,567");
    EXPECT_EQ(duration_text(0.4242), "0.42 ms");
    EXPECT_EQ(duration_text(12.34), "12.3 ms");
    EXPECT_EQ(duration_text(1234.5), "1.23 s");
    EXPECT_EQ(counted(1, "lookup"), "1 lookup");
    EXPECT_EQ(counted(2000, "lookup"), "2,000 lookups");
}

TEST(TextLayout, Wraps) {
    EXPECT_EQ(wrapped("one two three", 2, 9), "one two\n  three");
    EXPECT_EQ(wrapped("averyveryverylongword x", 0, 5), "averyveryverylongword\nx");
    EXPECT_EQ(wrapped("", 2, 9), "");
    EXPECT_EQ(wrapped("é é é é", 0, 7), "é é é é");
}

TEST(TextLayout, ShortensByColumnsNotBytes) {
    EXPECT_EQ(shortened("abc", 3), "abc");
    EXPECT_EQ(shortened("abcd", 3), "ab…");
    EXPECT_EQ(shortened("ééé", 3), "ééé");
    EXPECT_EQ(shortened("éééé", 3), "éé…");
    EXPECT_EQ(shortened("a\nb\x1b[31m", 100), "a b [31m");
}

TEST(TextLayout, ElidesSelectLists) {
    EXPECT_EQ(elided_query("SELECT a FROM t"), "SELECT a FROM t");
    EXPECT_EQ(elided_query("SELECT aaaa, bbbb, cccc, dddd FROM t WHERE x = $1", 12),
              "SELECT aaaa, bbbb, … FROM t WHERE x = $1");
    EXPECT_EQ(elided_query("select count(*) filter (where x) from t", 5), "select … from t");
    EXPECT_EQ(elided_query("UPDATE t SET a = 1", 2), "UPDATE t SET a = 1");
    EXPECT_LE(columns_of(elided_query("SELECT 1 WHERE " + std::string(5000, 'x'))), 700U);
}

constexpr std::string_view golden =
    R"(1. N+1  1,100 lookups in 2 loops (1,000 different), 1.23 s, 84 % of the time around, 1,098 round
        trips to spare
   where      route=/organizations database=shop user=app application=web
   parent     SELECT id, name FROM organization ORDER BY id
     feeds    organization.id -> employee.organization_id
   child      SELECT id, name FROM employee WHERE organization_id = $1
   do         Do it at once.
   one query  SELECT 1
)";

TEST(ReportText, AFindingIsAParagraph) {
    EXPECT_EQ(to_text(test::sample_finding(), 1, {}), golden);
}

TEST(ReportText, FoldedLookupsOrWhyTheyCannotBe) {
    detect::finding f = test::sample_finding();
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("folded")));
    f.not_folded_because = "calls nextval()";
    EXPECT_THAT(to_text(f, 1, {}), HasSubstr("   not folded calls nextval()\n"));
    f.folded = 1050;
    f.round_trips_saved = 1050;
    EXPECT_THAT(to_text(f, 1, {}),
                HasSubstr("   folded     1,050 lookups, 1,050 round trips saved\n"));
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("not folded")));
    f.folded = 0;
    f.kind = detect::finding_class::write_loop;  // nobody expects that
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("not folded")));
}

TEST(ReportText, ColorsOnlyWhenAsked) {
    EXPECT_THAT(to_text(test::sample_finding(), 1, {.color = true}), HasSubstr("\x1b[1;31mN+1"));
    EXPECT_THAT(to_text(test::sample_finding(), 1, {}), Not(HasSubstr("\x1b")));
}

TEST(ReportText, HostileTextCannotPaintTheTerminal) {
    detect::finding f = test::sample_finding();
    f.application_name = "x\x1b]0;owned\x07y";
    f.tags = {{"route",
               "\x1b[2J\xc2\x9b"
               "2J"}};  // the second is CSI in one code point
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("\x07")));
    EXPECT_THAT(to_text(f, 1, {}), Not(HasSubstr("\xc2\x9b")));
}

TEST(ReportText, NoParentNoFeeds) {
    detect::finding f = test::sample_finding();
    f.kind = detect::finding_class::duplicate;
    f.parent = {};
    const std::string text = to_text(f, 12, {});
    EXPECT_THAT(text, testing::StartsWith("12. Duplicate  1,100 repeats"));
    EXPECT_THAT(text, Not(HasSubstr("feeds")));
}

TEST(ReportText, StatementsAreATable) {
    const std::vector<statistics::statement_row> rows(3, test::sample_row());
    EXPECT_EQ(to_text(rows, 2, {}),
              "  total ms     calls   mean ms    p95 ms    max ms      rows  statement\n"
              "       200       100      2.00      2.00      2.00     5,000  SELECT id, name FROM "
              "employee WHERE o…\n"
              "       200       100      2.00      2.00      2.00     5,000  SELECT id, name FROM "
              "employee WHERE o…\n"
              "  … and 1 more: --format json lists them all\n");
}

}  // namespace
}  // namespace pgfold::report
