#include "tests/consistency/driver/lookup.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace pgfold::consistency {
namespace {

std::uint64_t writer_at(const answer& got, int row, int column) {
    return static_cast<std::uint64_t>(got.integer(row, column));
}

owner_id owner_at(const answer& got, int row, int column) {
    return got.is_null(row, column) ? nobody : got.integer(row, column);
}

std::int64_t take_integer(std::string_view& text, char end) {
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) throw std::runtime_error("unreadable aggregate");
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
    if (!text.empty()) {
        if (text.front() != end) throw std::runtime_error("unreadable aggregate");
        text.remove_prefix(1);
    }
    return value;
}

void interpret_aggregate(const lookup& asked, std::int64_t key, const answer& got,
                         read_operation& read) {
    const std::int64_t count = got.integer(0, 0);
    const std::string all = got.text(0, 1);
    std::string_view rest = all;
    while (!rest.empty()) {
        seen_row row;
        row.row = {asked.in, take_integer(rest, ':')};
        row.version = take_integer(rest, ':');
        row.writer = static_cast<std::uint64_t>(take_integer(rest, ','));
        row.owner = key;
        read.rows.push_back(row);
    }
    if (count != static_cast<std::int64_t>(read.rows.size())) {
        throw std::runtime_error("count(*) and string_agg() of one query differ");
    }
}

row_id resolve(relation in, std::int64_t key, const read_context& context) {
    if (in != relation::item_east) return {in, key};
    return {context.item, key + context.item_offset};
}

void interpret_one(const lookup& asked, std::int64_t key, const answer& got,
                   const read_context& context, read_operation& read) {
    const row_id row = resolve(asked.in, key, context);
    if (asked.in == relation::secret && context.role != 0) {
        // The policy reads another table, and so the answer tells something about that.
        const std::int64_t member = context.role == 'a' ? key : key + membership_of_b;
        read.conditions.push_back({{relation::membership, member}, 1, got.rows() > 0});
        if (got.rows() == 0) return;
    }
    if (got.rows() == 0) {
        read.conditions.push_back({row, gone, true});
        return;
    }
    seen_row seen{row, got.integer(0, 0), writer_at(got, 0, 1)};
    if (asked.how == shape::one_owned) seen.owner = owner_at(got, 0, 2);
    read.rows.push_back(seen);
}

const lookup children{
    "children", "SELECT id, parent_id, version, writer FROM child WHERE parent_id = $1 ORDER BY id",
    shape::rows, relation::child};

}  // namespace

std::span<const lookup> lookups_by_parent() {
    static const std::vector<lookup> all{
        children,
        children,
        {"children_unordered",
         "SELECT c.id, c.parent_id, c.version, c.writer FROM consistency.child AS c"
         " WHERE c.parent_id = $1",
         shape::rows, relation::child},
        {"count_children",
         "SELECT count(*), string_agg(id::text || ':' || version::text || ':' || writer::text, ','"
         " ORDER BY id) FROM child WHERE parent_id = $1",
         shape::aggregate, relation::child},
        {"latest_child",
         "SELECT id, parent_id, version, writer FROM child WHERE parent_id = $1"
         " ORDER BY id DESC LIMIT 1",
         shape::latest, relation::child},
        {"children_view",
         "SELECT id, parent_id, version, writer FROM child_view WHERE parent_id = $1", shape::rows,
         relation::child},
        {"children_function", "SELECT id, parent_id, version, writer FROM children_of($1)",
         shape::rows, relation::child},
        {"children_joined",
         "SELECT c.id, c.parent_id, c.version, c.writer, p.version, p.writer"
         " FROM parent p JOIN child c ON c.parent_id = p.id WHERE p.id = $1",
         shape::with_owner, relation::child},
        {"children_joined",
         "SELECT c.id, c.parent_id, c.version, c.writer, p.version, p.writer"
         " FROM parent p JOIN child c ON c.parent_id = p.id WHERE p.id = $1",
         shape::with_owner, relation::child},
        // Slow, so that much can happen while it runs.
        {"children_slow",
         "SELECT id, parent_id, version, writer FROM child WHERE parent_id = $1"
         " AND (SELECT count(*) FROM generate_series(1, 4000)) > 0 ORDER BY id",
         shape::rows, relation::child},
        {"notes", "SELECT id, parent_id, version, writer FROM note WHERE parent_id = $1",
         shape::rows, relation::note},
        parent_by_id(),
    };
    return all;
}

std::span<const lookup> lookups_by_child() {
    static const std::vector<lookup> all{
        {"grandchildren",
         "SELECT id, child_id, version, writer FROM grandchild WHERE child_id = $1", shape::rows,
         relation::grandchild},
        {"child", "SELECT version, writer, parent_id FROM child WHERE id = $1", shape::one_owned,
         relation::child},
        {"grandchildren_joined",
         "SELECT g.id, g.child_id, g.version, g.writer, c.version, c.writer"
         " FROM grandchild g JOIN child c ON c.id = g.child_id WHERE g.child_id = $1",
         shape::with_owner, relation::grandchild},
    };
    return all;
}

