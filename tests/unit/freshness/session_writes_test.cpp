// For how long writes are in flight, and which answers they make invalid.
#include <gtest/gtest.h>

#include "unit/freshness/session_fixture.hpp"

namespace pgfold::freshness {
namespace {

using namespace std::chrono_literals;

constexpr timestamp start{1'000'000s};
constexpr const char* read_a = "SELECT * FROM a WHERE id = 1";
constexpr const char* read_b = "SELECT * FROM b WHERE id = 1";
constexpr const char* read_c = "SELECT * FROM c WHERE id = 1";

TEST(session_writes_test, an_answer_lives_until_its_table_is_written) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    const stamp b = shared.remember(read_b);
    EXPECT_TRUE(is_valid(a));

    writer.send("UPDATE a SET id = 2");
    EXPECT_FALSE(is_valid(a)) << "from before the statement is sent";
    EXPECT_FALSE(is_valid(shared.remember(read_a))) << "nothing new is kept either";
    EXPECT_TRUE(is_valid(b));

    writer.receive("UPDATE 1", 'I');
    EXPECT_FALSE(is_valid(a)) << "the old answer stays old";
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
    EXPECT_TRUE(is_valid(b));
}

TEST(session_writes_test, cascades_count) {
    shared_state shared;
    client writer(shared);
    const stamp b = shared.remember(read_b);
    const stamp c = shared.remember(read_c);
    writer.run("DELETE FROM a", "DELETE 1", 'I');
    EXPECT_FALSE(is_valid(b));
    EXPECT_TRUE(is_valid(c));
}

TEST(session_writes_test, a_transaction_holds_its_writes_to_its_end) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.run("SELECT 1", "SELECT 1", 'T');
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.send("COMMIT");
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.receive("COMMIT", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, a_rollback_ends_them_too) {
    shared_state shared;
    client writer(shared);
    const stamp c = shared.remember(read_c);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "", 'E');
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.run("ROLLBACK", "ROLLBACK", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
    EXPECT_FALSE(is_valid(c)) << "nobody looks whether it was rolled back";
}

TEST(session_writes_test, rolling_back_to_a_savepoint_ends_nothing) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    writer.run("SAVEPOINT s", "SAVEPOINT", 'T');
    writer.run("ROLLBACK TO s", "ROLLBACK", 'T');
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.run("COMMIT", "COMMIT", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, pipelined_requests_end_one_by_one) {
    shared_state shared;
    client writer(shared);
    writer.send("UPDATE b SET id = 1");
    writer.send("UPDATE c SET id = 1");
    writer.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_b)));
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, one_table_in_two_pipelined_requests) {
    shared_state shared;
    client writer(shared);
    writer.send("UPDATE c SET id = 1");
    writer.send("UPDATE c SET id = 2");
    writer.receive("UPDATE 1", 'I');
    EXPECT_FALSE(is_valid(shared.remember(read_c))) << "the second is still on its way";
    writer.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, several_statements_under_one_sync) {
    shared_state shared;
    client writer(shared);
    writer.forward("UPDATE b SET id = 1");
    writer.forward("UPDATE c SET id = 1");
    writer.sync();
    writer.writes.on_outcome("UPDATE 1");
    EXPECT_FALSE(is_valid(shared.remember(read_b)));
    writer.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_b)));
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, a_sync_that_copy_swallows_is_settled_by_the_next) {
    shared_state shared;
    client writer(shared);
    writer.forward("COPY c FROM STDIN");
    (void)writer.writes.on_request_sent();  // ignored by a server that waits for data
    writer.sync();
    writer.receive("COPY 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
    EXPECT_FALSE(writer.writes.has_writes_in_flight());
}

TEST(session_writes_test, two_writers_of_one_table) {
    shared_state shared;
    client one(shared);
    client other(shared);
    one.send("UPDATE c SET id = 1");
    other.send("UPDATE c SET id = 2");
    one.receive("UPDATE 1", 'I');
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    other.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(session_writes_test, what_is_unknown_writes_everything) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    writer.send("EXECUTE p");
    EXPECT_FALSE(is_valid(a));
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    writer.receive("UPDATE 1", 'I');
    shared.publish();
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
    EXPECT_FALSE(is_valid(a));
}

TEST(session_writes_test, many_tables_are_everything) {
    catalog::made_catalog rows;
    std::string text;
    for (catalog::oid i = 1; i <= write_ticket::tables_max + 1; ++i) {
        const std::string name = "t" + std::to_string(i);
        rows.add(catalog::catalog_part::relations,
                 {std::to_string(i), "2200", name, "r", "f", "f"});
        text += "UPDATE " + name + " SET x = 1; ";
    }
    rows.add(catalog::catalog_part::relations, {"5000", "2200", "apart", "r", "f", "f"});
    shared_state shared;
    shared.database->catalog().invalidate();
    EXPECT_TRUE(
        shared.database->catalog().publish(rows.build(), shared.database->catalog().generation()));
    client writer(shared);
    const stamp apart = shared.remember("SELECT * FROM apart");
    EXPECT_TRUE(is_valid(apart));
    writer.send(text);
    EXPECT_FALSE(is_valid(apart));
    writer.receive("UPDATE 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember("SELECT * FROM apart")));
}

// --- two-phase commit -------------------------------------------------------------------------

void prepare(client& writer, const char* gid) {
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    writer.run("PREPARE TRANSACTION '" + std::string(gid) + "'", "PREPARE TRANSACTION", 'I');
}

TEST(two_phase_test, stays_in_flight_until_it_is_committed_elsewhere) {
    shared_state shared;
    client other(shared);
    {
        client writer(shared);
        prepare(writer, "x");
        EXPECT_FALSE(writer.writes.has_writes_in_flight());
        writer.writes.on_connection_lost(start);
    }
    EXPECT_EQ(shared.versions.unsettled().prepared(), 1u);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    shared.versions.unsettled().expire(start + 24h);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));

    const stamp b = shared.remember(read_b);
    other.send("COMMIT PREPARED 'x'");
    EXPECT_TRUE(is_valid(b)) << "its tables are known";
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    other.receive("COMMIT PREPARED", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
    EXPECT_EQ(shared.versions.unsettled().prepared(), 0u);
}

TEST(two_phase_test, or_rolled_back) {
    shared_state shared;
    client writer(shared);
    prepare(writer, "it''s");
    writer.run("ROLLBACK PREPARED 'it''s'", "ROLLBACK PREPARED", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(two_phase_test, what_could_not_be_committed_stays_prepared) {
    shared_state shared;
    client writer(shared);
    prepare(writer, "x");
    writer.run("COMMIT PREPARED 'x'", "", 'I');
    EXPECT_EQ(shared.versions.unsettled().prepared(), 1u);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
}

TEST(two_phase_test, what_could_not_be_prepared_is_over) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "", 'E');
    writer.run("PREPARE TRANSACTION 'x'", "ROLLBACK", 'I');
    EXPECT_EQ(shared.versions.unsettled().prepared(), 0u);
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(two_phase_test, committing_what_is_not_known_writes_everything) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    writer.send("COMMIT PREPARED 'of another time'");
    EXPECT_FALSE(is_valid(a));
    writer.receive("COMMIT PREPARED", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
}

TEST(two_phase_test, rolling_back_what_is_not_known_writes_nothing) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    writer.run("ROLLBACK PREPARED 'of another time'", "ROLLBACK PREPARED", 'I');
    EXPECT_TRUE(is_valid(a));
}

TEST(two_phase_test, the_oldest_give_way_and_are_written_off_as_everything) {
    shared_state shared({}, {.prepared_max = 2});
    client writer(shared);
    prepare(writer, "1");
    prepare(writer, "2");
    prepare(writer, "3");
    EXPECT_EQ(shared.versions.unsettled().prepared(), 2u);
    const stamp a = shared.remember(read_a);
    writer.send("COMMIT PREPARED '1'");
    EXPECT_FALSE(is_valid(a));
    writer.receive("COMMIT PREPARED", 'I');
}

TEST(two_phase_test, prepared_in_a_text_with_other_statements) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN; UPDATE c SET id = 1; PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION", 'I');
    const stamp a = shared.remember(read_a);
    writer.send("COMMIT PREPARED 'x'");
    EXPECT_FALSE(is_valid(a)) << "its name was not seen";
}

