// Rows that neither come nor go (but for the slots), and every way to change one of them.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>

#include "tests/consistency/driver/writer.hpp"

namespace pgfold::consistency {
namespace {

std::int64_t number_in(const std::string& text) {
    std::int64_t value = 0;
    const std::size_t start = text.find_first_of("0123456789");
    if (start != std::string::npos) {
        std::from_chars(text.data() + start, text.data() + text.size(), value);
    }
    return value;
}

}  // namespace

void writer::write_fixed(session& on, relation table, std::int64_t id, bool blocking) {
    switch (table) {
        case relation::account:
        case relation::mirror:
        case relation::late_mirror:
            write_account(on, id);
            return;
        case relation::vehicle:
            write_vehicle(on, id);
            return;
        case relation::part:
            write_part(on, id);
            return;
        case relation::slot:
        case relation::slot_view:
        case relation::slot_summary:
            write_slots(on, id, blocking);
            return;
        case relation::membership:
            write_membership(on, id);
            return;
        case relation::secret:
            if (chance(50)) {
                write_membership(on, id);
                return;
            }
            break;
        default:
            break;
    }
    update_plain(on, table == relation::ledger_copy ? relation::ledger : table, id);
}

void writer::update_plain(session& on, relation table, std::int64_t id) {
    const std::int64_t number = on.book().fresh_number();
    const auto by = static_cast<std::uint64_t>(number);
    const char* name = table == relation::ledger      ? "ledger"
                       : table == relation::secret    ? "secret"
                       : table == relation::item_west ? "consistency_west.item"
                                                      : "consistency_east.item";
    const answer got = on.write(
        table == relation::ledger   ? "update ledger (rule)"
        : table == relation::secret ? "update secret"
                                    : "update item",
        fmt::format(
            "UPDATE {} SET version = version + 1, writer = $2 WHERE id = $1 RETURNING version",
            name),
        {id, number}, any_form());
    if (!got.ok() || got.rows() != 1) return;
    const std::int64_t version = got.integer(0, 0);
    switch (table) {
        case relation::ledger:
            on.wrote({relation::ledger, id}, version, by);
            on.wrote({relation::ledger_copy, id}, version, by);
            return;
        case relation::secret:
            on.wrote({relation::secret, id}, version, by);
            return;
        case relation::item_west:
            on.wrote({relation::item_west, id}, version, by);
            return;
        default:
            on.wrote({relation::item_east, id}, version, by);
            return;
    }
}

void writer::wrote_account(session& on, std::int64_t id, std::int64_t version, std::uint64_t by) {
    on.wrote({relation::account, id}, version, by);
    on.wrote({relation::mirror, id}, version, by);
    on.wrote({relation::late_mirror, id}, version, by, nobody, unknown_owner, true);
}

void writer::write_account(session& on, std::int64_t id) {
    const std::int64_t number = on.book().fresh_number();
    const auto by = static_cast<std::uint64_t>(number);
    const std::string update =
        " SET version = version + 1, writer = $2 WHERE id = $1 RETURNING version";
    answer got;
    constexpr std::array<unsigned, 4> plain{0, 4, 7, 12};
    switch (opaque_ ? random_() % 13 : plain[random_() % plain.size()]) {
        case 0:
            got = on.write("update account through a view", "UPDATE account_view" + update,
                           {id, number}, any_form());
            break;
        case 1:
            got = on.write("select a function that writes", "SELECT bump_account($1, $2)",
                           {id, number}, any_form());
            break;
        case 2:
        case 10:
            got = on.write("call a procedure", "CALL call_account($1, $2, 0)", {id, number},
                           any_form());
            break;
        case 3: {
            got = on.write("do",
                           fmt::format("DO $do$ DECLARE made bigint; BEGIN UPDATE account SET"
                                       " version = version + 1, writer = {} WHERE id = {}"
                                       " RETURNING version INTO made; RAISE NOTICE 'made %', made;"
                                       " END $do$",
                                       number, id),
                           {}, form::simple);
            if (got.ok()) wrote_account(on, id, number_in(on.last_notice()), by);
            return;
        }
        case 4:
            got = on.write("insert on conflict",
                           "INSERT INTO account VALUES ($1, 0, $2) ON CONFLICT (id) DO UPDATE"
                           " SET version = account.version + 1, writer = EXCLUDED.writer"
                           " RETURNING version",
                           {id, number}, any_form());
            break;
        case 5:
            got = on.write_script(
                "execute",
                fmt::format("PREPARE bump_{2} (bigint, bigint) AS UPDATE account{0};"
                            " EXECUTE bump_{2}({1}, {2}); DEALLOCATE bump_{2}",
                            update, id, number),
                1);
            break;
        case 6:
            if (on.in_transaction()) {
                got = on.write("lock table", "LOCK TABLE account IN ROW EXCLUSIVE MODE", {},
                               form::simple);
                if (!got.ok()) return;
                got =
                    on.write("update account", "UPDATE account" + update, {id, number}, any_form());
                break;
            }
            // The transaction is over long before the answer is.
            got = on.write_script(
                "begin, update, commit, sleep",
                fmt::format("BEGIN; UPDATE account SET version = version + 1, writer = {} WHERE"
                            " id = {} RETURNING version; COMMIT; SELECT pg_sleep(0.002)",
                            number, id),
                1);
            break;
        case 7:
            got = on.write("update account from a join",
                           "UPDATE account a SET version = a.version + 1, writer = $2 FROM account"
                           " b WHERE b.id = a.id AND a.id = $1 RETURNING a.version",
                           {id, number}, any_form());
            break;
        case 8:
        case 9:
            merge_account(on, id);
            return;
        default:
            got = on.write("update account (triggers)", "UPDATE account" + update, {id, number},
                           any_form());
            break;
    }
    if (got.ok() && got.rows() == 1) wrote_account(on, id, got.integer(0, 0), by);
}

void writer::merge_account(session& on, std::int64_t id) {
    const bool alone = !on.in_transaction();
    if (alone && !on.begin(isolation::read_committed)) return;
    const std::int64_t number = on.book().fresh_number();
    const answer merged = on.write("merge",
                                   "MERGE INTO account a USING (SELECT $1::bigint AS id) s"
                                   " ON a.id = s.id WHEN MATCHED THEN UPDATE SET"
                                   " version = version + 1, writer = $2",
                                   {id, number}, any_form());
    if (merged.ok() && merged.affected() == 1) {
        // MERGE has no RETURNING yet.
        const answer got =
            on.write("select account for update",
                     "SELECT version FROM account WHERE id = $1 FOR UPDATE", {id}, form::simple);
        if (got.ok() && got.rows() == 1) {
            wrote_account(on, id, got.integer(0, 0), static_cast<std::uint64_t>(number));
        }
    }
    if (!alone) return;
    if (on.failed()) {
        on.rollback();
    } else {
        on.commit();
    }
}

void writer::write_vehicle(session& on, std::int64_t id) {
    const std::int64_t number = on.book().fresh_number();
    const bool truck = id % 2 != 0;
    const char* target = truck && chance(50) ? "truck" : chance(50) ? "vehicle" : "vehicle *";
    answer got;
    if (opaque_ && !on.in_transaction() && chance(15)) {
        got = on.write("call a procedure that commits", "CALL commit_early($1, $2, 0)",
                       {id, number}, form::simple);
    } else if (opaque_ && chance(15)) {
        got = on.write("select a function in SQL that writes", "SELECT bump_vehicle($1, $2)",
                       {id, number}, any_form());
    } else {
        got = on.write(truck ? "update an heir" : "update vehicle",
                       fmt::format("UPDATE {} SET version = version + 1, writer = $2 WHERE id = $1"
                                   " RETURNING version",
                                   target),
                       {id, number}, any_form());
    }
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::vehicle, id}, got.integer(0, 0), static_cast<std::uint64_t>(number));
    }
}

