#include "analyzer/detect/suppression.hpp"

#include <gtest/gtest.h>

#include "analyzer/detect/glob.hpp"
#include "unit/detect/conversation.hpp"

namespace pgfold::detect::testing {
namespace {

TEST(glob, matches) {
    EXPECT_TRUE(matches_glob("/admin/*", "/admin/orders"));
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("a?c*e", "abcde"));
    EXPECT_FALSE(matches_glob("/admin/*", "/shop"));
    EXPECT_FALSE(matches_glob("a", "ab"));
    EXPECT_FALSE(matches_glob(std::string(40, '*') + "b", std::string(4000, 'a'))) << "and soon";
}

finding sample() {
    finding f;
    f.kind = finding_class::n_plus_one;
    f.statement = select("employee", {"id"});
    f.tags = {{"route", "/admin/report"}, {"job", "nightly"}};
    return f;
}

TEST(suppression, every_condition_must_match) {
    EXPECT_EQ(suppression_reason(
                  {{.route = "/admin/*", .class_name = "n_plus_one", .reason = "known"}}, sample()),
              "known");
    EXPECT_EQ(suppression_reason(
                  {{.route = "/admin/*", .class_name = "duplicate", .reason = "known"}}, sample()),
              "");
    EXPECT_EQ(suppression_reason({{.table = "empl*", .reason = "small"}}, sample()), "small");
    EXPECT_EQ(suppression_reason({{.tag = "job", .reason = "a"}}, sample()), "a");
    EXPECT_EQ(suppression_reason({{.tag = "job=hourly", .reason = "a"}}, sample()), "");
    EXPECT_EQ(suppression_reason({{.fingerprint = "00000000000000ff", .reason = "b"}}, sample()),
              "b");
    EXPECT_EQ(suppression_reason({{.reason = "no condition"}}, sample()), "");
}

TEST(suppression, is_shown_and_not_announced) {
    for (const bool suppressed : {false, true}) {
        detector_settings settings;
        if (suppressed)
            settings.suppressions = {{.table = "employee", .reason = "known, nightly report"}};
        collected all(settings);
        conversation c(all);
        for (int i = 0; i < 20; ++i)
            c.query(select("employee", {"id"}), {i * 7});
        c.end();
        ASSERT_EQ(all.hub.findings().size(), 1U);
        EXPECT_EQ(all.hub.findings()[0].suppressed_because,
                  suppressed ? "known, nightly report" : "");
        EXPECT_EQ(all.announced.size(), suppressed ? 0U : 1U);
    }
}

TEST(suppression, by_comment) {
    collected all;
    conversation c(all);
    for (int i = 0; i < 20; ++i)
        c.query(select("employee", {"id"}), {i * 7}, {}, "/*pgfold:ignore*/");
    c.end();
    ASSERT_EQ(all.hub.findings().size(), 1U);
    EXPECT_FALSE(all.hub.findings()[0].suppressed_because.empty());
    EXPECT_TRUE(all.announced.empty());
}

TEST(routes, tell_findings_apart) {
    collected all;
    conversation c(all);
    for (int request = 0; request < 2; ++request) {
        c.begin();
        for (int i = 0; i < 20; ++i)
            c.query(select("employee", {"id"}), {i * 7}, {},
                    "/*route='/page" + std::to_string(request) + "'*/");
        c.commit();
    }
    c.end();
    ASSERT_EQ(all.hub.findings().size(), 2U);
    EXPECT_NE(route_of(all.hub.findings()[0].tags), route_of(all.hub.findings()[1].tags));
}

}  // namespace
}  // namespace pgfold::detect::testing