TEST(prepared_gid_test, of_plain_constants_only) {
    const std::pair<const char*, std::optional<std::string>> cases[] = {
        {"PREPARE TRANSACTION 'abc'", "abc"},
        {"prepare transaction /* 'no' */ 'it''s' -- 'no'", "it's"},
        {"COMMIT PREPARED ''", ""},
        {"COMMIT PREPARED 'a\\b'", std::nullopt},
        {"COMMIT PREPARED E'ab'", std::nullopt},
        {"COMMIT PREPARED U&'ab'", std::nullopt},
        {"COMMIT PREPARED $$ab$$", std::nullopt},
        {"COMMIT PREPARED 'a'\n'b'", std::nullopt},
        {"COMMIT PREPARED 'a' 'b'", std::nullopt},
        {"COMMIT PREPARED $1", std::nullopt},
        {"COMMIT PREPARED 'abc", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [text, gid] : cases)
        EXPECT_EQ(prepared_gid(text), gid) << text;
}

// --- connections that are lost ----------------------------------------------------------------

TEST(lost_connection_test, an_open_outcome_stays_in_flight_for_a_bounded_time) {
    shared_state shared;
    const stamp c = shared.remember(read_c);
    {
        client writer(shared);
        writer.send("UPDATE c SET id = 1");
        writer.writes.on_connection_lost(start);
    }
    unsettled_writes& unsettled = shared.versions.unsettled();
    EXPECT_EQ(unsettled.lost(), 1u);
    unsettled.expire(start + 9s);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
    unsettled.expire(start + 10s);
    EXPECT_EQ(unsettled.lost(), 0u);
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
    EXPECT_FALSE(is_valid(c));
}

TEST(lost_connection_test, so_does_a_commit_on_its_way) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    writer.forward("COMMIT");  // executed at once, also before its Sync
    writer.writes.on_connection_lost(start);
    EXPECT_EQ(shared.versions.unsettled().lost(), 1u);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
}

