#include "analyzer/catalog/function_check.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "analyzer/catalog/harmless_functions.hpp"
#include "analyzer/catalog/text_search.hpp"
#include "analyzer/sql/builtin_functions.hpp"

namespace pgfold::catalog {
namespace {

using sql::builtin_volatility;
using sql::function_volatility;

std::string calls(std::string_view name) {
    return "calls " + std::string(name) + "()";
}

void unseen(std::string_view name, effect_notes& notes) {
    notes.reads_unknown(calls(name) + ", which reads what cannot be seen");
}

void unknown_function(std::string_view name, const effect_rules& rules, effect_notes& notes) {
    notes.reads_unknown(calls(name) + ", which is unknown");
    if (!rules.function_calls) return;
    notes.writes_everything(calls(name) + ", which is unknown");
    notes.may_do_ddl();
}

void check_user_function(const function& f, std::string_view name, const catalog& known,
                         const effect_rules& rules, effect_notes& notes) {
    if (f.stability == volatility::immutable) return;
    unseen(name, notes);
    if (f.writes_no_table() || !rules.function_calls) return;
    notes.writes_everything(calls(name));
    if (known.functions_may_do_ddl()) notes.may_do_ddl();
}

// False when the name is not known for one of PostgreSQL's.
bool check_builtin_by_name(std::string_view name, const catalog* known, const effect_rules& rules,
                           effect_notes& notes) {
    switch (builtin_volatility(name)) {
        case function_volatility::immutable:
        case function_volatility::stable:
            return true;
        case function_volatility::clock:
            notes.reads_unknown(calls(name) + ", whose answer depends on the time");
            return true;
        case function_volatility::session:
            notes.depends_on_session();
            return true;
        case function_volatility::volatile_:
        case function_volatility::unknown:
            break;
    }
    if (is_harmless_builtin(name)) {
        notes.reads_unknown(calls(name));
        return true;
    }
    if (known == nullptr) return false;
    bool is_builtin = false;
    for (const function* f : known->functions_named("pg_catalog", name)) {
        if (!f->is_builtin) continue;
        is_builtin = true;
        if (f->stability == volatility::immutable) continue;
        unseen(name, notes);
        if (f->stability == volatility::volatile_ && rules.function_calls)
            notes.writes_everything(calls(name));
    }
    return is_builtin;
}

std::pair<std::string_view, std::string_view> split_schema(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return {"", name};
    return {name.substr(0, dot), name.substr(dot + 1)};
}

// Operators that need not be written to be used: IN, BETWEEN, JOIN … USING, CASE x WHEN y.
bool is_implied(std::string_view name) {
    return name == "=" || name == "<>" || name == "<" || name == "<=" || name == ">" ||
           name == ">=";
}

bool uses(const sql::statement_template& statement, const unsteady_operator& op) {
    return is_implied(op.name) ||
           std::any_of(statement.operators.begin(), statement.operators.end(),
                       [&op](const std::string& written) {
                           const auto [schema, name] = split_schema(written);
                           return name == op.name && (schema.empty() || schema == op.schema);
                       });
}

}  // namespace

void check_function(std::string_view name, const catalog* known, const effect_rules& rules,
                    effect_notes& notes) {
    const auto [schema, bare] = split_schema(name);
    bool found = false;
    if (schema.empty() || schema == "pg_catalog")
        found = check_builtin_by_name(bare, known, rules, notes);
    if (known != nullptr) {
        for (const function* f : known->functions_named(schema, bare)) {
            if (f->is_builtin && (schema.empty() || schema == "pg_catalog")) continue;
            found = true;
            check_user_function(*f, name, *known, rules, notes);
        }
    }
    if (!found) unknown_function(name, rules, notes);
}

void check_call(const call& made, const catalog& known, const effect_rules& rules,
                effect_notes& notes) {
    const function* f = known.find_function(made.function);
    if (f == nullptr) return unknown_function("a function", rules, notes);
    if (!f->is_builtin) return check_user_function(*f, f->name, known, rules, notes);
    switch (f->stability) {
        case volatility::immutable:
            return;
        case volatility::stable:
            // Of PostgreSQL's operators those are stable that depend on settings such as TimeZone.
            if (made.by_operator) return;
            switch (builtin_volatility(f->name)) {
                case function_volatility::immutable:
                case function_volatility::stable:
                    return;
                case function_volatility::session:
                    return notes.depends_on_session();
                case function_volatility::clock:
                    return notes.reads_unknown(calls(f->name) +
                                               ", whose answer depends on the time");
                default:
                    return unseen(f->name, notes);
            }
        case volatility::volatile_:
            notes.reads_unknown(calls(f->name));
            if (!f->writes_no_table() && rules.function_calls)
                notes.writes_everything(calls(f->name));
            return;
    }
}

void check_expression(const expression_facts& facts, std::string_view owner, const catalog& known,
                      const effect_rules& rules, effect_notes& notes) {
    if (facts.reads_clock)
        notes.reads_unknown("reads " + std::string(owner) + ", which depends on the time");
    if (facts.samples_rows)
        notes.reads_unknown("reads " + std::string(owner) + ", which samples rows at random");
    if (facts.reads_session) notes.depends_on_session();
    for (const call& made : facts.calls)
        check_call(made, known, rules, notes);
}

void check_unnamed_calls(const sql::statement_template& statement, const catalog& known,
                         const effect_rules& rules, effect_notes& notes) {
    for (const function* f : known.row_functions()) {
        if (contains_folded(statement.normalized_text, f->name))
            check_user_function(*f, f->name, known, rules, notes);
    }
    for (const unsteady_operator& op : known.unsteady_operators()) {
        if (!uses(statement, op)) continue;
        notes.reads_unknown("uses the operator " + op.name + ", which is not immutable");
        if (op.stability == volatility::volatile_ && rules.function_calls)
            notes.writes_everything("uses the operator " + op.name + ", which is volatile");
    }
    const hidden_calls& hidden = known.hidden();
    for (const std::string* name : {&hidden.cast_function, &hidden.domain_function}) {
        if (name->empty()) continue;
        notes.reads_unknown("a cast or domain of the database calls " + *name + "()");
        if (hidden.stability == volatility::volatile_ && rules.function_calls)
            notes.writes_everything("a cast or domain of the database calls " + *name + "()");
    }
}

}  // namespace pgfold::catalog
