#include "tests/consistency/driver/fold_model.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>
#include <utility>

namespace pgfold::consistency {

struct blind_spot {
    std::string_view name;
    // Writes whose name contains one of these are not known to touch …
    std::vector<std::string_view> writes;
    // … these lookups; empty: any.
    std::vector<std::string_view> lookups;
    // Or something that is not about tables.
    bool settings = false;
    bool own_writes = false;
    bool savepoints = false;
    bool prepared = false;
    bool in_flight = false;
    bool versions = false;
    bool transactions = false;  // a statement's end ends its writes
};

namespace {

const std::vector<blind_spot>& blind_spots() {
    static const std::vector<blind_spot> all{
        {"none", {}, {}},
        {"own_tables", {"update", "insert", "delete", "copy", "merge", "move", "attach"}, {}},
        {"cascade",
         {"(cascades)"},
         {"children", "child", "count_children", "latest_child", "children_unordered",
          "children_view", "children_function", "children_slow", "children_joined"}},
        {"set_null", {"delete parent"}, {"notes"}},
        {"trigger", {"account"}, {"mirror"}},
        {"deferred_trigger", {"account"}, {"late_mirror"}},
        {"rule", {"(rule)"}, {"ledger_copy"}},
        {"leaf_of_root", {"update a partitioned table", "move between"}, {"part_leaf"}},
        {"root_of_leaf", {"update a partition"}, {"part"}},
        {"inheritance", {"update an heir"}, {"vehicle"}},
        {"view_read", {""}, {"account_view", "children_view"}},
        {"view_written", {"through a view"}, {}},
        {"function_read", {""}, {"account_function", "children_function"}},
        {"function_called", {"select a function"}, {}},
        {"do", {"do"}, {}},
        {"call", {"call a procedure"}, {}},
        {"execute", {"execute"}, {}},
        {"several_statements", {"begin, update, commit"}, {}},
        {"on_conflict", {"on conflict"}, {}},
        {"merge", {"merge"}, {}},
        {"with_query", {"WITH query"}, {}},
        {"copy", {"copy"}, {}},
        {"truncate", {"truncate"}, {}},
        {"ddl_table", {"replace a table"}, {}},
        {"ddl_view", {"replace a view"}, {}},
        {"refresh", {"refresh"}, {}},
        {"policy", {"policy"}, {"secret"}},
        {"joined_table", {"parent"}, {"children_joined"}},
        {"settings", {}, {}, true},
        {"own_writes", {}, {}, false, true},
        {"savepoints", {}, {}, false, false, true},
        {"prepared", {}, {}, false, false, false, true},
        {"in_flight", {}, {}, false, false, false, false, true},
        {"versions", {}, {}, false, false, false, false, false, true},
        {"transactions", {}, {}, false, false, false, false, false, false, true},
    };
    return all;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// What a write of that name changes, all told.
bool writes_to(std::string_view name, relation in) {
    const auto any = [&](std::initializer_list<std::string_view> parts) {
        return std::any_of(parts.begin(), parts.end(),
                           [&](std::string_view part) { return contains(name, part); });
    };
    switch (in) {
        case relation::parent:
            return any({"insert parent", "delete parent", "update parent"});
        case relation::child:
            return any({"insert child", "copy children", "update child", "move child",
                        "delete child", "delete parent"}) &&
                   !contains(name, "grandchild");
        case relation::grandchild:
            return any({"grandchild", "delete child", "delete parent"});
        case relation::note:
            return any({"note", "delete parent"});
        case relation::account:
        case relation::mirror:
        case relation::late_mirror:
            return any({"account", "insert on conflict", "select a function that writes",
                        "call a procedure", "do", "execute", "begin, update", "merge"});
        case relation::ledger:
        case relation::ledger_copy:
            return any({"ledger"});
        case relation::part:
            return any({"partition"});
        case relation::vehicle:
            return any({"vehicle", "heir", "procedure that commits", "function in SQL"});
        case relation::slot:
            return any({"slot", "truncate", "replace a table"}) && !contains(name, "number");
        case relation::slot_view:
            return any({"replace a view"});
        case relation::slot_summary:
            return any({"refresh"});
        case relation::item_east:
        case relation::item_west:
        case relation::item_temporary:
            return any({"item", "temporary"});
        case relation::secret:
            return any({"secret", "policy"});
        case relation::membership:
            return any({"policy"});
        case relation::none:
            return false;
    }
    return true;
}

bool affects(std::string_view write, const lookup& asked) {
    if (contains(write, "for update")) return false;
    if (writes_to(write, asked.in)) return true;
    if (asked.how == shape::with_owner && writes_to(write, facts_of(asked.in).owned_by))
        return true;
    return contains(asked.name, "view") && asked.in == relation::child &&
           writes_to(write, relation::parent);
}

// The account's triggers fire whatever way it is written; the blind spots say so in one word.
bool is_named(std::string_view part, std::string_view write) {
    if (part == "account") return writes_to(write, relation::account);
    return contains(write, part);
}

}  // namespace

const std::vector<std::string_view>& blind_spot_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> made;
        for (const blind_spot& one : blind_spots())
            made.push_back(one.name);
        return made;
    }();
    return names;
}