TEST(lost_connection_test, an_idle_transaction_is_rolled_back) {
    shared_state shared;
    client writer(shared);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("UPDATE c SET id = 1", "UPDATE 1", 'T');
    writer.writes.on_connection_lost(start);
    EXPECT_EQ(shared.versions.unsettled().lost(), 0u);
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(lost_connection_test, while_committing_what_was_prepared) {
    shared_state shared;
    client writer(shared);
    prepare(writer, "x");
    client other(shared);
    other.send("COMMIT PREPARED 'x'");
    other.writes.on_connection_lost(start);
    EXPECT_EQ(shared.versions.unsettled().lost(), 1u);
    EXPECT_EQ(shared.versions.unsettled().prepared(), 1u) << "it may not have happened";
}

TEST(lost_connection_test, many_at_once_are_bounded) {
    shared_state shared({}, {.lost_max = 3});
    for (int i = 0; i < 10; ++i) {
        client writer(shared);
        writer.send("UPDATE c SET id = 1");
        writer.writes.on_connection_lost(start);
    }
    EXPECT_EQ(shared.versions.unsettled().lost(), 3u);
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
}

TEST(lost_connection_test, a_session_that_just_goes_away_leaves_nothing_in_flight) {
    shared_state shared;
    const stamp c = shared.remember(read_c);
    {
        client writer(shared);
        writer.send("UPDATE c SET id = 1");
    }
    EXPECT_FALSE(is_valid(c));
    EXPECT_TRUE(is_valid(shared.remember(read_c)));
}

TEST(blind_session_test, writes_everything_for_as_long_as_it_lasts) {
    shared_state shared;
    client writer(shared);
    writer.writes.on_blind();
    writer.run("SELECT 1", "SELECT 1", 'I');
    EXPECT_FALSE(is_valid(shared.remember(read_a)));
    writer.writes.on_connection_lost(start);
    EXPECT_FALSE(is_valid(shared.remember(read_a)));
    shared.versions.unsettled().expire(start + 10s);
    shared.publish();
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
}

// --- DDL --------------------------------------------------------------------------------------

TEST(ddl_test, ends_the_catalog_with_the_transaction) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    writer.run("BEGIN", "BEGIN", 'T');
    writer.run("ALTER TABLE c ADD x int", "ALTER TABLE", 'T');
    EXPECT_FALSE(is_valid(a));
    EXPECT_NE(shared.database->catalog().current().known, nullptr);
    writer.run("COMMIT", "COMMIT", 'I');
    EXPECT_EQ(shared.database->catalog().current().known, nullptr);
    EXPECT_FALSE(is_valid(shared.remember(read_a))) << "nothing is known";
    shared.publish();
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
    EXPECT_FALSE(is_valid(a));
}

TEST(ddl_test, an_answer_looked_up_with_the_old_catalog_is_not_kept) {
    shared_state shared;
    client writer(shared);
    const tracked_effects_ptr old = shared.effects(read_a);
    writer.run("CREATE TABLE x (a int)", "CREATE TABLE", 'I');
    shared.publish();
    EXPECT_FALSE(is_valid(database_versions::capture(old->reads)));
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
}

// The INSERT waits for the table's lock, which CREATE TRIGGER holds, and then fires a trigger that
// nobody knew of when the INSERT was sent.
TEST(ddl_test, outlasts_writers_that_did_not_know_of_it) {
    shared_state shared;
    client owner(shared);
    client writer(shared);
    owner.run("BEGIN", "BEGIN", 'T');
    owner.run("CREATE TRIGGER t AFTER INSERT ON c EXECUTE FUNCTION f()", "CREATE TRIGGER", 'T');
    writer.send("INSERT INTO c VALUES (1)");
    owner.run("COMMIT", "COMMIT", 'I');
    shared.publish();
    EXPECT_FALSE(is_valid(shared.remember(read_a))) << "the trigger may be writing a";
    client later(shared);
    later.send("UPDATE b SET id = 1");
    writer.receive("INSERT 0 1", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_a))) << "later writers know";
    EXPECT_FALSE(is_valid(shared.remember(read_b)));
}

