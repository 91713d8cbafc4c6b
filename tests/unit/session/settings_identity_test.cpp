#include "proxy/session/settings_identity.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::test {
namespace {

using session::setting_effect;
using session::settings_identity;

const sql::keyed_hash hash(1);

// What a session sends, and what the server says to it.
class followed_session {
public:
    explicit followed_session(const std::string& start = "app",
                              std::optional<std::uint64_t> alone = {}) {
        settings.begin(start, alone);
    }

    followed_session& run(const std::string& text, const std::string& tag = "SET") {
        const auto mark = send(text);
        settings.on_done(last, tag, mark);
        if (last.effect == setting_effect::commit || last.effect == setting_effect::rollback)
            status = 'I';
        if (text.starts_with("BEGIN")) status = 'T';
        settings.on_ready(status);
        return *this;
    }
    followed_session& fail(const std::string& text) {
        send(text);
        settings.on_error();
        if (status == 'T') status = 'E';
        settings.on_ready(status);
        return *this;
    }
    [[nodiscard]] std::optional<sql::hash128> value() { return settings.value(hash); }

    settings_identity settings;
    char status = 'I';

private:
    std::uint64_t send(const std::string& text) {
        const auto found = analyzer.analyze(text, {});
        std::vector<detect::argument> arguments;
        for (const auto& l : found.literals)
            arguments.push_back({.bytes = std::string_view(text).substr(l.offset, l.length),
                                 .format = detect::argument_format::literal});
        freshness::tracked_effects effects;
        effects.found.writes_everything = found.statement == nullptr ||
                                          found.statement->kind == sql::statement_kind::do_block ||
                                          found.statement->kind == sql::statement_kind::call;
        last = session::setting_change_of(found.statement.get(), effects, text, arguments);
        if (last.effect == setting_effect::unknown) settings.on_unknown();
        return settings.mark();
    }

