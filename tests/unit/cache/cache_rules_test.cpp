#include "proxy/cache/cache_rules.hpp"

#include <gtest/gtest.h>

#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::test {
namespace {

using cache::cache_settings;

class cache_rules_test : public testing::Test {
protected:
    [[nodiscard]] cache::cache_choice choose(const cache_settings& settings,
                                             const std::string& text) {
        const auto statement = analyzer.analyze(text, {}).statement;
        auto effects = std::make_shared<freshness::tracked_effects>();
        effects->is_plain_read = true;
        if (reads_known) effects->reads = std::make_shared<freshness::read_set>();
        effects->found.row_security = row_security;
        return cache::choose(settings, *statement, effects, nullptr);
    }
    sql::statement_analyzer analyzer{sql::make_template_table()};
    bool reads_known = true;
    bool row_security = false;
    const cache_settings everything{.rules = {{.tables = {"*"}}}};
};

TEST_F(cache_rules_test, all_tables_that_are_read_must_match) {
    const cache_settings settings{
        .rules = {{.tables = {"country", "ref.*"}, .age_max = std::chrono::seconds(5)}}};
    EXPECT_TRUE(choose(settings, "SELECT 1 FROM country").is_kept());
    EXPECT_TRUE(choose(settings, "SELECT 1 FROM country, ref.unit").is_kept());
    EXPECT_FALSE(choose(settings, "SELECT 1 FROM country, orders").is_kept());
    EXPECT_FALSE(choose(settings, "SELECT (SELECT 1 FROM orders) FROM country").is_kept());
    EXPECT_EQ(choose(settings, "SELECT 1 FROM country").age_max, std::chrono::seconds(5));
}

TEST_F(cache_rules_test, the_first_rule_that_matches_counts) {
    const cache_settings settings{
        .rules = {{.pattern = "*special*", .entry_bytes_max = 10}, {.tables = {"country"}}}};
    EXPECT_EQ(choose(settings, "SELECT special FROM country").rule, &settings.rules[0]);
    EXPECT_EQ(choose(settings, "SELECT special FROM country").entry_bytes_max, 10U);
    EXPECT_EQ(choose(settings, "SELECT name FROM country").rule, &settings.rules[1]);
}

TEST_F(cache_rules_test, automatic_is_what_no_rule_names) {
    EXPECT_EQ(choose({}, "SELECT 1 FROM country").reason, "no rule names it");
    const auto choice = choose({.automatic = true}, "SELECT 1 FROM country");
    EXPECT_TRUE(choice.is_kept());
    EXPECT_EQ(choice.rule, nullptr);
}

TEST_F(cache_rules_test, what_may_change_by_itself_is_not_kept) {
    for (const char* text :
         {"SELECT now() FROM t", "SELECT random() FROM t", "SELECT nextval('s') FROM t",
          "SELECT current_user FROM t", "SELECT 1 FROM t FOR UPDATE", "SELECT age(d) FROM t",
          "SELECT CURRENT_DATE - d FROM t", "SELECT * FROM pg_class", "SELECT 1", "DELETE FROM t",
          "SELECT f(a) FROM t", "SELECT pg_sleep(1) FROM t",
          "WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d",
          "SELECT * FROM t TABLESAMPLE SYSTEM (10)"}) {
        EXPECT_FALSE(choose(everything, text).is_kept()) << text;
        EXPECT_FALSE(choose(everything, text).reason.empty()) << text;
    }
}

// Words of time are looked for in a statement's arguments each time, so they must be there; or the
// statement is refused for its text.
TEST_F(cache_rules_test, a_word_of_time_is_an_argument_or_a_reason) {
    for (const char* text : {"SELECT 1 FROM t WHERE d = date 'today'", "SELECT 'now'::date FROM t",
                             "SELECT 1 FROM t WHERE d > CAST('yesterday' AS date)"}) {
        const auto normalized = analyzer.analyze(text, {}).statement->normalized_text;
        EXPECT_TRUE(normalized.find('\'') == std::string::npos ||
                    !choose(everything, text).is_kept())
            << normalized;
    }
}

TEST_F(cache_rules_test, what_is_not_known_is_not_kept) {
    row_security = true;
    EXPECT_FALSE(choose(everything, "SELECT 1 FROM t").is_kept());
    row_security = false;
    reads_known = false;
    EXPECT_EQ(choose(everything, "SELECT 1 FROM t").reason, "the catalog is not known yet");
}

}  // namespace
}  // namespace pgfold::test
