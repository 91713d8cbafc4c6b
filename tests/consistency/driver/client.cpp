#include "tests/consistency/driver/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace pgfold::consistency {

struct client::loop_plan {
    enum class over : std::uint8_t { parents, notes, fixed } rows = over::parents;
    enum class within : std::uint8_t {
        autocommit,
        one_transaction,
        one_each
    } frame = within::autocommit;
    isolation level = isolation::read_committed;
    std::vector<const lookup*> lookups;
    bool nested = false;
    form how = form::simple;
    std::int64_t listed_by = 0;
    unsigned side_writes = 0;  // percent of the gaps between lookups
    unsigned own_writes = 0;
    unsigned setting_changes = 0;
    unsigned skips = 0;
    unsigned repeats = 0;
    bool local_settings = false;
    bool reversed = false;
    unsigned pauses = 0;
};

client::client(std::uint16_t number, const client_options& options, fault_injector& faults,
               fold_model* model)
    : options_(options),
      random_(options.seed * 1009 + number),
      reader_(options.url, book_, faults, model),
      side_(options.url, book_, faults, model),
      writer_(options.size, random_, seen_) {
    book_.client = number;
}

void client::open() {
    reader_.open();
    side_.open();
}

void client::act(bool calm, bool ddl, bool opaque) {
    ddl_ = ddl;
    writer_.allow(ddl, opaque);
    if (options_.terminates_backends && random_() % 2000 == 0) {
        terminate_committing();
    } else if (calm || chance(55)) {
        run_loop();
    } else {
        write_alone();
    }
}

client::loop_plan client::plan_loop() {
    loop_plan plan;
    const unsigned which = static_cast<unsigned>(random_() % 10);
    plan.rows = which < 4   ? loop_plan::over::parents
                : which < 5 ? loop_plan::over::notes
                            : loop_plan::over::fixed;
    const unsigned frame = static_cast<unsigned>(random_() % 10);
    if (frame >= 5) {
        plan.frame = frame < 9 ? loop_plan::within::one_transaction : loop_plan::within::one_each;
        plan.level = frame >= 7 ? isolation::repeatable_read : isolation::read_committed;
    }
    const bool snapshot =
        plan.frame != loop_plan::within::autocommit && plan.level == isolation::repeatable_read;
    const auto choose = [&](std::span<const lookup> from) {
        const lookup* chosen = &any_of(from);
        while (snapshot && !chosen->keeps_snapshot)
            chosen = &any_of(from);
        return chosen;
    };
    const int lookups = chance(25) ? 2 : 1;
    for (int i = 0; i < lookups; ++i) {
        switch (plan.rows) {
            case loop_plan::over::parents:
                plan.lookups.push_back(choose(lookups_by_parent()));
                break;
            case loop_plan::over::notes:
                plan.lookups.push_back(&parent_by_id());
                break;
            case loop_plan::over::fixed:
                plan.lookups.push_back(choose(lookups_by_fixed_id()));
                break;
        }
    }
    plan.nested = plan.rows == loop_plan::over::parents && chance(20);
    plan.how = static_cast<form>(random_() % form_count);
    const auto many = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
    plan.listed_by = plan.rows == loop_plan::over::notes
                         ? static_cast<std::int64_t>(random_() % many(options_.size.buckets))
                         : 1 + static_cast<std::int64_t>(random_() % many(options_.size.groups));
    if (chance(options_.disturbance)) plan_disturbance(plan);
    return plan;
}

void client::plan_disturbance(loop_plan& plan) {
    // Mostly few: the second change hides what the first would have shown.
    constexpr std::array<unsigned, 6> side_writes{0, 8, 8, 15, 25, 60};
    plan.side_writes = any_of(side_writes);
    // What it writes itself would wait for what the other session has locked, and the reverse.
    if (plan.frame != loop_plan::within::autocommit && chance(30)) {
        plan.side_writes = 0;
        plan.own_writes = 20;
    } else if (plan.frame == loop_plan::within::autocommit && chance(20)) {
        plan.own_writes = 10;
        plan.side_writes = 0;
    }
    for (const lookup* one : plan.lookups) {
        if (one->in == relation::item_east || one->in == relation::secret) {
            plan.setting_changes = chance(60) ? 12 : 2;
        }
    }
    plan.local_settings = chance(50);
    plan.skips = chance(20) ? 20 : 0;
    plan.repeats = chance(40) ? 20 : 0;
    plan.reversed = chance(10);
    plan.pauses = chance(10) ? 20 : 0;
}

std::vector<std::int64_t> client::list(const loop_plan& plan) {
    switch (plan.rows) {
        case loop_plan::over::parents: {
            auto keys = reader_.read(parents_of_group(), plan.listed_by, plan.how);
            if (!keys.empty()) seen_.parents_of(plan.listed_by, keys);
            return keys;
        }
        case loop_plan::over::notes:
            return reader_.read(notes_of_bucket(), plan.listed_by, plan.how);
        case loop_plan::over::fixed:
            return reader_.read(all_accounts(), 0, plan.how);
    }
    return {};
}