fold_model::fold_model(std::string_view name) : blind_(nullptr) {
    for (const blind_spot& one : blind_spots()) {
        if (one.name == name) blind_ = &one;
    }
    if (blind_ == nullptr) throw std::invalid_argument("no such blind spot");
}

fold_model::session_number fold_model::new_session() {
    const std::lock_guard lock(mutex_);
    return ++sessions_;
}

void fold_model::write_begins(session_number by, std::string_view name) {
    const std::lock_guard lock(mutex_);
    ++states_[std::string(name)].in_flight;
    open_[by].emplace_back(name);
}

void fold_model::end(writes& ended) {
    for (const std::string& name : ended) {
        write_state& state = states_[name];
        --state.in_flight;
        ++state.version;
    }
    ended.clear();
}

void fold_model::statement_ended(session_number by) {
    if (!blind_->transactions) return;
    transaction_ended(by);
}

void fold_model::rolled_back_to_savepoint(session_number by) {
    if (!blind_->savepoints) return;
    transaction_ended(by);
}

void fold_model::transaction_ended(session_number by) {
    const std::lock_guard lock(mutex_);
    end(open_[by]);
}

void fold_model::prepared(session_number by, const std::string& transaction) {
    const std::lock_guard lock(mutex_);
    if (blind_->prepared) {
        end(open_[by]);
    } else {
        prepared_[transaction] = std::exchange(open_[by], {});
    }
}

void fold_model::prepared_ended(const std::string& transaction) {
    const std::lock_guard lock(mutex_);
    const auto found = prepared_.find(transaction);
    if (found == prepared_.end()) return;
    end(found->second);
    prepared_.erase(found);
}

std::uint64_t fold_model::sum_of(const lookup& asked, bool& in_flight, session_number by) {
    std::uint64_t sum = 0;
    const writes& own = open_[by];
    for (const auto& [name, state] : states_) {
        if (!affects(name, asked)) continue;
        const bool lookup_hidden =
            blind_->lookups.empty() || std::find(blind_->lookups.begin(), blind_->lookups.end(),
                                                 asked.name) != blind_->lookups.end();
        const std::string& write = name;
        const bool hidden =
            lookup_hidden && std::any_of(blind_->writes.begin(), blind_->writes.end(),
                                         [&](auto part) { return is_named(part, write); });
        if (hidden) continue;
        if (!blind_->versions) sum += state.version;
        std::uint32_t flying = state.in_flight;
        if (blind_->own_writes) {
            flying -= static_cast<std::uint32_t>(std::count(own.begin(), own.end(), name));
        }
        if (!blind_->in_flight && flying > 0) in_flight = true;
    }
    return sum;
}

std::optional<fold_model::stamp> fold_model::capture(session_number by, const lookup& asked,
                                                     const read_context& context) {
    const std::lock_guard lock(mutex_);
    bool in_flight = false;
    const std::uint64_t sum = sum_of(asked, in_flight, by);
    if (in_flight) return std::nullopt;
    return stamp{sum, context};
}

bool fold_model::is_valid(session_number by, const lookup& asked, const stamp& taken,
                          const read_context& context, bool repeatable_read, bool wrote) {
    const bool same_context = taken.context.role == context.role &&
                              taken.context.item == context.item &&
                              taken.context.item_offset == context.item_offset;
    if (!same_context && !blind_->settings) return false;
    if (repeatable_read) return !wrote || blind_->own_writes;
    const std::lock_guard lock(mutex_);
    bool in_flight = false;
    return sum_of(asked, in_flight, by) == taken.sum && !in_flight;
}

void fold_model::served() {
    const std::lock_guard lock(mutex_);
    ++served_;
}

}  // namespace pgfold::consistency
