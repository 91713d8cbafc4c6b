#include "tests/consistency/driver/writer.hpp"

#include <array>

namespace pgfold::consistency {
namespace {

constexpr std::size_t sightings_max = 500;

constexpr std::array fixed_tables{
    relation::account,   relation::account, relation::ledger,     relation::part,
    relation::vehicle,   relation::slot,    relation::slot_view,  relation::item_east,
    relation::item_west, relation::secret,  relation::membership,
};

}  // namespace

void sightings::children_of(std::int64_t parent, const std::vector<std::int64_t>& children) {
    if (children_.size() >= sightings_max) children_.clear();
    children_[parent] = children;
}

void sightings::parents_of(std::int64_t group, const std::vector<std::int64_t>& parents) {
    group_ = group;
    parents_ = parents;
}

void writer::settle_prepared(session& on) {
    for (const prepared& one : prepared_) {
        on.finish_prepared(one.name, one.transaction, chance(75));
    }
    prepared_.clear();
}

void writer::settle(session& on) {
    if (on.in_transaction()) on.rollback();
    settle_prepared(on);
}

void writer::write(session& on, const aim& target) {
    const bool family =
        target.at == aim::family::parents || (target.at == aim::family::anything && chance(50));
    if (family) {
        std::int64_t parent = target.id;
        if (target.at == aim::family::anything || chance(20)) {
            parent = seen_.parent(random_).value_or(0);
        }
        write_family(on, parent);
        return;
    }
    relation table = target.table;
    if (table == relation::none || chance(15))
        table = fixed_tables[random_() % fixed_tables.size()];
    const std::int64_t id = target.at == aim::family::fixed && chance(80) ? target.id : any_fixed();
    write_fixed(on, table, id, target.blocking);
}

void writer::step(session& on, const aim& target) {
    if (!prepared_.empty() && !on.in_transaction() && chance(60)) {
        settle_prepared(on);
        return;
    }
    if (!on.in_transaction()) {
        if (chance(65)) {
            write(on, target);
            return;
        }
        const isolation level = chance(25) ? isolation::repeatable_read : isolation::read_committed;
        if (!on.begin(level)) return;
        steps_left_ = static_cast<unsigned>(random_() % 3);
        write(on, target);
        if (chance(30) && !on.failed()) {
            // What it has written stays written, but for what comes after the savepoint.
            if (on.savepoint() && chance(50)) write(on, {});
            on.rollback_to_savepoint();
        }
        return;
    }
    if (on.failed()) {
        if (on.has_savepoint() && chance(70)) {
            on.rollback_to_savepoint();
        } else {
            on.rollback();
        }
        return;
    }
    if (steps_left_ > 0) {
        --steps_left_;
        if (chance(20)) on.savepoint();
        if (!on.failed()) write(on, target);
        if (on.has_savepoint() && chance(30)) on.rollback_to_savepoint();
        return;
    }
    const unsigned end = static_cast<unsigned>(random_() % 100);
    if (end < 15) {
        on.rollback();
    } else if (end < 40 && prepared_.empty()) {
        const std::uint32_t transaction = on.transaction_number();
        const std::string name = prepared_name_prefix + std::to_string(on.book().fresh_number());
        if (on.prepare_transaction(name)) prepared_.push_back({name, transaction});
    } else {
        on.commit();
    }
}

}  // namespace pgfold::consistency