    sql::statement_analyzer analyzer{sql::make_template_table()};
    session::setting_change last;
};

auto after(const std::vector<std::string>& texts) {
    followed_session s;
    for (const auto& text : texts)
        s.run(text);
    return s.value();
}

TEST(settings_identity, is_what_the_session_began_with) {
    EXPECT_EQ(followed_session("a").value(), followed_session("a").value());
    EXPECT_NE(followed_session("a").value(), followed_session("b").value());
    EXPECT_NE(followed_session("a", 1).value(), followed_session("a").value());
    EXPECT_NE(followed_session("a", 1).value(), followed_session("a", 2).value());
    settings_identity unknown;
    EXPECT_FALSE(unknown.value(hash));
}

TEST(settings_identity, every_form_of_set_makes_a_difference_and_reset_takes_it_back) {
    const auto plain = after({});
    ASSERT_TRUE(plain);
    const std::pair<const char*, const char*> forms[] = {
        {"SET search_path TO a, b", "RESET search_path"},
        {"SET SESSION search_path = \"A b\", public;", "set search_path to default"},
        {"SET TIME ZONE 'UTC'", "RESET TIME ZONE"},
        {"/* c */ SET timezone = 'UTC'", "RESET TimeZone"},
        {"SET ROLE reader", "RESET ROLE"},
        {"SET SESSION AUTHORIZATION reader", "RESET SESSION AUTHORIZATION"},
        {"SET NAMES 'latin1'", "RESET client_encoding"},
        {"SET DateStyle = ISO, DMY", "RESET ALL"},
        {"SET app.tenant = '7'", "RESET ALL"},
        {"SELECT set_config('app.tenant', '7', false)", "RESET app.tenant"},
        {"SET ROLE reader", "DISCARD ALL"},
    };
    for (const auto& [set, reset] : forms) {
        SCOPED_TRACE(set);
        followed_session s;
        const bool is_call = std::string_view(set).starts_with("SELECT");
        s.run(set, is_call ? "SELECT 1" : "SET");
        ASSERT_TRUE(s.value());
        EXPECT_NE(s.value(), plain);
        s.run(reset, std::string_view(reset).starts_with("DISCARD") ? "DISCARD ALL"
                     : std::string_view(reset).starts_with("set")   ? "SET"
                                                                    : "RESET");
        EXPECT_EQ(s.value(), plain);
    }
}

TEST(settings_identity, equal_settings_are_equal_however_they_came_about) {
    EXPECT_EQ(after({"SET a.x = '1'", "SET a.y = '2'"}), after({"SET a.y = '2'", "SET a.x = '1'"}));
    EXPECT_EQ(after({"SET a.x = '1'", "SET a.x = '2'"}), after({"SET a.x = '2'"}));
    EXPECT_EQ(after({"SET TIME ZONE 'UTC'"}), after({"set timezone to 'UTC'"}));
    EXPECT_NE(after({"SET a.x = '1'"}), after({"SET a.y = '1'"}));
    EXPECT_NE(after({"SET search_path = \"a  b\""}), after({"SET search_path = \"a b\""}));
}

TEST(settings_identity, what_no_answer_shows_makes_no_difference) {
    EXPECT_EQ(after({"SET application_name = 'x'", "SET statement_timeout = 100"}), after({}));
    EXPECT_EQ(after({"SET pgfold.tag = 'x'"}), after({}));
}

TEST(settings_identity, reset_all_leaves_the_role) {
    EXPECT_EQ(after({"SET ROLE r", "SET a.x = '1'"}), after({"SET a.x = '1'", "SET ROLE r"}));
    followed_session s;
    s.run("SET ROLE r").run("SET a.x = '1'").run("RESET ALL", "RESET");
    EXPECT_EQ(s.value(), after({"SET ROLE r"}));
}

TEST(settings_identity, a_new_session_user_has_no_role_set) {
    EXPECT_EQ(after({"SET ROLE r", "SET SESSION AUTHORIZATION u"}),
              after({"SET SESSION AUTHORIZATION u"}));
}

TEST(settings_identity, a_rollback_undoes_and_a_commit_keeps) {
    const auto plain = after({}), set = after({"SET a.x = '1'"});
    followed_session s;
    s.run("BEGIN", "BEGIN").run("SET a.x = '1'");
    EXPECT_EQ(s.value(), set);
    s.run("ROLLBACK", "ROLLBACK");
    EXPECT_EQ(s.value(), plain);
    s.run("BEGIN", "BEGIN").run("SET a.x = '1'").run("COMMIT", "COMMIT");
    EXPECT_EQ(s.value(), set);
    s.run("BEGIN", "BEGIN").run("SET a.x = '2'").run("RESET a.x", "RESET");
    s.fail("SELECT 1/0").run("COMMIT", "ROLLBACK");
    EXPECT_EQ(s.value(), set);
}

TEST(settings_identity, set_local_ends_with_the_transaction) {
    const auto plain = after({});
    followed_session s;
    s.run("BEGIN", "BEGIN").run("SET LOCAL a.x = '1'");
    EXPECT_TRUE(s.value());
    EXPECT_NE(s.value(), plain);
    s.run("COMMIT", "COMMIT");
    EXPECT_EQ(s.value(), plain);
    s.run("SET LOCAL a.x = '1'");  // outside of a transaction
    EXPECT_EQ(s.value(), plain);
}

TEST(settings_identity, an_error_undoes_what_its_implicit_transaction_has_set) {
    followed_session s;
    s.settings.on_done({setting_effect::set, "a.x", "'1'"}, "SET", 0);
    s.settings.on_error();
    s.settings.on_ready('I');
    EXPECT_EQ(s.value(), after({}));
}

TEST(settings_identity, a_rollback_to_a_savepoint_leaves_it_open_what_is_set) {
    followed_session s;
    s.run("BEGIN", "BEGIN").run("SAVEPOINT a", "SAVEPOINT");
    s.run("ROLLBACK TO a", "ROLLBACK");
    EXPECT_TRUE(s.value());
    s.run("SET a.x = '1'").run("ROLLBACK TO a", "ROLLBACK");
    EXPECT_FALSE(s.value());
    s.run("COMMIT", "COMMIT");
    EXPECT_FALSE(s.value());
    s.run("DISCARD ALL", "DISCARD ALL");
    EXPECT_EQ(s.value(), after({}));
}

TEST(settings_identity, what_cannot_be_followed_makes_it_opaque) {
    for (const char* text : {"DO $$ BEGIN PERFORM set_config('a.x', '1', false); END $$",
                             "CALL p()", "SELECT set_config(name, 'x', false) FROM pg_settings",
                             "SET \"TimeZone\" = 'UTC'", "SELECT 1; SET a.x = '1'", "SELECT 1 FROM",
                             "INSERT INTO t SELECT set_config('a', 'b', true)"}) {
        followed_session s;
        s.run(text, "");
        EXPECT_FALSE(s.value()) << text;
        s.run("RESET ALL", "RESET");
        EXPECT_FALSE(s.value()) << text;
        s.run("DISCARD ALL", "DISCARD ALL");
        EXPECT_EQ(s.value(), after({})) << text;
    }
}

TEST(settings_identity, a_discard_undoes_only_what_was_sent_before_it) {
    followed_session s;
    const auto mark = s.settings.mark();
    s.settings.on_unknown();  // sent behind DISCARD ALL, before that was answered
    s.settings.on_done({setting_effect::discard_all, {}, {}}, "DISCARD ALL", mark);
    EXPECT_FALSE(s.value());
}

TEST(settings_identity, what_pools_say_when_a_connection_comes_back) {
    followed_session s;
    s.run("SET a.x = '1'");
    s.run("SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;", "RESET");
    EXPECT_EQ(s.value(), after({}));
}

TEST(settings_identity, what_the_server_reports_belongs_to_it) {
    followed_session a, b;
    a.settings.on_parameter_status("DateStyle", "ISO, MDY");
    EXPECT_NE(a.value(), b.value());
    b.settings.on_parameter_status("DateStyle", "ISO, MDY");
    b.settings.on_parameter_status("application_name", "x");
    EXPECT_EQ(a.value(), b.value());
}

TEST(settings_identity, what_the_server_tells_ends_not_knowing) {
    followed_session s;
    s.run("SET a.x = '1'").run("SET search_path = app").run("DO $$ BEGIN END $$", "DO");
    EXPECT_FALSE(s.settings.value_as_told(hash));
    const auto asked = s.settings.mark();
    s.settings.on_told({{"search_path", "app"}, {"statement_timeout", "5"}}, asked);
    // What it said before is spelled as before; settings of extensions it does not list.
    EXPECT_EQ(s.settings.value_as_told(hash), after({"SET a.x = '1'", "SET search_path = app"}));
    EXPECT_FALSE(s.value());  // for whom those matter
    s.settings.on_told({{"search_path", "\"a,b\""}}, asked);
    const auto other = s.settings.value_as_told(hash);
    s.settings.on_told({{"search_path", "a,b"}}, asked);
    EXPECT_NE(s.settings.value_as_told(hash), other);
    EXPECT_NE(s.settings.value_as_told(hash), after({"SET a.x = '1'", "SET search_path = a,b"}));
}

TEST(settings_identity, what_was_sent_after_the_server_was_asked_is_not_known) {
    followed_session s;
    s.run("DO $$ BEGIN END $$", "DO");
    const auto asked = s.settings.mark();
    s.run("DO $$ BEGIN END $$", "DO");
    s.settings.on_told({}, asked);
    EXPECT_FALSE(s.settings.value_as_told(hash));
    s.settings.on_told({}, s.settings.mark());
    EXPECT_TRUE(s.settings.value_as_told(hash));
    s.run("DISCARD ALL", "DISCARD ALL");
    EXPECT_EQ(s.settings.value_as_told(hash), after({}));
    EXPECT_TRUE(s.value());
}

}  // namespace
}  // namespace pgfold::test
