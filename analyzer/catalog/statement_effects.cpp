#include "analyzer/catalog/statement_effects.hpp"

#include <algorithm>
#include <string>

#include "analyzer/catalog/effect_notes.hpp"
#include "analyzer/catalog/function_check.hpp"
#include "analyzer/catalog/read_closure.hpp"
#include "analyzer/catalog/text_search.hpp"
#include "analyzer/catalog/write_closure.hpp"

namespace pgfold::catalog {
namespace {

using sql::statement_kind;
using sql::statement_template;

// What kinds of statements do, apart from what their text names.
enum class nature : std::uint8_t {
    harmless,        // writes no table and calls no user's function
    facts,           // what its tables and functions say
    anything,        // writes everything
    runs_functions,  // writes everything, and does DDL if a function does
    runs_code,       // writes everything, and may do DDL
    ddl,
};

// COPY (INSERT … RETURNING …) TO
bool copies_query(const statement_template& statement) {
    std::string_view rest = statement.normalized_text;
    if (!begins_folded(rest, "COPY")) return true;
    rest.remove_prefix(4);
    const std::size_t next = rest.find_first_not_of(' ');
    return next == std::string_view::npos || rest[next] == '(';
}

nature nature_of(statement_kind kind, const statement_template& statement) {
    switch (kind) {
        case statement_kind::empty:
        case statement_kind::begin:
        case statement_kind::commit:  // what it commits was counted when it was sent
        case statement_kind::rollback:
        case statement_kind::savepoint:
        case statement_kind::release:
        case statement_kind::rollback_to:
        case statement_kind::prepare_transaction:
        case statement_kind::rollback_prepared:
        case statement_kind::set:
        case statement_kind::reset:
        case statement_kind::show:
        case statement_kind::discard:
        case statement_kind::prepare:
        case statement_kind::deallocate:
        // What a cursor calls was counted at its DECLARE, and holds until the transaction's end; a
        // WITH HOLD cursor has run to its end by then.
        case statement_kind::fetch:
        case statement_kind::close_cursor:
        case statement_kind::listen:
        case statement_kind::unlisten:
        case statement_kind::notify:
        case statement_kind::lock:
            return nature::harmless;
        case statement_kind::select:
            return statement.selects_into ? nature::ddl : nature::facts;
        case statement_kind::values:
        case statement_kind::insert:
        case statement_kind::update:
        case statement_kind::delete_:
        case statement_kind::merge:
        case statement_kind::table_copy:
        case statement_kind::declare_cursor:
            return nature::facts;
        case statement_kind::explain:
            // EXPLAIN ANALYZE runs the statement, which may be EXECUTE or CREATE TABLE AS.
            if (!statement.tables_written.empty()) return nature::runs_code;
            return statement.tables_read.empty() ? nature::runs_functions : nature::facts;
        case statement_kind::ddl:
            return statement.truncates ? nature::facts : nature::ddl;
        case statement_kind::other_utility:
            // VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT and ALTER SYSTEM change no row.
            return begins_folded(statement.normalized_text, "LOAD") ? nature::runs_code
                                                                    : nature::harmless;
        case statement_kind::commit_prepared:
            return nature::anything;  // which tables is known to who saw it prepared
        case statement_kind::execute:
        case statement_kind::call:
            return nature::runs_functions;
        case statement_kind::do_block:
        case statement_kind::multiple:
        case statement_kind::unknown:
            return nature::runs_code;
    }
    return nature::runs_code;
}

class effect_finder {
public:
    effect_finder(const statement_template& statement, const catalog* known,
                  const search_path* path, const effect_rules& rules, statement_effects& out)
        : statement_(statement),
          known_(known),
          path_(path),
          rules_(rules),
          out_(out),
          notes_(out) {}

    void find() {
        if (statement_.kind != statement_kind::select) notes_.reads_unknown("is not a SELECT");
        if (statement_.facts_incomplete) {
            notes_.reads_unknown("is nested too deeply");
            run_code("is nested too deeply");
        } else if (statement_.kind == statement_kind::multiple) {
            for (const statement_kind kind : statement_.kinds)
                statement_of(kind);
            if (statement_.kinds.empty()) run_code("holds several statements");
        } else {
            statement_of(statement_.kind);
        }
        if (out_.writes_everything) out_.writes.clear();
        if (!out_.reads_known) out_.reads.clear();
    }

private:
    void run_code(std::string reason) {
        if (!rules_.unknown_statements) return;
        notes_.writes_everything(std::move(reason));
        notes_.may_do_ddl();
    }

    void run_functions(std::string reason) {
        if (!rules_.unknown_statements) return;
        notes_.writes_everything(std::move(reason));
        if (known_ == nullptr || known_->functions_may_do_ddl()) notes_.may_do_ddl();
    }