void client::run_loop() {
    const loop_plan plan = plan_loop();
    const bool in_one = plan.frame == loop_plan::within::one_transaction;
    if (in_one && !reader_.begin(plan.level)) return;
    if (plan.setting_changes > 0 && chance(80)) change_settings(plan);
    std::vector<std::int64_t> keys = list(plan);
    const nanoseconds started = now();
    if (plan.reversed) std::reverse(keys.begin(), keys.end());
    if (chance(80)) prefetch(plan, keys);
    std::vector<std::int64_t> asked;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::int64_t key = keys[i];
        if (chance(25)) prefetch(plan, std::span(keys).subspan(i));
        if (reader_.failed()) break;
        if (chance(plan.skips)) continue;
        if (chance(plan.skips / 4)) break;
        // Mostly what comes next; at times a little later, after other things.
        const std::size_t ahead = chance(50) ? 0 : random_() % (keys.size() - i);
        between_lookups(plan, keys[i + ahead]);
        if (chance(plan.own_writes)) write_in_loop(plan, key);
        if (reader_.failed()) break;
        look_up(plan, key, started);
        if (reader_.failed()) break;
        asked.push_back(key);
        if (!chance(plan.repeats)) continue;
        // What has been read already, perhaps changed by now, is read again.
        const std::int64_t again = any_of(asked);
        if (chance(plan.own_writes * 2)) write_in_loop(plan, again);
        if (reader_.failed()) break;
        look_up(plan, again, started);
        if (reader_.failed()) break;
    }
    if (in_one && !reader_.failed()) check_again(plan, asked, started);
    writer_.settle(side_);
    end_transaction(reader_);
    reader_.drop_prefetched();
    restore_settings();
}

void client::prefetch(const loop_plan& plan, std::span<const std::int64_t> keys) {
    if (plan.frame == loop_plan::within::one_each) return;
    for (const std::int64_t key : keys) {
        for (const lookup* one : plan.lookups)
            reader_.prefetch(*one, key, plan.how);
    }
}

void client::look_up(const loop_plan& plan, std::int64_t key, nanoseconds started) {
    const bool one_each = plan.frame == loop_plan::within::one_each;
    if (one_each && !reader_.begin(plan.level)) return;
    for (const lookup* one : plan.lookups) {
        if (reader_.failed()) break;
        const auto rows = reader_.read(*one, key, plan.how, started);
        if (one->in == relation::child && one->how != shape::latest) seen_.children_of(key, rows);
        if (!plan.nested || one->in != relation::child) continue;
        const nanoseconds inner_started = now();
        const lookup& inner = any_of(lookups_by_child());
        for (const std::int64_t child : rows) {
            if (chance(plan.side_writes / 2)) between_lookups(plan, key);
            if (reader_.failed()) break;
            reader_.read(inner, child, plan.how, inner_started);
        }
    }
    if (one_each) end_transaction(reader_);
}

void client::between_lookups(const loop_plan& plan, std::int64_t next_key) {
    if (chance(plan.pauses)) {
        // As an application that does something with the row.
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2000));
    }
    if (chance(plan.setting_changes)) change_settings(plan);
    if (chance(plan.side_writes)) {
        aim target = aim_at(plan, next_key);
        // What blocks everybody would block the loop's own transaction, which waits in this thread.
        target.blocking = !reader_.in_transaction();
        do {
            writer_.step(side_, target);
        } while (side_.in_transaction() && chance(50));
    }
}

aim client::aim_at(const loop_plan& plan, std::int64_t key) const {
    aim target;
    target.id = key;
    target.at = aim::family::parents;
    if (plan.rows != loop_plan::over::fixed) return target;
    target.at = aim::family::fixed;
    target.table = plan.lookups.front()->in;
    if (reader_.context().item == relation::item_west && target.table == relation::item_east) {
        target.table = relation::item_west;
    }
    return target;
}

void client::write_in_loop(const loop_plan& plan, std::int64_t key) {
    if (reader_.failed() || reader_.context().role != 0) return;  // roles may not do everything
    const unsigned kind = static_cast<unsigned>(random_() % 10);
    if (!reader_.in_transaction() || kind < 6) {
        aim target = aim_at(plan, key);
        target.blocking = !reader_.in_transaction();
        writer_.write(reader_, target);
    } else if (kind < 8 || !reader_.has_savepoint()) {
        reader_.savepoint();
    } else {
        reader_.rollback_to_savepoint();
    }
    if (reader_.failed() && reader_.has_savepoint()) reader_.rollback_to_savepoint();
}

