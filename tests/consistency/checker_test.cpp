// Histories made by hand: good ones pass, and each way of being wrong is found, by its name.
#include "tests/consistency/checker/checker.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace pgfold::consistency {

void PrintTo(violation_kind kind, std::ostream* out) {
    *out << name_of(kind);
}

namespace {

struct span_of_time {
    nanoseconds from;
    nanoseconds until;
};

// Writes a history down, shortly. Times are small numbers; the setup is at 0.
class story {
public:
    std::uint32_t transaction_of(std::uint16_t client, nanoseconds started, span_of_time commit,
                                 outcome how = outcome::committed) {
        transaction done;
        done.client = client;
        done.started = started;
        done.committing = commit.from;
        done.ended = how == outcome::unknown ? never : commit.until;
        done.ended_as = how;
        told_.transactions.push_back(done);
        return static_cast<std::uint32_t>(told_.transactions.size() - 1);
    }
    std::uint32_t snapshot_of(std::uint16_t client, span_of_time snapshot, nanoseconds end) {
        const std::uint32_t number = transaction_of(client, snapshot.from, {end, end + 1});
        told_.transactions[number].repeatable_read = true;
        told_.transactions[number].snapshot_from = snapshot.from;
        told_.transactions[number].snapshot_until = snapshot.until;
        return number;
    }

    row_write& write(std::uint32_t in, row_id row, std::int64_t version, owner_id owner = nobody,
                     std::uint32_t statement = 0) {
        row_write done{row, version, writer_of(in, version), owner};
        done.transaction = in;
        done.statement = statement;
        told_.writes.push_back(done);
        return told_.writes.back();
    }
    // One statement, one transaction.
    std::uint32_t write_alone(row_id row, std::int64_t version, span_of_time when,
                              owner_id owner = nobody) {
        const std::uint32_t number = transaction_of(9, when.from, when);
        write(number, row, version, owner);
        return number;
    }

    read_operation& read(span_of_time when, std::initializer_list<seen_row> rows) {
        read_operation done;
        done.query = "read";
        done.invoked = when.from;
        done.responded = when.until;
        done.rows = rows;
        told_.reads.push_back(done);
        return told_.reads.back();
    }
    read_operation& list(span_of_time when, relation in, owner_id owner,
                         std::initializer_list<seen_row> rows) {
        read_operation& done = read(when, rows);
        done.listings.push_back({in, owner});
        return done;
    }
    read_operation& absent(span_of_time when, row_id row) {
        read_operation& done = read(when, {});
        done.conditions.push_back({row, gone, true});
        return done;
    }
    read_operation& in(std::uint32_t transaction, std::uint32_t statement, read_operation& read) {
        read.transaction = transaction;
        read.statement = statement;
        return read;
    }

    static std::uint64_t writer_of(std::uint32_t transaction, std::int64_t version) {
        return transaction * 100 + static_cast<std::uint64_t>(version);
    }
    static seen_row seen(row_id row, std::int64_t version, std::uint32_t by,
                         owner_id owner = unknown_owner) {
        return {row, version, writer_of(by, version), owner};
    }

    [[nodiscard]] history take() { return std::exchange(told_, {}); }

private:
    history told_;
};

std::vector<violation_kind> kinds_in(const verdict& found) {
    std::vector<violation_kind> kinds;
    for (const violation& one : found.violations)
        kinds.push_back(one.kind);
    return kinds;
}

using kinds = std::vector<violation_kind>;
constexpr row_id x{relation::account, 1};
constexpr row_id y{relation::account, 2};
constexpr row_id father{relation::parent, 1};
constexpr row_id mother{relation::parent, 2};
constexpr row_id son{relation::child, 11};
constexpr row_id grandson{relation::grandchild, 21};
constexpr row_id letter{relation::note, 31};

class checker_test : public testing::Test {
protected:
    // Transaction 0 is the setup.
    void SetUp() override {
        const std::uint32_t setup = told.transaction_of(0, 0, {0, 0});
        told.write(setup, x, 1);
        told.write(setup, y, 1);
        told.write(setup, father, 1, 1);
        told.write(setup, mother, 1, 1);
        told.write(setup, son, 1, father.id);
        told.write(setup, grandson, 1, son.id);
        told.write(setup, letter, 1, father.id);
    }
    kinds check() { return kinds_in(judge.check(told.take())); }

