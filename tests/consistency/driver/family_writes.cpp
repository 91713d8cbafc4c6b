// Parents, children, grandchildren and notes: rows that come and go, and foreign keys that act.
#include <fmt/format.h>

#include <string>

#include "tests/consistency/driver/writer.hpp"

namespace pgfold::consistency {
namespace {

constexpr std::size_t copied_rows = 2;

}  // namespace

void writer::write_family(session& on, std::int64_t parent) {
    if (parent == 0) {
        insert_parent(on, seen_.group());
        return;
    }
    const auto child = seen_.child_of(parent, random_);
    const bool crowded = seen_.parents_seen() > static_cast<std::size_t>(size_.parents_per_group);
    switch (random_() % 22) {
        case 0:
        case 1:
            if (crowded || chance(30)) {
                delete_parent(on, parent);
            } else {
                insert_parent(on, seen_.group());
            }
            return;
        case 2:
            insert_parent(on, seen_.group());
            return;
        case 3:
        case 4:
        case 20:
            update_parent(on, parent);
            return;
        case 5:
        case 6:
            write_note(on, parent);
            return;
        case 7:
            update_children(on, parent);
            return;
        case 8:
            delete_children(on, parent);
            return;
        case 9:
            copy_children(on, parent);
            return;
        case 10:
        case 11:
            insert_children(on, parent);
            return;
        default:
            break;
    }
    if (!child) {
        insert_children(on, parent);
        return;
    }
    switch (random_() % 8) {
        case 0:
        case 1:
        case 2:
            update_child(on, *child, false);
            return;
        case 3:
            update_child(on, *child, true);
            return;
        case 4:
            delete_child(on, *child);
            return;
        case 5:
            move_child(on, *child, seen_.parent(random_).value_or(parent));
            return;
        default:
            write_grandchild(on, *child);
            return;
    }
}

void writer::insert_parent(session& on, std::int64_t group) {
    const std::int64_t id = on.book().fresh_number();
    const auto number = static_cast<std::uint64_t>(id);
    const answer got = on.write("insert parent", "INSERT INTO parent VALUES ($1, $2, 1, $3)",
                                {id, group, id}, any_form());
    if (got.ok()) on.wrote({relation::parent, id}, 1, number, group);
}

void writer::delete_parent(session& on, std::int64_t parent) {
    // Its children and their children go with it, and its notes lose it.
    const answer got =
        on.write("delete parent (cascades)", "DELETE FROM parent WHERE id = $1 RETURNING version",
                 {parent}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::parent, parent}, got.integer(0, 0) + 1,
                 static_cast<std::uint64_t>(on.book().fresh_number()), gone);
    }
}

void writer::update_parent(session& on, std::int64_t parent) {
    const std::int64_t number = on.book().fresh_number();
    const answer got = on.write(
        "update parent",
        "UPDATE parent SET version = version + 1, writer = $2 WHERE id = $1 RETURNING version, grp",
        {parent, number}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::parent, parent}, got.integer(0, 0), static_cast<std::uint64_t>(number),
                 got.integer(0, 1));
    }
}

void writer::insert_children(session& on, std::int64_t parent) {
    const std::int64_t id = on.book().fresh_number();
    const answer got = on.write("insert child",
                                "INSERT INTO child (id, parent_id, version, writer) "
                                "VALUES ($1, $2, 1, $1)",
                                {id, parent}, any_form());
    if (got.ok()) on.wrote({relation::child, id}, 1, static_cast<std::uint64_t>(id), parent);
}

void writer::copy_children(session& on, std::int64_t parent) {
    std::vector<std::int64_t> ids;
    std::string lines;
    for (std::size_t i = 0; i < copied_rows; ++i) {
        ids.push_back(on.book().fresh_number());
        lines += fmt::format("{0}\t{1}\t1\t{0}\n", ids.back(), parent);
    }
    const answer got = on.write_copy(
        "copy children", "COPY child (id, parent_id, version, writer) FROM STDIN", lines);
    if (!got.ok()) return;
    for (const std::int64_t id : ids) {
        on.wrote({relation::child, id}, 1, static_cast<std::uint64_t>(id), parent);
    }
}

void writer::update_children(session& on, std::int64_t parent) {
    const std::int64_t number = on.book().fresh_number();
    const answer got = on.write("update children",
                                "UPDATE child SET version = version + 1, writer = $2"
                                " WHERE parent_id = $1 RETURNING id, version",
                                {parent, number}, any_form());
    for (int i = 0; got.ok() && i < got.rows(); ++i) {
        on.wrote({relation::child, got.integer(i, 0)}, got.integer(i, 1),
                 static_cast<std::uint64_t>(number), parent);
    }
}

void writer::delete_children(session& on, std::int64_t parent) {
    const auto number = static_cast<std::uint64_t>(on.book().fresh_number());
    const answer got = on.write("delete children",
                                "DELETE FROM child USING parent WHERE parent_id = parent.id"
                                " AND parent.id = $1 RETURNING child.id, child.version",
                                {parent}, any_form());
    for (int i = 0; got.ok() && i < got.rows(); ++i) {
        on.wrote({relation::child, got.integer(i, 0)}, got.integer(i, 1) + 1, number, gone);
    }
}