void client::change_settings(const loop_plan& plan) {
    if (reader_.failed()) return;
    const relation in = plan.lookups.front()->in;
    if (in == relation::secret && !reader_.has_temporary_items()) {
        constexpr std::array<char, 5> roles{0, 'a', 'a', 'b', 'b'};
        reader_.set_role(any_of(roles), plan.local_settings);
        return;
    }
    if (reader_.context().role != 0) return;
    if (reader_.has_temporary_items() ? chance(25) : ddl_ && chance(40)) {
        if (reader_.has_temporary_items()) {
            reader_.drop_temporary_items();
        } else {
            reader_.create_temporary_items(options_.size);
        }
        return;
    }
    reader_.set_item_schema(chance(50) ? relation::item_east : relation::item_west,
                            plan.local_settings);
}

void client::check_again(const loop_plan& plan, const std::vector<std::int64_t>& keys,
                         nanoseconds started) {
    if (keys.empty() || !reader_.in_transaction()) return;
    for (int i = 0; i < 3 && !reader_.failed(); ++i) {
        const lookup& one = *any_of(plan.lookups);
        reader_.read(control_of(one), any_of(keys), plan.how, started);
    }
    if (plan.own_writes > 0 && plan.rows == loop_plan::over::fixed && !reader_.failed() &&
        reader_.context().role == 0) {
        const lookup& account = lookups_by_fixed_id().front();
        reader_.read_for_update(account, any_of(keys));
    }
}

void client::restore_settings() {
    if (reader_.context().role != 0) reader_.set_role(0, false);
    if (reader_.has_temporary_items()) reader_.drop_temporary_items();
}

void client::end_transaction(session& on) {
    if (!on.in_transaction()) return;
    if (on.failed() || chance(15)) {
        on.rollback();
    } else {
        on.commit();
    }
}

void client::write_alone() {
    const unsigned steps = 1 + static_cast<unsigned>(random_() % 6);
    if (seen_.parents_seen() == 0 || chance(10)) {
        const auto group = 1 + static_cast<std::int64_t>(
                                   random_() % static_cast<std::uint64_t>(options_.size.groups));
        seen_.parents_of(group, side_.read(parents_of_group(), group, form::unnamed));
    }
    for (unsigned i = 0; i < steps; ++i)
        writer_.step(side_, {});
    for (int i = 0; i < 8 && side_.in_transaction(); ++i)
        writer_.step(side_, {});
    writer_.settle(side_);
}

void client::terminate_committing() {
    if (!side_.begin(isolation::read_committed)) return;
    const auto id = 1 + static_cast<std::int64_t>(
                            random_() % static_cast<std::uint64_t>(options_.size.fixed_rows));
    const std::int64_t number = book_.fresh_number();
    const answer got = side_.write("update ledger (rule)",
                                   "UPDATE ledger SET version = version + 1, writer = $2"
                                   " WHERE id = $1 RETURNING version",
                                   {id, number}, form::unnamed);
    if (!got.ok()) {
        side_.rollback();
        return;
    }
    for (const relation in : {relation::ledger, relation::ledger_copy}) {
        side_.wrote({in, id}, got.integer(0, 0), static_cast<std::uint64_t>(number));
    }
    const int pid = side_.backend_pid();
    side_.commit_while([&] { reader_.run(fmt::format("SELECT pg_terminate_backend({})", pid)); });
    // Whatever it was doing, it has done when it is gone.
    while (reader_.run(fmt::format("SELECT 1 FROM pg_stat_activity WHERE pid = {}", pid)).rows() >
           0) {
        std::this_thread::yield();
    }
    side_.lost_for_good();
}

void client::read_everything() {
    restore_settings();
    reader_.set_item_schema(relation::item_east, false);
    std::vector<std::int64_t> parents;
    for (std::int64_t group = 1; group <= options_.size.groups; ++group) {
        for (const std::int64_t parent :
             reader_.read(control_of(parents_of_group()), group, form::simple)) {
            parents.push_back(parent);
        }
    }
    const lookup children = control_of(lookups_by_parent().front());
    const lookup grandchildren = control_of(lookups_by_child().front());
    for (const std::int64_t parent : parents) {
        for (const std::int64_t child : reader_.read(children, parent, form::named)) {
            reader_.read(grandchildren, child, form::named);
        }
    }
    for (std::int64_t bucket = 0; bucket < options_.size.buckets; ++bucket) {
        reader_.read(control_of(notes_of_bucket()), bucket, form::simple);
    }
    for (const lookup& one : lookups_by_fixed_id()) {
        const lookup control = control_of(one);
        for (std::int64_t id = 1; id <= options_.size.fixed_rows; ++id) {
            if (one.in == relation::item_east) {
                reader_.set_item_schema(relation::item_west, false);
                reader_.read(control, id, form::named);
                reader_.set_item_schema(relation::item_east, false);
            }
            reader_.read(control, id, form::named);
        }
    }
    for (const char role : {'a', 'b'}) {
        reader_.set_role(role, false);
        for (std::int64_t id = 1; id <= options_.size.fixed_rows; ++id) {
            for (const lookup& one : lookups_by_fixed_id()) {
                if (one.in == relation::secret) reader_.read(control_of(one), id, form::simple);
            }
        }
    }
    reader_.set_role(0, false);
}

}  // namespace pgfold::consistency