    checker judge;
    story told;
};

TEST_F(checker_test, nothing_but_the_setup_is_consistent) {
    told.read({10, 11}, {story::seen(x, 1, 0), story::seen(son, 1, 0, father.id)});
    told.list({12, 13}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    told.absent({14, 15}, {relation::child, 12});
    EXPECT_EQ(check(), kinds{});
}

// One row

TEST_F(checker_test, a_read_beside_a_write_may_see_either) {
    const auto by = told.write_alone(x, 2, {10, 20});
    told.read({9, 16}, {story::seen(x, 2, by)});
    told.read({11, 15}, {story::seen(x, 1, 0)});
    EXPECT_EQ(check(), kinds{});
}

TEST_F(checker_test, an_acknowledged_write_is_seen) {
    told.write_alone(x, 2, {10, 20});
    told.read({21, 22}, {story::seen(x, 1, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, what_one_client_has_seen_no_other_misses) {
    const auto by = told.write_alone(x, 2, {10, 40});
    told.read({11, 20}, {story::seen(x, 2, by)});
    told.read({21, 22}, {story::seen(x, 1, 0)}).client = 2;
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, what_is_known_of_a_transaction_is_known_of_all_its_rows) {
    const auto by = told.transaction_of(1, 5, {10, 40});
    told.write(by, x, 2);
    told.write(by, y, 2);
    told.read({11, 20}, {story::seen(x, 2, by)});
    told.read({21, 22}, {story::seen(y, 1, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, a_later_version_vouches_for_the_earlier_transaction) {
    const auto first = told.transaction_of(1, 5, {10, 60});
    told.write(first, x, 2);
    told.write(first, y, 2);
    const auto second = told.write_alone(x, 3, {12, 60});
    told.read({13, 20}, {story::seen(x, 3, second)});
    told.read({21, 22}, {story::seen(y, 1, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, nothing_is_seen_before_its_commit_is_asked_for) {
    const auto by = told.transaction_of(1, 5, {30, 40});
    told.write(by, x, 2);
    told.read({10, 20}, {story::seen(x, 2, by)});
    EXPECT_EQ(check(), kinds{violation_kind::uncommitted_read});
}

TEST_F(checker_test, what_was_rolled_back_is_never_seen) {
    const auto by = told.transaction_of(1, 5, {10, 11}, outcome::aborted);
    told.write(by, x, 2);
    told.read({20, 21}, {story::seen(x, 2, by)});
    EXPECT_EQ(check(), kinds{violation_kind::aborted_read});
}

TEST_F(checker_test, only_the_last_write_of_a_transaction_is_seen) {
    const auto by = told.transaction_of(1, 5, {10, 11});
    told.write(by, x, 2, nobody, 0);
    told.write(by, x, 3, nobody, 1);
    told.read({9, 21}, {story::seen(x, 2, by)});
    EXPECT_EQ(check(), kinds{violation_kind::aborted_read});
}

TEST_F(checker_test, a_row_that_nobody_wrote) {
    told.read({20, 21}, {story::seen(x, 7, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::unwritten_row});
}

TEST_F(checker_test, the_row_of_another_table_under_the_same_id) {
    const auto by = told.write_alone({relation::item_east, 1}, 1, {10, 20});
    told.write_alone({relation::item_west, 1}, 1, {10, 20});
    told.read({30, 31}, {story::seen({relation::item_west, 1}, 1, by)});
    EXPECT_EQ(check(), kinds{violation_kind::unwritten_row});
}

TEST_F(checker_test, two_commits_of_one_version) {
    told.write_alone(x, 2, {10, 20});
    told.write_alone(x, 2, {30, 40});
    EXPECT_EQ(check(), kinds{violation_kind::lost_update});
}

TEST_F(checker_test, a_version_by_nobody) {
    told.write_alone(x, 3, {10, 20});
    EXPECT_EQ(check(), kinds{violation_kind::unexplained_write});
}

// Lists

TEST_F(checker_test, a_list_lacks_nothing) {
    told.list({10, 11}, relation::child, father.id, {});
    EXPECT_EQ(check(), kinds{violation_kind::missing_row});
}

TEST_F(checker_test, a_list_has_what_was_inserted) {
    const row_id daughter{relation::child, 12};
    const auto by = told.write_alone(daughter, 1, {10, 20}, father.id);
    told.list({11, 15}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    told.list({21, 22}, relation::child, father.id,
              {story::seen(son, 1, 0, father.id), story::seen(daughter, 1, by, father.id)});
    told.list({23, 24}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    EXPECT_EQ(check(), kinds{violation_kind::missing_row});
}

TEST_F(checker_test, a_list_has_nothing_that_was_deleted) {
    told.write_alone(son, 2, {10, 20}, gone);
    told.list({15, 16}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    told.list({21, 22}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, what_was_seen_to_be_gone_does_not_come_back) {
    told.write_alone(son, 2, {10, 40}, gone);
    told.list({15, 16}, relation::child, father.id, {});
    told.list({17, 18}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, a_row_that_moves_is_in_one_list) {
    const auto by = told.write_alone(son, 2, {10, 20}, mother.id);
    told.list({21, 22}, relation::child, mother.id, {story::seen(son, 2, by, mother.id)});
    told.list({23, 24}, relation::child, father.id, {});
    told.list({25, 26}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    told.list({27, 28}, relation::child, mother.id, {});
    EXPECT_EQ(check(), (kinds{violation_kind::stale_row, violation_kind::missing_row}));
}

TEST_F(checker_test, the_latest_says_that_there_is_none_later) {
    const row_id daughter{relation::child, 12};
    told.write_alone(daughter, 1, {10, 20}, father.id);
    told.read({30, 31}, {story::seen(son, 1, 0, father.id)})
        .listings.push_back({relation::child, father.id, son.id});
    EXPECT_EQ(check(), kinds{violation_kind::missing_row});
}

TEST_F(checker_test, rows_of_another_key_twice_or_out_of_order) {
    const row_id daughter{relation::child, 12};
    const auto by = told.write_alone(daughter, 1, {5, 6}, father.id);
    const seen_row one = story::seen(son, 1, 0, father.id);
    const seen_row two = story::seen(daughter, 1, by, father.id);
    told.list({10, 11}, relation::child, mother.id, {one});
    told.list({12, 13}, relation::child, father.id, {one, two, two});
    told.list({14, 15}, relation::child, father.id, {two, one}).listings.front().ordered = true;
    told.list({16, 17}, relation::child, father.id, {two, one});
    EXPECT_EQ(check(), (kinds{violation_kind::malformed_answer, violation_kind::malformed_answer,
                              violation_kind::malformed_answer}));
}

// Foreign keys

TEST_F(checker_test, children_go_with_their_parent_and_theirs_with_them) {
    told.write_alone(father, 2, {10, 20}, gone);
    told.list({21, 22}, relation::child, father.id, {});
    told.absent({23, 24}, grandson);
    told.read({25, 26}, {story::seen(grandson, 1, 0, son.id)});
    told.list({27, 28}, relation::child, father.id, {story::seen(son, 1, 0, father.id)});
    EXPECT_EQ(check(), (kinds{violation_kind::stale_row, violation_kind::stale_row}));
}

TEST_F(checker_test, a_child_that_moved_away_in_time_stays) {
    const auto by = told.write_alone(son, 2, {5, 6}, mother.id);
    told.write_alone(father, 2, {10, 20}, gone);
    told.read({21, 22}, {story::seen(son, 2, by, mother.id)});
    told.absent({23, 24}, son);
    EXPECT_EQ(check(), kinds{violation_kind::missing_row});
}

TEST_F(checker_test, a_foreign_key_that_sets_to_null) {
    told.write_alone(father, 2, {10, 20}, gone);
    told.read({21, 22}, {story::seen(letter, 1, 0, nobody)});
    told.read({23, 24}, {story::seen(letter, 1, 0, father.id)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, an_owner_that_the_row_never_had) {
    told.read({21, 22}, {story::seen(letter, 1, 0, mother.id)});
    EXPECT_EQ(check(), kinds{violation_kind::wrong_owner});
}

// One statement, one moment

TEST_F(checker_test, the_parts_of_one_answer_are_of_one_moment) {
    const auto both = told.transaction_of(1, 5, {30, 40});
    told.write(both, x, 2);
    told.write(both, y, 2);
    told.read({10, 50}, {story::seen(x, 2, both), story::seen(y, 2, both)});
    told.read({12, 52}, {story::seen(x, 2, both), story::seen(y, 1, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::torn_snapshot});
}

TEST_F(checker_test, a_list_has_all_of_a_transaction_or_nothing) {
    const auto both = told.transaction_of(1, 5, {30, 40});
    told.write(both, x, 2);
    told.write(both, {relation::child, 12}, 1, father.id);
    told.list({12, 52}, relation::child, father.id,
              {story::seen(son, 1, 0, father.id), story::seen(x, 2, both)});
    EXPECT_EQ(check(), kinds{violation_kind::torn_snapshot});
}

TEST_F(checker_test, an_answer_is_not_older_than_the_newest_of_its_parts) {
    told.write_alone(x, 2, {10, 20});
    const auto later = told.write_alone(y, 2, {25, 60});
    // It began before either, but y's commit was asked for when x's was known.
    told.read({5, 55}, {story::seen(x, 1, 0), story::seen(y, 2, later)});
    EXPECT_EQ(check(), kinds{violation_kind::torn_snapshot});
}

TEST_F(checker_test, a_list_is_not_older_than_the_rest_of_the_answer) {
    told.write_alone({relation::child, 12}, 1, {10, 20}, father.id);
    const auto later = told.write_alone(x, 2, {25, 60});
    told.list({5, 55}, relation::child, father.id,
              {story::seen(son, 1, 0, father.id), story::seen(x, 2, later)});
    EXPECT_EQ(check(), kinds{violation_kind::torn_snapshot});
}

TEST_F(checker_test, a_locking_read_sees_each_row_as_it_is) {
    told.write_alone(x, 2, {10, 20});
    const auto later = told.write_alone(y, 2, {25, 60});
    told.read({5, 55}, {story::seen(x, 1, 0), story::seen(y, 2, later)}).locking = true;
    EXPECT_EQ(check(), kinds{});
}

// Inside transactions

TEST_F(checker_test, a_transaction_sees_what_it_wrote) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, x, 2, nobody, 1);
    told.in(mine, 0, told.read({10, 11}, {story::seen(x, 1, 0)}));
    told.in(mine, 2, told.read({20, 21}, {story::seen(x, 2, mine)}));
    EXPECT_EQ(check(), kinds{});
}

TEST_F(checker_test, a_transaction_misses_what_it_wrote) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, x, 2, nobody, 1);
    told.write(mine, {relation::child, 12}, 1, father.id, 2);
    told.write(mine, son, 2, gone, 3);
    told.in(mine, 4, told.read({20, 21}, {story::seen(x, 1, 0)}));
    told.in(mine, 5, told.list({22, 23}, relation::child, father.id, {}));
    told.in(mine, 6, told.read({24, 25}, {story::seen(son, 1, 0, father.id)}));
    EXPECT_EQ(check(), (kinds{violation_kind::lost_own_write, violation_kind::lost_own_write}));
}

TEST_F(checker_test, a_list_lacks_what_its_own_transaction_inserted) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, {relation::child, 12}, 1, father.id, 0);
    told.in(mine, 1,
            told.list({22, 23}, relation::child, father.id, {story::seen(son, 1, 0, father.id)}));
    EXPECT_EQ(check(), kinds{violation_kind::lost_own_write});
}

TEST_F(checker_test, rolled_back_to_a_savepoint) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, x, 2, nobody, 1);
    told.write(mine, x, 3, nobody, 3).undone_at = 4;
    told.in(mine, 5, told.read({20, 21}, {story::seen(x, 2, mine)}));
    EXPECT_EQ(check(), kinds{});
}

TEST_F(checker_test, still_there_after_it_was_rolled_back_to_a_savepoint) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, x, 2, nobody, 3).undone_at = 4;
    told.in(mine, 5, told.read({20, 21}, {story::seen(x, 2, mine)}));
    EXPECT_EQ(check(), kinds{violation_kind::lost_own_write});
}

TEST_F(checker_test, children_of_a_parent_that_the_transaction_has_deleted) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.write(mine, father, 2, gone, 0);
    told.in(mine, 1, told.list({10, 11}, relation::child, father.id, {}));
    told.in(mine, 2,
            told.list({12, 13}, relation::child, father.id, {story::seen(son, 1, 0, father.id)}));
    EXPECT_EQ(check(), kinds{violation_kind::lost_own_write});
}

TEST_F(checker_test, read_committed_sees_what_others_commit_meanwhile) {
    const auto mine = told.transaction_of(1, 5, {50, 60});
    told.in(mine, 0, told.read({10, 11}, {story::seen(x, 1, 0)}));
    const auto other = told.write_alone(x, 2, {12, 14});
    told.in(mine, 1, told.read({20, 21}, {story::seen(x, 2, other)}));
    told.in(mine, 2, told.read({22, 23}, {story::seen(x, 1, 0)}));
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

// REPEATABLE READ

TEST_F(checker_test, a_snapshot_stays) {
    const auto mine = told.snapshot_of(1, {10, 11}, 90);
    told.write_alone(x, 2, {20, 21});
    told.in(mine, 0, told.read({10, 11}, {story::seen(y, 1, 0)}));
    told.in(mine, 1, told.read({30, 31}, {story::seen(x, 1, 0)}));
    EXPECT_EQ(check(), kinds{});
}

TEST_F(checker_test, newer_than_the_snapshot) {
    const auto mine = told.snapshot_of(1, {10, 11}, 90);
    const auto other = told.write_alone(x, 2, {20, 21});
    told.in(mine, 1, told.read({30, 31}, {story::seen(x, 2, other)}));
    EXPECT_EQ(check(), kinds{violation_kind::snapshot_moved});
}

TEST_F(checker_test, older_than_the_snapshot) {
    const auto mine = told.snapshot_of(1, {10, 11}, 90);
    told.write_alone(x, 2, {5, 6});
    told.in(mine, 1, told.read({30, 31}, {story::seen(x, 1, 0)}));
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, two_states_of_a_row_in_one_snapshot) {
    const auto mine = told.snapshot_of(1, {10, 30}, 90);
    const auto other = told.write_alone(x, 2, {12, 28});
    told.in(mine, 0, told.read({10, 30}, {story::seen(x, 1, 0)}));
    told.in(mine, 1, told.read({40, 41}, {story::seen(x, 2, other)}));
    EXPECT_EQ(check(), kinds{violation_kind::snapshot_moved});
}

TEST_F(checker_test, a_row_that_a_list_of_the_same_snapshot_lacks) {
    const auto mine = told.snapshot_of(1, {10, 30}, 90);
    told.write_alone(son, 2, {12, 28}, gone);
    told.in(mine, 0,
            told.list({10, 30}, relation::child, father.id, {story::seen(son, 1, 0, father.id)}));
    told.in(mine, 1, told.list({40, 41}, relation::child, father.id, {}));
    EXPECT_EQ(check(), kinds{violation_kind::snapshot_moved});
}

// Outcomes that nobody knows

TEST_F(checker_test, an_unknown_outcome_may_be_either) {
    const auto lost = told.transaction_of(1, 5, {10, 11}, outcome::unknown);
    told.write(lost, x, 2);
    told.read({20, 21}, {story::seen(x, 1, 0)});
    told.read({22, 23}, {story::seen(x, 2, lost)});
    EXPECT_EQ(check(), kinds{});
}

TEST_F(checker_test, an_unknown_outcome_that_was_seen_stays) {
    const auto lost = told.transaction_of(1, 5, {10, 11}, outcome::unknown);
    told.write(lost, x, 2);
    told.write(lost, y, 2);
    told.read({20, 21}, {story::seen(x, 2, lost)});
    told.read({22, 23}, {story::seen(y, 1, 0)});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, an_unknown_outcome_whose_version_another_took) {
    const auto lost = told.transaction_of(1, 5, {10, 11}, outcome::unknown);
    told.write(lost, x, 2);
    told.write(lost, y, 2);
    const auto other = told.write_alone(x, 2, {30, 31});
    told.read({40, 41}, {story::seen(x, 2, other), story::seen(y, 1, 0)});
    told.read({42, 43}, {story::seen(y, 2, lost)});
    EXPECT_EQ(check(), kinds{violation_kind::aborted_read});
}

TEST_F(checker_test, an_unknown_outcome_whose_version_another_took_and_wrote_again) {
    const auto lost = told.transaction_of(1, 5, {10, 11}, outcome::unknown);
    told.write(lost, x, 2);
    const auto other = told.transaction_of(2, 20, {30, 31});
    told.write(other, x, 2, nobody, 0);
    told.write(other, x, 3, nobody, 1);
    told.read({40, 41}, {story::seen(x, 3, other)});
    EXPECT_EQ(check(), kinds{});
}

// From one part of a history to the next

TEST_F(checker_test, versions_go_on_in_the_next_part) {
    const auto first = told.write_alone(x, 2, {10, 20});
    told.read({30, 31}, {story::seen(x, 2, first)});
    ASSERT_EQ(check(), kinds{});
    const std::uint64_t writer = story::writer_of(first, 2);
    told.transaction_of(1, 100, {100, 100});  // so that numbers differ from the first part's
    told.transaction_of(1, 100, {100, 100});
    told.read({110, 111}, {{x, 2, writer}});
    told.write_alone(x, 3, {120, 121});
    told.read({130, 131}, {{x, 2, writer}});
    EXPECT_EQ(check(), kinds{violation_kind::stale_row});
}

TEST_F(checker_test, what_is_gone_since_the_last_part_is_unheard_of) {
    told.write_alone(father, 2, {10, 20}, gone);
    ASSERT_EQ(check(), kinds{});
    told.absent({110, 111}, son);
    told.read({112, 113}, {story::seen(letter, 1, 0, nobody)});
    told.read({114, 115}, {story::seen(son, 1, 0, father.id)});
    EXPECT_EQ(check(), kinds{violation_kind::unwritten_row});
}

// A pass means something only if there was something to see.

TEST_F(checker_test, counts_reads_that_met_writes) {
    const auto by = told.write_alone(x, 2, {10, 20});
    told.read({5, 9}, {story::seen(x, 1, 0)});
    told.read({12, 18}, {story::seen(x, 1, 0)});
    told.read({15, 25}, {story::seen(x, 2, by)});
    told.read({30, 31}, {story::seen(x, 2, by)});
    const verdict found = judge.check(told.take());
    EXPECT_EQ(found.violation_count, 0U);
    EXPECT_EQ(found.counts.reads, 4U);
    EXPECT_EQ(found.counts.raced, 2U);
}

TEST_F(checker_test, counts_lookups_whose_rows_changed_since_the_list) {
    const auto by = told.write_alone(x, 2, {10, 20});
    told.read({30, 31}, {story::seen(x, 2, by)}).loop_started = 5;
    told.read({32, 33}, {story::seen(x, 2, by)}).loop_started = 25;
    told.read({34, 35}, {story::seen(y, 1, 0)}).loop_started = 5;
    const verdict found = judge.check(told.take());
    EXPECT_EQ(found.counts.ambushed, 1U);
}

TEST_F(checker_test, a_violation_tells_what_happened) {
    told.write_alone(x, 2, {10, 20});
    told.read({21, 22}, {story::seen(x, 1, 0)});
    const verdict found = judge.check(told.take());
    ASSERT_EQ(found.violations.size(), 1U);
    EXPECT_NE(found.violations.front().text.find("account 1"), std::string::npos);
    EXPECT_NE(found.violations.front().text.find("version 2 was acknowledged"), std::string::npos);
}

}  // namespace
}  // namespace pgfold::consistency
