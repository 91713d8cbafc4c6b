// Tables that are emptied, refilled and replaced: TRUNCATE, COPY, DDL, REFRESH. Each write takes
// its version from the row of slot_order, whose lock also puts these transactions in order.
#include <fmt/format.h>

#include <string>

#include "tests/consistency/driver/writer.hpp"

namespace pgfold::consistency {
namespace {

class all_slots {
public:
    all_slots(session& on, const population& size, std::int64_t version, std::int64_t number)
        : on_(on), size_(size), version_(version), number_(number) {}

    void wrote(relation in, owner_id owner) const {
        for (std::int64_t id = 1; id <= size_.fixed_rows; ++id) {
            on_.wrote({in, id}, version_, static_cast<std::uint64_t>(number_), owner);
        }
    }

    [[nodiscard]] std::string as_copy_data() const {
        std::string lines;
        for (std::int64_t id = 1; id <= size_.fixed_rows; ++id) {
            lines += fmt::format("{}\t{}\t{}\n", id, version_, number_);
        }
        return lines;
    }

    [[nodiscard]] std::string as_query() const {
        return fmt::format(
            "SELECT i AS id, {}::bigint AS version, {}::bigint AS writer"
            " FROM generate_series(1::bigint, {}::bigint) i",
            version_, number_, size_.fixed_rows);
    }

private:
    session& on_;
    const population& size_;
    std::int64_t version_;
    std::int64_t number_;
};

}  // namespace

void writer::write_slots(session& on, std::int64_t id, bool blocking) {
    if (on.in_transaction()) {
        write_slots_in_transaction(on, id, false);
        return;
    }
    if (!on.begin(isolation::read_committed)) return;
    write_slots_in_transaction(on, id, blocking);
    if (on.failed() || chance(10)) {
        on.rollback();
    } else {
        on.commit();
    }
}

void writer::write_slots_in_transaction(session& on, std::int64_t id, bool blocking) {
    const std::int64_t number = on.book().fresh_number();
    const auto by = static_cast<std::uint64_t>(number);
    const answer order =
        on.write("number a slot's version",
                 "UPDATE slot_order SET version = version + 1, writer = $1 WHERE id = 1"
                 " RETURNING version",
                 {number}, any_form());
    if (!order.ok()) return;
    const std::int64_t version = order.integer(0, 0);
    const all_slots all(on, size_, version, number);
    answer got;
    // More that fills than that empties: what is empty cannot be emptied.
    switch (random_() % (!blocking ? 6 : ddl_ ? 14 : 9)) {
        case 0:
        case 1:
            got = on.write("insert or update slot",
                           "INSERT INTO slot VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE"
                           " SET version = EXCLUDED.version, writer = EXCLUDED.writer",
                           {id, version, number}, any_form());
            if (got.ok()) on.wrote({relation::slot, id}, version, by);
            return;
        case 2:
            got = on.write("delete slot", "DELETE FROM slot WHERE id = $1", {id}, any_form());
            if (got.ok()) on.wrote({relation::slot, id}, version, by, gone);
            return;
        case 3:
        case 4:
        case 5:
            got = on.write("delete all slots", "DELETE FROM slot", {}, any_form());
            if (!got.ok()) return;
            if (chance(20)) {
                all.wrote(relation::slot, gone);
                return;
            }
            got = on.write_copy("copy slots", "COPY slot FROM STDIN", all.as_copy_data());
            if (got.ok()) all.wrote(relation::slot, nobody);
            return;
        case 6:
        case 7:
            got = on.write("truncate", "TRUNCATE slot", {}, any_form());
            if (got.ok()) all.wrote(relation::slot, gone);
            return;
        case 8:
            got = on.write("truncate", "TRUNCATE slot", {}, any_form());
            if (got.ok()) {
                got = on.write_copy("copy slots", "COPY slot FROM STDIN", all.as_copy_data());
            }
            if (got.ok()) all.wrote(relation::slot, nobody);
            return;
        case 9:
        case 10:
            got = on.write_script(
                "replace a table",
                fmt::format("ALTER TABLE slot RENAME TO slot_old; CREATE TABLE slot (LIKE slot_old"
                            " INCLUDING ALL); INSERT INTO slot {}; DROP TABLE slot_old",
                            all.as_query()),
                3);
            if (got.ok()) all.wrote(relation::slot, nobody);
            return;
        case 11:
            got =
                on.write("replace a view", "CREATE OR REPLACE VIEW slot_view AS " + all.as_query(),
                         {}, form::simple);
            if (got.ok()) all.wrote(relation::slot_view, nobody);
            return;
        default:
            got = on.write("refresh", "REFRESH MATERIALIZED VIEW slot_summary", {}, form::simple);
            if (got.ok()) all.wrote(relation::slot_summary, nobody);
            return;
    }
}

}  // namespace pgfold::consistency