std::span<const lookup> lookups_by_fixed_id() {
    const auto by_id = [](const char* table) {
        return "SELECT version, writer FROM " + std::string(table) + " WHERE id = $1";
    };
    static const std::vector<lookup> all{
        {"account", by_id("account"), shape::one, relation::account},
        {"account_view", by_id("account_view"), shape::one, relation::account},
        {"account_function", "SELECT version, writer FROM account_of($1)", shape::one,
         relation::account},
        {"mirror", "SELECT version, writer FROM mirror WHERE account_id = $1", shape::one,
         relation::mirror},
        {"late_mirror", "SELECT version, writer FROM late_mirror WHERE account_id = $1", shape::one,
         relation::late_mirror},
        {"ledger", by_id("ledger"), shape::one, relation::ledger},
        {"ledger_copy", "SELECT version, writer FROM ledger_copy WHERE ledger_id = $1", shape::one,
         relation::ledger_copy},
        {"part", "SELECT version, writer, region + 1 FROM part WHERE id = $1", shape::one_owned,
         relation::part},
        {"part_leaf", by_id("part_0"), shape::leaf, relation::part},
        {"vehicle", by_id("vehicle"), shape::one, relation::vehicle},
        // As often as there are ways to write it.
        {"slot", by_id("slot"), shape::one, relation::slot, false},
        {"slot", by_id("slot"), shape::one, relation::slot, false},
        {"slot", by_id("slot"), shape::one, relation::slot, false},
        {"slot", by_id("slot"), shape::one, relation::slot, false},
        {"slot_view", by_id("slot_view"), shape::one, relation::slot_view, false},
        {"slot_summary", by_id("slot_summary"), shape::one, relation::slot_summary, false},
        {"item", by_id("item"), shape::one, relation::item_east},
        {"secret", by_id("secret"), shape::one, relation::secret},
        {"secret", by_id("secret"), shape::one, relation::secret},
    };
    return all;
}

const lookup& parents_of_group() {
    static const lookup query{
        "parents", "SELECT id, grp, version, writer FROM parent WHERE grp = $1 ORDER BY id",
        shape::rows, relation::parent};
    return query;
}

const lookup& notes_of_bucket() {
    static const lookup query{
        "notes_of_bucket",
        "SELECT id, parent_id, version, writer FROM note WHERE bucket = $1 ORDER BY id",
        shape::bucket, relation::note};
    return query;
}

const lookup& parent_by_id() {
    static const lookup query{"parent", "SELECT version, writer FROM parent WHERE id = $1",
                              shape::one, relation::parent};
    return query;
}

const lookup& all_accounts() {
    static const lookup query{"accounts", "SELECT id, version, writer FROM account ORDER BY id",
                              shape::list, relation::account};
    return query;
}

lookup control_of(const lookup& original) {
    lookup control = original;
    control.text = "SELECT * FROM (" + original.text + ") AS asked WHERE random() >= 0";
    return control;
}

std::vector<std::int64_t> interpret(const lookup& asked, std::int64_t key, const answer& got,
                                    const read_context& context, read_operation& read) {
    std::vector<std::int64_t> next;
    switch (asked.how) {
        case shape::one:
        case shape::one_owned:
            interpret_one(asked, key, got, context, read);
            return next;
        case shape::leaf:
            if (got.rows() == 0) {
                read.conditions.push_back({{asked.in, key}, 1, false});
            } else {
                read.rows.push_back({{asked.in, key}, got.integer(0, 0), writer_at(got, 0, 1), 1});
            }
            return next;
        case shape::aggregate:
            interpret_aggregate(asked, key, got, read);
            read.listings.push_back({asked.in, key, listing::everything, true});
            return next;
        case shape::list:
            for (int i = 0; i < got.rows(); ++i) {
                next.push_back(got.integer(i, 0));
                read.rows.push_back(
                    {{asked.in, next.back()}, got.integer(i, 1), writer_at(got, i, 2)});
            }
            return next;
        case shape::rows:
        case shape::latest:
        case shape::with_owner:
        case shape::bucket:
            break;
    }
    for (int i = 0; i < got.rows(); ++i) {
        const std::int64_t id = got.integer(i, 0);
        const owner_id owner = owner_at(got, i, 1);
        read.rows.push_back({{asked.in, id}, got.integer(i, 2), writer_at(got, i, 3), owner});
        if (asked.how == shape::with_owner) {
            read.rows.push_back(
                {{facts_of(asked.in).owned_by, owner}, got.integer(i, 4), writer_at(got, i, 5)});
        }
        if (asked.how != shape::bucket) {
            next.push_back(id);
        } else if (owner != nobody) {
            next.push_back(owner);
        }
    }
    if (asked.how == shape::bucket) return next;
    listing list{asked.in, key};
    list.ordered = asked.text.find("ORDER BY id") != std::string::npos;
    if (asked.how == shape::latest && !next.empty()) list.after = next.front();
    read.listings.push_back(list);
    return next;
}

}  // namespace pgfold::consistency