    void statement_of(statement_kind kind) {
        switch (nature_of(kind, statement_)) {
            case nature::harmless:
                return;
            case nature::facts:
                return facts_of(kind);
            case nature::anything:
                if (rules_.unknown_statements)
                    notes_.writes_everything("is " + std::string(to_string(kind)));
                return;
            case nature::runs_functions:
                return run_functions("is " + std::string(to_string(kind)));
            case nature::runs_code:
                return run_code("is " + std::string(to_string(kind)));
            case nature::ddl:
                return definition();
        }
    }

    // The relation that is made comes first.
    [[nodiscard]] bool hides_permanent() const {
        if (!statement_.creates_temporary) return false;
        if (known_ == nullptr || statement_.tables_written.empty()) return true;
        if (statement_.kind != statement_kind::multiple)
            return !known_->resolve("", statement_.tables_written.front().name, nullptr).empty();
        return std::any_of(statement_.tables_written.begin(), statement_.tables_written.end(),
                           [this](const sql::table_reference& table) {
                               return !known_->resolve("", table.name, nullptr).empty();
                           });
    }

    // A temporary relation is new, and only this session's. But event triggers see it made.
    void definition() {
        if (hides_permanent()) notes_.hides_permanent();
        const bool private_ = statement_.creates_temporary && known_ != nullptr &&
                              known_->hidden().event_trigger.empty() &&
                              statement_.kind != statement_kind::multiple &&
                              !contains_folded(statement_.normalized_text, "EXECUTE");
        if (private_) return read_facts();
        notes_.reads_unknown("is DDL");
        notes_.does_ddl();
        if (rules_.unknown_statements) notes_.writes_everything("is DDL");
    }

    void facts_of(statement_kind kind) {
        read_facts();
        if (statement_.tables_written.empty()) return;
        const bool only_in_with = kind == statement_kind::select;
        if (only_in_with && !rules_.common_table_expressions) return;
        write_facts(kind);
    }

    void read_facts() {
        for (const std::string& name : statement_.functions)
            check_function(name, known_, rules_, notes_);
        if (known_ == nullptr) {
            notes_.reads_unknown("the database's catalog is not known");
            // A name may be that of a view, which may call anything.
            if (statement_.tables_read.empty()) return;
            if (rules_.unknown_statements)
                notes_.writes_everything("the database's catalog is not known");
            return;
        }
        check_unnamed_calls(statement_, *known_, rules_, notes_);
        read_closure reads(*known_, rules_, notes_);
        for (const sql::table_reference& table : statement_.tables_read) {
            const auto found = known_->resolve(table.schema, table.name, path_);
            if (found.empty()) {
                notes_.reads_unknown("reads " + table.name + ", which is not in the catalog");
                if (rules_.unknown_statements)
                    notes_.writes_everything("reads " + table.name +
                                             ", which is not in the catalog");
            }
            for (const relation* r : found)
                reads.add(*r);
        }
        out_.reads = reads.take_tables();
    }

    [[nodiscard]] table_change change_of(statement_kind kind) const {
        table_change change;
        change.columns = statement_.columns_set;
        switch (kind) {
            case statement_kind::table_copy:
                if (copies_query(statement_)) return table_change::anything();
                change.inserts = true;
                break;
            case statement_kind::insert:
                change.inserts = true;
                change.updates = statement_.updates_on_conflict;
                break;
            case statement_kind::update:
                change.updates = true;
                break;
            case statement_kind::delete_:
                change.deletes = true;
                break;
            case statement_kind::ddl:
                change.truncates = true;
                break;
            default:  // MERGE
                change.inserts = change.updates = change.deletes = true;
                break;
        }
        // Which table is written how is not told apart.
        if (statement_.writes_in_cte || statement_.kind == statement_kind::multiple) {
            change.inserts = change.updates = change.deletes = true;
            change.truncates = statement_.truncates;
        }
        return change;
    }

    void write_facts(statement_kind kind) {
        if (known_ == nullptr) {
            notes_.writes_everything("the database's catalog is not known");
            return;
        }
        write_closure writes(*known_, rules_, statement_.truncates_cascade, notes_);
        const table_change change = change_of(kind);
        for (const sql::table_reference& table : statement_.tables_written) {
            const auto found = known_->resolve(table.schema, table.name, path_);
            if (found.empty())
                notes_.writes_everything("writes " + table.name + ", which is not in the catalog");
            for (const relation* r : found)
                writes.add(*r, change);
        }
        for (const oid id : writes.take_tables()) {
            const auto place = std::lower_bound(out_.writes.begin(), out_.writes.end(), id);
            if (place == out_.writes.end() || *place != id) out_.writes.insert(place, id);
        }
    }

    const statement_template& statement_;
    const catalog* known_;
    const search_path* path_;
    const effect_rules& rules_;
    statement_effects& out_;
    effect_notes notes_;
};

}  // namespace

statement_effects effects_of(const sql::statement_template& statement, const catalog* known,
                             const search_path* path, const effect_rules& rules) {
    statement_effects effects;
    effect_finder(statement, known, path, rules, effects).find();
    return effects;
}

}  // namespace pgfold::catalog
