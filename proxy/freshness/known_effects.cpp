#include "proxy/freshness/known_effects.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "analyzer/catalog/text_search.hpp"

namespace pgfold::freshness {
namespace {

using sql::statement_kind;

// Kinds that a session has to follow although they write nothing.
bool ends_or_moves_transaction(statement_kind kind) {
    switch (kind) {
        case statement_kind::commit:
        case statement_kind::rollback:
        case statement_kind::rollback_to:
        case statement_kind::prepare_transaction:
        case statement_kind::commit_prepared:
        case statement_kind::rollback_prepared:
        case statement_kind::multiple:
            return true;
        default:
            return false;
    }
}

// DDL of tables and the like does not.
bool may_write_role_settings(const sql::statement_template& statement,
                             const catalog::statement_effects& found) {
    if (found.ddl == catalog::catalog_change::none) return false;
    if (statement.kind != statement_kind::ddl) return true;
    return catalog::contains_folded(statement.normalized_text, "role") ||
           catalog::contains_folded(statement.normalized_text, "user") ||
           catalog::contains_folded(statement.normalized_text, "group") ||
           catalog::contains_folded(statement.normalized_text, "database") ||
           catalog::contains_folded(statement.normalized_text, "system");
}

tracked_effects_ptr work_out(const std::shared_ptr<database_versions>& database,
                             const sql::statement_template& statement, known_search_path path) {
    auto made = std::make_shared<tracked_effects>();
    const auto current = database->catalog().current();
    made->kind = statement.kind;
    made->catalog_generation = current.generation;
    made->found = catalog::effects_of(statement, current.known.get(), path.schemas,
                                      database->rules().effects);
    for (const catalog::oid id : made->found.writes) {
        made->writes.push_back(&database->table(id));
        if (table_keys* keys = database->keys_of(id)) made->writes.push_back(&keys->wide);
    }
    if (current.known != nullptr)
        made->key = key_access_of(*database, statement, *current.known, path.schemas, made->found);
    if (made->found.reads_known) {
        auto reads = std::make_shared<read_set>();
        reads->database = database;
        reads->catalog_generation = current.generation;
        for (const catalog::oid id : made->found.reads)
            reads->tables.push_back(&database->table(id));
        made->reads = std::move(reads);
    }
    made->may_write_role_settings = may_write_role_settings(statement, made->found);
    made->is_plain_read =
        made->found.writes_nothing() && made->found.ddl == catalog::catalog_change::none &&
        !made->found.hides_permanent && !ends_or_moves_transaction(statement.kind);
    return made;
}

}  // namespace

tracked_effects_ptr written_with(const tracked_effects_ptr& effects,
                                 std::span<const detect::argument> arguments) {
    if (!effects->key || effects->writes.empty()) return effects;
    const auto places = places_of(*effects->key, arguments);
    if (places.empty()) return effects;
    auto made = std::make_shared<tracked_effects>(*effects);
    made->writes = {effects->key->table};
    for (const std::uint32_t place : places)
        made->writes.push_back(&effects->key->keys->places[place]);
    return made;
}

read_set_ptr read_with(const tracked_effects& effects,
                       std::span<const detect::argument> arguments) {
    if (!effects.key || effects.reads == nullptr) return effects.reads;
    const auto places = places_of(*effects.key, arguments);
    if (places.empty()) return effects.reads;
    auto made = std::make_shared<read_set>();
    made->database = effects.reads->database;
    made->catalog_generation = effects.reads->catalog_generation;
    made->tables = {&effects.key->keys->wide, &effects.key->keys->places[places.front()]};
    made->part = places.front() + 1;
    return made;
}

const tracked_effects_ptr& known_effects::of(const std::shared_ptr<database_versions>& database,
                                             const sql::statement_template& statement,
                                             known_search_path path) {
    const sql::hash128 key{statement.hash_low ^ path.hash,
                           statement.hash_high ^ reinterpret_cast<std::uintptr_t>(database.get())};
    const std::uint64_t generation = database->catalog().generation();
    entry* known = cache_.find(key);
    if (known != nullptr && known->database == database &&
        (known->effects->catalog_generation == generation ||
         // Only without that rule (freshness_rules.hpp).
         (!database->rules().check_catalog_generation && known->effects->is_plain_read &&
          known->effects->reads != nullptr)))
        return known->effects;
    return cache_.insert(key, {database, work_out(database, statement, path)}).effects;
}

namespace {

tracked_effects_ptr everything(catalog::catalog_change ddl) {
    auto made = std::make_shared<tracked_effects>();
    made->found.writes_everything = true;
    made->found.writes_reason = "is not analyzed";
    made->found.reads_reason = "is not analyzed";
    made->found.ddl = ddl;
    made->may_write_role_settings = ddl != catalog::catalog_change::none;
    return made;
}

// One statement of those that do no DDL by themselves.
bool is_query(std::string_view text) {
    constexpr std::string_view words[] = {"select", "insert", "update", "delete",
                                          "merge",  "with",   "values"};
    const std::size_t begin = text.find_first_not_of(" \t\r\n(");
    if (begin == std::string_view::npos) return false;
    text.remove_prefix(begin);
    const std::size_t semicolon = text.find(';');
    if (semicolon != std::string_view::npos &&
        text.find_first_not_of(" \t\r\n;", semicolon) != std::string_view::npos)
        return false;
    return std::any_of(std::begin(words), std::end(words), [text](std::string_view word) {
        return text.size() > word.size() &&
               std::equal(word.begin(), word.end(), text.begin(),
                          [](char a, char b) { return a == (b | 0x20); });
    });
}

bool functions_may_do_ddl(const database_versions& database) {
    const catalog::catalog_ptr known = database.catalog().current().known;
    return known == nullptr || known->functions_may_do_ddl();
}

}  // namespace

tracked_effects_ptr unknown_effects(const database_versions& database, std::string_view text) {
    // SELECT … INTO does DDL.
    const bool query = is_query(text) && !functions_may_do_ddl(database) &&
                       !catalog::contains_folded(text, "into");
    return everything(query ? catalog::catalog_change::none : catalog::catalog_change::possible);
}

tracked_effects_ptr function_call_effects(const database_versions& database) {
    return everything(functions_may_do_ddl(database) ? catalog::catalog_change::possible
                                                     : catalog::catalog_change::none);
}

}  // namespace pgfold::freshness
