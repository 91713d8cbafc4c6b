// The words that readers and writers share, also under threads: run it under ThreadSanitizer.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "proxy/freshness/write_ticket.hpp"
#include "unit/freshness/session_fixture.hpp"

namespace pgfold::freshness {
namespace {

TEST(table_entry_test, never_shows_a_value_twice) {
    table_entry entry;
    const std::uint64_t fresh = entry.load();
    EXPECT_FALSE(table_entry::has_writers(fresh));
    entry.begin_write();
    const std::uint64_t writing = entry.load();
    EXPECT_TRUE(table_entry::has_writers(writing));
    entry.begin_write();
    entry.end_write();
    EXPECT_TRUE(table_entry::has_writers(entry.load()));
    entry.end_write();
    EXPECT_FALSE(table_entry::has_writers(entry.load()));
    EXPECT_EQ(table_entry::version(entry.load()), table_entry::version(fresh) + 2);
    EXPECT_NE(entry.load(), fresh);
}

TEST(database_versions_test, entries_stay_where_they_are) {
    shared_state shared;
    table_entry* first = &shared.database->table(7);
    for (catalog::oid id = 0; id < 10'000; ++id)
        (void)shared.database->table(id);
    EXPECT_EQ(&shared.database->table(7), first);
    EXPECT_NE(&shared.database->table(8), first);
}

TEST(database_versions_test, databases_are_apart) {
    shared_state shared;
    client writer(shared);
    const auto other = shared.versions.database("e");
    EXPECT_NE(other, shared.database);
    EXPECT_EQ(shared.versions.database("d"), shared.database);
    EXPECT_TRUE(other->catalog().publish(three_tables(), other->catalog().generation()));
    auto tables = std::make_shared<read_set>();
    tables->database = other;
    tables->catalog_generation = other->catalog().generation();
    tables->tables.push_back(&other->table(3));
    const stamp theirs = database_versions::capture(tables);
    writer.send("UPDATE c SET id = 1");
    EXPECT_TRUE(is_valid(theirs));
}

TEST(database_versions_test, a_stamp_of_nothing_is_never_valid) {
    EXPECT_FALSE(is_valid(stamp{}));
    EXPECT_FALSE(is_valid(database_versions::capture(nullptr)));
}

TEST(known_effects_test, are_worked_out_once_per_catalog) {
    shared_state shared;
    sql::statement_analyzer analyzer(sql::make_template_table());
    const sql::template_ptr statement = analyzer.analyze("SELECT * FROM a").statement;
    ASSERT_NE(statement, nullptr);
    known_effects known;
    const tracked_effects_ptr first = known.of(shared.database, *statement);
    EXPECT_TRUE(first->is_plain_read);
    EXPECT_EQ(known.of(shared.database, *statement), first);
    const catalog::search_path path{{"public"}};
    EXPECT_NE(known.of(shared.database, *statement, {&path, 1}), first);
    EXPECT_EQ(known.of(shared.database, *statement), first);
    EXPECT_NE(known.of(shared.versions.database("e"), *statement), first);

    shared.database->catalog().invalidate();
    const tracked_effects_ptr unknown = known.of(shared.database, *statement);
    EXPECT_FALSE(unknown->is_plain_read);
    EXPECT_EQ(unknown->reads, nullptr);
    shared.publish();
    EXPECT_NE(known.of(shared.database, *statement)->reads, nullptr);
}

// Writers commit to a row that is plain memory here; readers keep an answer and ask whether it may
// be served. If it may, nothing newer can have been committed before they asked.
TEST(database_versions_test, no_answer_older_than_what_could_be_seen) {
    constexpr int tables = 3;
    constexpr int rounds = 20'000;
    shared_state shared;
    std::array<table_entry*, tables> entries;
    std::array<std::atomic<std::uint64_t>, tables> committed{};
    for (catalog::oid i = 0; i < tables; ++i)
        entries[i] = &shared.database->table(i + 1);
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> served{0};
    std::atomic<std::uint64_t> refused{0};

    const auto write = [&](unsigned seed) {
        std::mt19937 random(seed);
        for (int i = 0; i < rounds; ++i) {
            const auto which = random() % tables;
            write_ticket ticket(shared.database);
            const std::vector<table_entry*> target{entries[which]};
            if (random() % 16 == 0)
                ticket.begin_everything(1);
            else
                ticket.begin(target, shared.database->catalog().generation(), 1);
            committed[which].fetch_add(1);
            ticket.end();
            // A loop of writes would leave no gap between them for an answer to be served in.
            for (int spin = 0; spin < 50; ++spin)
                (void)committed[which].load();
        }
    };
    const auto read = [&](unsigned seed) {
        std::mt19937 random(seed);
        auto set = std::make_shared<read_set>();
        set->database = shared.database;
        set->catalog_generation = shared.database->catalog().generation();
        set->tables.assign(entries.begin(), entries.end());
        while (!stop.load()) {
            const stamp kept = database_versions::capture(set);
            std::array<std::uint64_t, tables> answer;
            for (int i = 0; i < tables; ++i)
                answer[i] = committed[i].load();
            for (int again = 0; again < 4; ++again) {
                std::array<std::uint64_t, tables> seen;
                for (int i = 0; i < tables; ++i)
                    seen[i] = committed[i].load();
                if (!is_valid(kept)) {
                    refused.fetch_add(1);
                    break;
                }
                served.fetch_add(1);
                for (int i = 0; i < tables; ++i)
                    ASSERT_GE(answer[i], seen[i]);
            }
        }
    };
    std::vector<std::thread> readers;
    readers.emplace_back(read, 1);
    readers.emplace_back(read, 2);
    std::vector<std::thread> writers;
    writers.emplace_back(write, 3);
    writers.emplace_back(write, 4);
    for (std::thread& t : writers)
        t.join();
    stop.store(true);
    for (std::thread& t : readers)
        t.join();
    EXPECT_GT(served.load(), 0u);
    EXPECT_GT(refused.load(), 0u);
    for (const table_entry* entry : entries)
        EXPECT_FALSE(table_entry::has_writers(entry->load()));
    EXPECT_FALSE(table_entry::has_writers(shared.database->everything().load()));
}

// Sessions with transactions, two-phase commits, lost connections and DDL, all at once: at the end
// nothing is in flight.
TEST(database_versions_test, nothing_is_left_in_flight) {
    shared_state shared;
    const auto session = [&](unsigned seed) {
        std::mt19937 random(seed);
        sql::statement_analyzer analyzer(sql::make_template_table());
        known_effects known;
        for (int i = 0; i < 300; ++i) {
            session_writes writes(shared.database, shared.versions.unsettled());
            const auto step = [&](std::string_view text, std::string_view tag, char status) {
                const sql::analysis found = analyzer.analyze(text);
                writes.on_forward(known.of(shared.database, *found.statement),
                                  prepared_gid(text).value_or(""));
                const request_number request = writes.on_request_sent();
                if (random() % 50 == 0) return;
                writes.on_outcome(tag);
                writes.on_ready(status, request);
            };
            const std::string gid = std::to_string(seed) + "-" + std::to_string(i);
            step("UPDATE a SET id = 1", "UPDATE 1", 'T');
            step("DELETE FROM a", "DELETE 1", 'T');
            switch (random() % 6) {
                case 0:
                    step("PREPARE TRANSACTION '" + gid + "'", "PREPARE TRANSACTION", 'I');
                    step("COMMIT PREPARED '" + gid + "'", "COMMIT PREPARED", 'I');
                    break;
                case 1:
                    step("CREATE TABLE t (a int)", "CREATE TABLE", 'T');
                    step("COMMIT", "COMMIT", 'I');
                    (void)shared.database->catalog().publish(
                        three_tables(), shared.database->catalog().generation());
                    break;
                default:
                    step("COMMIT", "COMMIT", 'I');
                    break;
            }
            writes.on_connection_lost(timestamp(std::chrono::seconds(i)));
        }
    };
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 3; ++seed)
        threads.emplace_back(session, seed);
    for (int i = 0; i < 1'000; ++i)
        shared.versions.unsettled().expire(timestamp(std::chrono::seconds(i / 4)));
    for (std::thread& t : threads)
        t.join();
    shared.versions.unsettled().expire(timestamp(std::chrono::hours(1)));
    // Those whose COMMIT PREPARED was not heard of are committed by an operator.
    for (unsigned seed = 1; seed <= 3; ++seed) {
        for (int i = 0; i < 300; ++i)
            shared.versions.unsettled().end_prepared(
                *shared.database, std::to_string(seed) + "-" + std::to_string(i));
    }
    EXPECT_EQ(shared.versions.unsettled().prepared(), 0u);
    for (catalog::oid id = 1; id <= 3; ++id)
        EXPECT_FALSE(table_entry::has_writers(shared.database->table(id).load())) << id;
    EXPECT_FALSE(table_entry::has_writers(shared.database->everything().load()));
}

}  // namespace
}  // namespace pgfold::freshness
