#include "tests/consistency/driver/scenes.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace pgfold::consistency {
namespace {

using memory = scene_memory;

// ---------------------------------------------------------------- what is looked up

const lookup& named(std::span<const lookup> among, std::string_view name) {
    for (const lookup& one : among)
        if (one.name == name) return one;
    throw std::logic_error("no such lookup");
}

staged_loop children(std::string_view name) {
    return {&parents_of_group(), 1, &named(lookups_by_parent(), name)};
}

staged_loop fixed(std::string_view name) {
    return {&all_accounts(), 0, &named(lookups_by_fixed_id(), name)};
}

const lookup& vehicle() {
    return named(lookups_by_fixed_id(), "vehicle");
}

// A view that is one table's first and then the other's.
lookup changing_view_of(relation table) {
    return {"changing_view", "SELECT version, writer FROM changing_view WHERE id = $1", shape::one,
            table, false};
}

const lookup& view_of_slots() {
    static const lookup query = changing_view_of(relation::slot);
    return query;
}

const lookup& view_of_vehicles() {
    static const lookup query = changing_view_of(relation::vehicle);
    return query;
}

// ---------------------------------------------------------------- how it is written

std::uint64_t by(const memory& here) {
    return static_cast<std::uint64_t>(here.number);
}

void expect_one(const answer& got) {
    if (!got.ok() || got.rows() != 1) {
        throw std::runtime_error("a write of the scene went wrong: " + got.message());
    }
}

std::string update_of(std::string_view table, std::string_view returning = "version") {
    return fmt::format(
        "UPDATE {} SET version = version + 1, writer = $2 WHERE id = $1 RETURNING {}", table,
        returning);
}

// `text` has the id and the writer's number as parameters and returns the version.
void write(stage& on, session& with, memory& here, const std::string& text, std::int64_t id,
           std::initializer_list<relation> rows) {
    here.number = on.book().fresh_number();
    const answer got = with.write("write of a scene", text, {id, here.number}, form::unnamed);
    expect_one(got);
    for (const relation in : rows)
        with.wrote({in, id}, got.integer(0, 0), by(here));
}

void write_account(stage& on, memory& here, const std::string& text, std::int64_t id) {
    here.number = on.book().fresh_number();
    const answer got = on.side().write("write of a scene", text, {id, here.number}, form::unnamed);
    expect_one(got);
    for (const relation in : {relation::account, relation::mirror})
        on.side().wrote({in, id}, got.integer(0, 0), by(here));
    on.side().wrote({relation::late_mirror, id}, got.integer(0, 0), by(here), nobody, unknown_owner,
                    true);
}

void update_account(stage& on, memory& here, std::int64_t id) {
    write_account(on, here, update_of("account"), id);
}

void update_account_in_transaction(stage& on, memory& here, std::int64_t id) {
    on.side().begin(isolation::read_committed);
    update_account(on, here, id);
    on.side().commit();
}

void update_account_view(stage& on, memory& here, std::int64_t id) {
    write_account(on, here, update_of("account_view"), id);
}

void select_bump_account(stage& on, memory& here, std::int64_t id) {
    write_account(on, here, "SELECT bump_account($1, $2)", id);
}

void call_account(stage& on, memory& here, std::int64_t id) {
    write_account(on, here, "CALL call_account($1, $2, 0)", id);
}

void do_update(stage& on, memory& here, std::int64_t id) {
    here.number = on.book().fresh_number();
    const std::int64_t version = on.version_of(vehicle(), id) + 1;
    const answer got = on.side().write(
        "write of a scene",
        fmt::format("DO $do$ BEGIN UPDATE vehicle SET version = version + 1, writer = {}"
                    " WHERE id = {}; END $do$",
                    here.number, id),
        {}, form::simple);
    if (!got.ok()) throw std::runtime_error(got.message());
    on.side().wrote({relation::vehicle, id}, version, by(here));
}

void execute_update(stage& on, memory& here, std::int64_t id) {
    const answer prepared = on.side().run(
        "PREPARE bump (bigint, bigint) AS UPDATE vehicle SET version = version + 1, writer = $2"
        " WHERE id = $1 RETURNING version");
    here.number = on.book().fresh_number();
    const answer got = on.side().write(
        "write of a scene", fmt::format("EXECUTE bump({}, {})", id, here.number), {}, form::simple);
    expect_one(got);
    on.side().wrote({relation::vehicle, id}, got.integer(0, 0), by(here));
    on.side().run("DEALLOCATE bump");
}

void update_vehicle(stage& on, memory& here, std::int64_t id) {
    write(on, on.side(), here, update_of("vehicle"), id, {relation::vehicle});
}

void update_heir(stage& on, memory& here, std::int64_t id) {
    write(on, on.side(), here, update_of("truck"), id, {relation::vehicle});
}

void update_ledger(stage& on, memory& here, std::int64_t id) {
    write(on, on.side(), here, update_of("ledger"), id, {relation::ledger, relation::ledger_copy});
}

void update_part_of(stage& on, memory& here, std::string_view table, std::int64_t id) {
    here.number = on.book().fresh_number();
    const answer got = on.side().write("write of a scene", update_of(table, "version, region + 1"),
                                       {id, here.number}, form::unnamed);
    expect_one(got);
    on.side().wrote({relation::part, id}, got.integer(0, 0), by(here), got.integer(0, 1));
}

void update_leaf(stage& on, memory& here, std::int64_t id) {
    update_part_of(on, here, "part_0", id);
}

void update_root(stage& on, memory& here, std::int64_t id) {
    update_part_of(on, here, "part", id);
}

void update_membership(stage& on, memory& here, std::int64_t id) {
    here.number = on.book().fresh_number();
    const answer got = on.side().write(
        "write of a scene",
        "UPDATE membership SET visible = NOT visible, version = version + 1, writer = $2"
        " WHERE id = $1 RETURNING version, CASE WHEN visible THEN 1::bigint ELSE 2 END",
        {id, here.number}, form::unnamed);
    expect_one(got);
    on.side().wrote({relation::membership, id}, got.integer(0, 0), by(here), got.integer(0, 1));
}

void delete_parent(stage& on, memory& here, std::int64_t id) {
    here.number = on.book().fresh_number();
    const answer got =
        on.side().write("write of a scene", "DELETE FROM parent WHERE id = $1 RETURNING version",
                        {id}, form::unnamed);
    expect_one(got);
    on.side().wrote({relation::parent, id}, got.integer(0, 0) + 1, by(here), gone);
}

// The setup gives each parent three children, numbered through.
void update_first_child(stage& on, memory& here, const std::string& text, std::int64_t parent) {
    const std::int64_t child = 3 * (parent - 1) + 1;
    here.number = on.book().fresh_number();
    const answer got =
        on.side().write("write of a scene", text, {child, here.number}, form::unnamed);
    expect_one(got);
    on.side().wrote({relation::child, child}, got.integer(0, 0), by(here), parent);
}

void update_child(stage& on, memory& here, std::int64_t parent) {
    update_first_child(on, here, update_of("child"), parent);
}

void update_child_in_with_query(stage& on, memory& here, std::int64_t parent) {
    update_first_child(
        on, here, "WITH done AS (" + update_of("child") + ") SELECT version FROM done", parent);
}

void copy_child(stage& on, memory& here, std::int64_t parent) {
    here.number = on.book().fresh_number();
    const answer got = on.side().write_copy("write of a scene", "COPY child FROM STDIN",
                                            fmt::format("{0}\t{1}\t1\t{0}\n", here.number, parent));
    if (!got.ok()) throw std::runtime_error(got.message());
    on.side().wrote({relation::child, here.number}, 1, by(here), parent);
}

constexpr std::int64_t slots = 20;  // population::fixed_rows

void number_slots(stage& on, memory& here) {
    here.number = on.book().fresh_number();
    const answer got = on.side().write(
        "write of a scene",
        "UPDATE slot_order SET version = version + 1, writer = $1 WHERE id = 1 RETURNING version",
        {here.number}, form::unnamed);
    expect_one(got);
    here.version = got.integer(0, 0);
}

void truncate_slots(stage& on, memory& here, std::int64_t) {
    on.side().begin(isolation::read_committed);
    number_slots(on, here);
    on.side().write("write of a scene", "TRUNCATE slot", {}, form::simple);
    for (std::int64_t id = 1; id <= slots; ++id)
        on.side().wrote({relation::slot, id}, here.version, by(here), gone);
    on.side().commit();
}

void fill_slots(stage& on, memory& here, std::int64_t) {
    on.side().begin(isolation::read_committed);
    number_slots(on, here);
    std::string lines;
    for (std::int64_t id = 1; id <= slots; ++id)
        lines += fmt::format("{}\t{}\t{}\n", id, here.version, here.number);
    on.side().write_copy("write of a scene", "COPY slot FROM STDIN", lines);
    for (std::int64_t id = 1; id <= slots; ++id)
        on.side().wrote({relation::slot, id}, here.version, by(here));
    on.side().commit();
}

// ---------------------------------------------------------------- when it is written

void role_a(stage& on, memory&, std::int64_t) {
    on.reader().set_role('a', false);
}

void no_role(stage& on, memory&, std::int64_t) {
    on.reader().set_role(0, false);
}

// The loop's own transaction writes what it will read.
void begin_reading(stage& on, memory&, std::int64_t) {
    on.reader().begin(isolation::read_committed);
}

void update_vehicle_oneself(stage& on, memory& here, std::int64_t id) {
    write(on, on.reader(), here, update_of("vehicle"), id, {relation::vehicle});
}

void roll_back_reading(stage& on, memory&, std::int64_t) {
    on.reader().rollback();
}

// A transaction that is open while the loop begins.
void begin_update(stage& on, memory& here, std::int64_t id) {
    on.side().begin(isolation::read_committed);
    update_vehicle(on, here, id);
}

void commit(stage& on, memory&, std::int64_t) {
    on.side().commit();
}

// … which goes back to a savepoint that it made when it had written.
void begin_update_and_return(stage& on, memory& here, std::int64_t id) {
    begin_update(on, here, id);
    on.side().savepoint();
    on.side().rollback_to_savepoint();
}

// … which is prepared, and committed by another session.
void prepare_update(stage& on, memory& here, std::int64_t id) {
    begin_update(on, here, id);
    here.transaction = on.side().transaction_number();
    here.name = prepared_name_prefix + std::to_string(on.book().fresh_number());
    if (!on.side().prepare_transaction(here.name)) throw std::runtime_error("cannot prepare");
}

void commit_prepared(stage& on, memory& here, std::int64_t) {
    on.other().finish_prepared(here.name, here.transaction, true);
}

// A commit that everybody can see, and of which its client has not heard yet.
void commit_unanswered(stage& on, memory& here, std::int64_t id) {
    on.close_gate();
    here.number = on.book().fresh_number();
    on.side().send_script(
        fmt::format("BEGIN; UPDATE vehicle SET version = version + 1, writer = {} WHERE id = {}"
                    " RETURNING version; COMMIT; {}",
                    here.number, id, stage::gate_passage));
    here.version = on.await_commit(vehicle(), id, by(here));
}

void hear_of_commit(stage& on, memory& here, std::int64_t id) {
    on.open_gate();
    on.side().finish_script("write of a scene", 1);
    on.side().wrote({relation::vehicle, id}, here.version, by(here));
}

// … and never will, since its backend is gone.
void lose_commit(stage& on, memory& here, std::int64_t id) {
    commit_unanswered(on, here, id);
    on.terminate(on.side());
    if (!on.side().finish_script("write of a scene", 1).lost) {
        throw std::runtime_error("the connection has survived its backend");
    }
    on.side().wrote({relation::vehicle, id}, here.version, by(here));
}

void come_back(stage& on, memory&, std::int64_t) {
    on.open_gate();
    on.side().reconnect();
}

// Two requests at once: the first is answered, the second waits, and writes when the loop has
// begun.
void send_two(stage& on, memory& here, std::int64_t id) {
    here.number = on.book().fresh_number();
    on.lock_row("vehicle", id);
    on.side().send_pipeline(
        "SELECT 1",
        fmt::format("UPDATE vehicle SET version = version + 1, writer = {} WHERE id = {}"
                    " RETURNING version",
                    here.number, id));
}

void let_second_go(stage& on, memory& here, std::int64_t id) {
    on.unlock_row();
    const answer got = on.side().finish_pipeline("write of a scene");
    expect_one(got);
    on.side().wrote({relation::vehicle, id}, got.integer(0, 0), by(here));
}

// An update waits for DDL and then fires a trigger that there was not when it was sent.
void update_under_ddl(stage& on, memory& here, std::int64_t id) {
    here.number = on.book().fresh_number();
    on.close_gate();
    on.side().run("BEGIN");
    on.side().run(
        "CREATE TRIGGER late AFTER UPDATE ON consistency_east.item FOR EACH ROW"
        " EXECUTE FUNCTION pass_gate_and_update_vehicle()");
    on.other().send_script(
        fmt::format("UPDATE consistency_east.item SET version = version + 1, writer = {}"
                    " WHERE id = {} RETURNING version",
                    here.number, id));
    on.await_waiting(on.other(), "relation");
    on.side().run("COMMIT");
    on.await_waiting(on.other(), "advisory");
    on.warm(fixed("vehicle"));
}

void let_trigger_go(stage& on, memory& here, std::int64_t id) {
    here.version = on.version_of(vehicle(), id) + 1;
    on.open_gate();
    const answer got = on.other().finish_script("write of a scene", 0);
    expect_one(got);
    on.other().wrote({relation::item_east, id}, got.integer(0, 0), by(here));
    on.other().wrote({relation::vehicle, id}, here.version, by(here));
}

void drop_trigger(stage& on, memory&, std::int64_t) {
    on.side().run("DROP TRIGGER late ON consistency_east.item");
}

// A view is replaced, and what it stands for now is written.
void replace_view(stage& on, memory&, std::int64_t) {
    on.side().run(
        "CREATE OR REPLACE VIEW changing_view AS"
        " SELECT id, version, writer FROM vehicle");
    // Loops over something else, until all is known again that can be known.
    on.warm(fixed("vehicle"));
    on.warm({&all_accounts(), 0, &view_of_vehicles()});
}

void restore_view(stage& on, memory&, std::int64_t) {
    on.side().run(
        "CREATE OR REPLACE VIEW changing_view AS"
        " SELECT id, version, writer FROM slot");
}

}  // namespace

