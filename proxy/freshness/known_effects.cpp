#include "proxy/freshness/known_effects.hpp"

#include <utility>

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

tracked_effects_ptr work_out(const std::shared_ptr<database_versions>& database,
                             const sql::statement_template& statement, known_search_path path) {
    auto made = std::make_shared<tracked_effects>();
    const auto current = database->catalog().current();
    made->kind = statement.kind;
    made->catalog_generation = current.generation;
    made->found = catalog::effects_of(statement, current.known.get(), path.schemas,
                                      database->rules().effects);
    for (const catalog::oid id : made->found.writes)
        made->writes.push_back(&database->table(id));
    if (made->found.reads_known) {
        auto reads = std::make_shared<read_set>();
        reads->database = database;
        reads->catalog_generation = current.generation;
        for (const catalog::oid id : made->found.reads)
            reads->tables.push_back(&database->table(id));
        made->reads = std::move(reads);
    }
    made->is_plain_read = made->found.writes_nothing() &&
                          made->found.ddl == catalog::catalog_change::none &&
                          !ends_or_moves_transaction(statement.kind);
    return made;
}

}  // namespace

const tracked_effects_ptr& known_effects::of(const std::shared_ptr<database_versions>& database,
                                             const sql::statement_template& statement,
                                             known_search_path path) {
    const sql::hash128 key{statement.hash_low ^ path.hash,
                           statement.hash_high ^ reinterpret_cast<std::uintptr_t>(database.get())};
    const std::uint64_t generation = database->catalog().generation();
    entry* known = cache_.find(key);
    if (known != nullptr && known->database == database &&
        known->effects->catalog_generation == generation)
        return known->effects;
    return cache_.insert(key, {database, work_out(database, statement, path)}).effects;
}

tracked_effects_ptr unknown_effects() {
    static const tracked_effects_ptr unknown = [] {
        auto made = std::make_shared<tracked_effects>();
        made->found.writes_everything = true;
        made->found.writes_reason = "is not analyzed";
        made->found.reads_reason = "is not analyzed";
        made->found.ddl = catalog::catalog_change::possible;
        return made;
    }();
    return unknown;
}

}  // namespace pgfold::freshness