void writer::write_part(session& on, std::int64_t id) {
    const std::int64_t number = on.book().fresh_number();
    answer got;
    switch (random_() % 4) {
        case 0:
            got = on.write("move between partitions",
                           "UPDATE part SET region = 1 - region, version = version + 1,"
                           " writer = $2 WHERE id = $1 RETURNING version, region + 1",
                           {id, number}, any_form());
            break;
        case 1:
            got = on.write("update a partition",
                           "UPDATE part_0 SET version = version + 1, writer = $2 WHERE id = $1"
                           " RETURNING version, region + 1",
                           {id, number}, any_form());
            break;
        case 2:
            got = on.write("update a partition",
                           "UPDATE part_1 SET version = version + 1, writer = $2 WHERE id = $1"
                           " RETURNING version, region + 1",
                           {id, number}, any_form());
            break;
        default:
            got = on.write("update a partitioned table",
                           "UPDATE part SET version = version + 1, writer = $2 WHERE id = $1"
                           " RETURNING version, region + 1",
                           {id, number}, any_form());
            break;
    }
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::part, id}, got.integer(0, 0), static_cast<std::uint64_t>(number),
                 got.integer(0, 1));
    }
}

void writer::write_membership(session& on, std::int64_t id) {
    const std::int64_t number = on.book().fresh_number();
    const std::int64_t member = chance(50) ? id : id + membership_of_b;
    const answer got = on.write("update what a policy reads",
                                "UPDATE membership SET visible = NOT visible,"
                                " version = version + 1, writer = $2 WHERE id = $1"
                                " RETURNING version, CASE WHEN visible THEN 1::bigint ELSE 2 END",
                                {member, number}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::membership, member}, got.integer(0, 0),
                 static_cast<std::uint64_t>(number), got.integer(0, 1));
    }
}

}  // namespace pgfold::consistency