std::span<const scene> all_scenes() {
    static const std::vector<scene> all{
        {"cascade", children("children"), delete_parent},
        {"set_null", children("notes"), delete_parent},
        {"trigger", fixed("mirror"), update_account},
        {"deferred_trigger", fixed("late_mirror"), update_account_in_transaction},
        {"rule", fixed("ledger_copy"), update_ledger},
        {"leaf_of_root", fixed("part"), update_leaf},
        {"root_of_leaf", fixed("part_leaf"), update_root},
        {"heir", fixed("vehicle"), update_heir},
        {"view_read", children("children_view"), update_child},
        {"view_written", fixed("account"), update_account_view},
        {"policy", fixed("secret"), update_membership, role_a, no_role},
        {"function", fixed("account"), select_bump_account},
        {"with_query", children("children"), update_child_in_with_query},
        {"do", fixed("vehicle"), do_update},
        {"call", fixed("account"), call_account},
        {"execute", fixed("vehicle"), execute_update},
        {"copy", children("children"), copy_child},
        {"truncate", fixed("slot"), truncate_slots, nullptr, fill_slots},
        {"acknowledged", fixed("vehicle"), update_vehicle},
        {"own_write", fixed("vehicle"), update_vehicle_oneself, begin_reading, roll_back_reading},
        {"unanswered", fixed("vehicle"), commit_unanswered, nullptr, hear_of_commit},
        {"open_transaction", fixed("vehicle"), commit, begin_update},
        {"savepoint", fixed("vehicle"), commit, begin_update_and_return},
        {"prepared", fixed("vehicle"), commit_prepared, prepare_update},
        {"pipeline", fixed("vehicle"), let_second_go, send_two},
        {"trigger_unheard_of", fixed("vehicle"), let_trigger_go, update_under_ddl, drop_trigger},
        {"view_replaced",
         {&all_accounts(), 0, &view_of_vehicles()},
         update_vehicle,
         replace_view,
         restore_view,
         &view_of_slots()},
        {"lost_connection", fixed("vehicle"), lose_commit, nullptr, come_back},
    };
    return all;
}

}  // namespace pgfold::consistency