TEST(ddl_test, a_writer_that_looked_up_before_and_sends_after) {
    shared_state shared;
    client owner(shared);
    client writer(shared);
    const tracked_effects_ptr old = shared.effects("UPDATE c SET id = 1");
    owner.run("CREATE TRIGGER t AFTER UPDATE ON c EXECUTE FUNCTION f()", "CREATE TRIGGER", 'I');
    shared.publish();
    const stamp a = shared.remember(read_a);
    writer.writes.on_forward(old);
    EXPECT_FALSE(is_valid(a)) << "it counts as a writer of everything";
}

TEST(ddl_test, what_was_prepared_before_does_not_hold_it_up) {
    shared_state shared;
    client writer(shared);
    prepare(writer, "x");
    client owner(shared);
    owner.run("CREATE TABLE x (a int)", "CREATE TABLE", 'I');
    shared.publish();
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
    EXPECT_FALSE(is_valid(shared.remember(read_c)));
}

TEST(ddl_test, what_is_prepared_meanwhile_writes_everything) {
    shared_state shared;
    client owner(shared);
    client writer(shared);
    owner.run("BEGIN", "BEGIN", 'T');
    owner.run("CREATE TRIGGER t AFTER UPDATE ON c EXECUTE FUNCTION f()", "CREATE TRIGGER", 'T');
    writer.run("BEGIN", "BEGIN", 'T');
    writer.send("UPDATE c SET id = 1");
    owner.run("COMMIT", "COMMIT", 'I');
    writer.receive("UPDATE 1", 'T');
    writer.run("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION", 'I');
    shared.publish();
    EXPECT_FALSE(is_valid(shared.remember(read_a)));
    writer.run("COMMIT PREPARED 'x'", "COMMIT PREPARED", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
}

TEST(temporary_test, a_name_of_its_own_is_nobodys_business) {
    shared_state shared;
    client writer(shared);
    const stamp a = shared.remember(read_a);
    writer.run("CREATE TEMP TABLE passing (id int)", "CREATE TABLE", 'I');
    EXPECT_FALSE(writer.writes.hides_permanent());
    EXPECT_TRUE(is_valid(a));
    writer.run("INSERT INTO passing VALUES (1)", "INSERT 0 1", 'I');
    EXPECT_FALSE(is_valid(a)) << "it may have triggers";
}

TEST(temporary_test, a_name_that_hides_a_table_makes_the_session_unclear) {
    shared_state shared;
    client writer(shared);
    writer.run("CREATE TEMP VIEW c AS SELECT 1", "CREATE VIEW", 'I');
    EXPECT_TRUE(writer.writes.hides_permanent());
    const stamp a = shared.remember(read_a);
    EXPECT_TRUE(is_valid(a));
    writer.run("BEGIN", "BEGIN", 'T');
    EXPECT_TRUE(is_valid(a));
    writer.run(read_c, "SELECT 1", 'T');
    EXPECT_FALSE(is_valid(a));
    writer.run("COMMIT", "COMMIT", 'I');
    EXPECT_TRUE(is_valid(shared.remember(read_a)));
}

TEST(unknown_text_test, writes_everything_and_may_be_ddl) {
    shared_state shared;
    const auto ddl = [&](std::string_view text) {
        const tracked_effects_ptr effects = unknown_effects(*shared.database, text);
        EXPECT_TRUE(effects->found.writes_everything);
        EXPECT_FALSE(effects->is_plain_read);
        return effects->found.ddl != catalog::catalog_change::none;
    };
    EXPECT_FALSE(ddl("SELECT * FROM JSON_TABLE(x, '$') AS y"));
    EXPECT_FALSE(ddl("  (MERGE …) ; "));
    EXPECT_TRUE(ddl("SELECT x INTO y"));
    EXPECT_TRUE(ddl("SELECT 1; CREATE TABLE x"));
    EXPECT_TRUE(ddl("CREATE SOMETHING NEW"));
    EXPECT_TRUE(ddl(""));
    EXPECT_TRUE(ddl("select"));
    shared.database->catalog().invalidate();
    EXPECT_TRUE(ddl("SELECT 1 FROM x"));
}

TEST(standby_test, writers_are_elsewhere_as_long_as_a_session_is_on_a_standby) {
    shared_state shared;
    EXPECT_FALSE(shared.database->has_writers_elsewhere());
    {
        const standby_session one(shared.database);
        const auto two = std::make_unique<standby_session>(shared.database);
        EXPECT_TRUE(shared.versions.database("d")->has_writers_elsewhere());
        EXPECT_FALSE(shared.versions.database("e")->has_writers_elsewhere());
    }
    EXPECT_FALSE(shared.database->has_writers_elsewhere());
}

}  // namespace
}  // namespace pgfold::freshness