void writer::update_child(session& on, std::int64_t child, bool in_cte) {
    const std::int64_t number = on.book().fresh_number();
    const answer got =
        in_cte ? on.write("update child in a WITH query",
                          "WITH done AS (UPDATE child SET version = version + 1, writer = $2"
                          " WHERE id = $1 RETURNING version, parent_id)"
                          " SELECT version, parent_id FROM done",
                          {child, number}, any_form())
               : on.write("update child",
                          "UPDATE child SET version = version + 1, writer = $2 WHERE id = $1"
                          " RETURNING version, parent_id",
                          {child, number}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::child, child}, got.integer(0, 0), static_cast<std::uint64_t>(number),
                 got.integer(0, 1));
    }
}

void writer::delete_child(session& on, std::int64_t child) {
    const auto number = static_cast<std::uint64_t>(on.book().fresh_number());
    const answer got =
        on.write("delete child (cascades)", "DELETE FROM child WHERE id = $1 RETURNING version",
                 {child}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::child, child}, got.integer(0, 0) + 1, number, gone);
    }
}

void writer::move_child(session& on, std::int64_t child, std::int64_t to) {
    const std::int64_t number = on.book().fresh_number();
    const answer got = on.write("move child",
                                "UPDATE child SET version = version + 1, writer = $2,"
                                " parent_id = $3 WHERE id = $1 RETURNING version",
                                {child, number, to}, any_form());
    if (got.ok() && got.rows() == 1) {
        on.wrote({relation::child, child}, got.integer(0, 0), static_cast<std::uint64_t>(number),
                 to);
    }
}

void writer::write_grandchild(session& on, std::int64_t child) {
    const std::int64_t number = on.book().fresh_number();
    if (chance(50)) {
        const answer got =
            on.write("insert grandchild", "INSERT INTO grandchild VALUES ($2, $1, 1, $2)",
                     {child, number}, any_form());
        if (got.ok()) {
            on.wrote({relation::grandchild, number}, 1, static_cast<std::uint64_t>(number), child);
        }
        return;
    }
    const bool deletes = chance(40);
    const answer got =
        deletes ? on.write("delete grandchildren",
                           "DELETE FROM grandchild WHERE child_id = $1 RETURNING id, version + 1",
                           {child}, any_form())
                : on.write("update grandchildren",
                           "UPDATE grandchild SET version = version + 1, writer = $2"
                           " WHERE child_id = $1 RETURNING id, version",
                           {child, number}, any_form());
    for (int i = 0; got.ok() && i < got.rows(); ++i) {
        on.wrote({relation::grandchild, got.integer(i, 0)}, got.integer(i, 1),
                 static_cast<std::uint64_t>(number), deletes ? gone : child);
    }
}

void writer::write_note(session& on, std::int64_t parent) {
    const std::int64_t number = on.book().fresh_number();
    const auto by = static_cast<std::uint64_t>(number);
    auto& notes = seen_.notes();
    if (notes.empty() || (notes.size() < 30 && chance(25))) {
        const std::int64_t bucket = static_cast<std::int64_t>(random_()) & 1;
        const answer got = on.write("insert note", "INSERT INTO note VALUES ($1, $2, $3, 1, $1)",
                                    {number, bucket, parent}, any_form());
        if (!got.ok()) return;
        on.wrote({relation::note, number}, 1, by, parent);
        notes.push_back(number);
        return;
    }
    const std::size_t place = random_() % notes.size();
    const std::int64_t note = notes[place];
    if (chance(40)) {
        const answer got = on.write("update note",
                                    "UPDATE note SET version = version + 1, writer = $2"
                                    " WHERE id = $1 RETURNING version, parent_id",
                                    {note, number}, any_form());
        if (!got.ok() || got.rows() != 1) return;
        const owner_id owner = got.is_null(0, 1) ? nobody : got.integer(0, 1);
        on.wrote({relation::note, note}, got.integer(0, 0), by, owner, owner);
        return;
    }
    // To know whether a foreign key had set it to NULL, lock it first.
    const bool alone = !on.in_transaction();
    if (alone && !on.begin(isolation::read_committed)) return;
    const answer before =
        on.write("select note for update", "SELECT parent_id FROM note WHERE id = $1 FOR UPDATE",
                 {note}, any_form());
    if (before.ok() && before.rows() == 1) {
        const owner_id owner_before = before.is_null(0, 0) ? nobody : before.integer(0, 0);
        const bool deletes = chance(20);
        const answer got =
            deletes
                ? on.write("delete note", "DELETE FROM note WHERE id = $1 RETURNING version + 1",
                           {note}, any_form())
                : on.write("attach note",
                           "UPDATE note SET version = version + 1, writer = $2, parent_id = $3"
                           " WHERE id = $1 RETURNING version",
                           {note, number, parent}, any_form());
        if (got.ok() && got.rows() == 1) {
            on.wrote({relation::note, note}, got.integer(0, 0), by, deletes ? gone : parent,
                     owner_before);
        }
    } else if (before.ok()) {
        notes.erase(notes.begin() + static_cast<std::ptrdiff_t>(place));
    }
    if (!alone) return;
    if (on.failed()) {
        on.rollback();
    } else {
        on.commit();
    }
}

}  // namespace pgfold::consistency
