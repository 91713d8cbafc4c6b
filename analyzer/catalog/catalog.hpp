// One database's catalog at one moment: immutable, shared between threads.
//
// Flow: run catalog_queries() (catalog_queries.hpp), give their rows to a catalog_builder, publish
// the result in a catalog_directory. What a statement reads and writes is then asked of
// effects_of() (statement_effects.hpp).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/catalog/relation.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::catalog {

// The schemas in which a session looks for bare names: what current_schemas(true) answers, that is,
// those that exist, may be used by its role, and pg_catalog where it stands.
struct search_path {
    std::vector<std::string> schemas;
    friend bool operator==(const search_path&, const search_path&) = default;
};

// A user's operator whose function is not immutable.
struct unsteady_operator {
    std::string schema;
    std::string name;
    volatility stability = volatility::volatile_;
};

// What no statement's text shows and still may run a user's function that is not immutable.
struct hidden_calls {
    std::string cast_function;                     // of a user-defined cast; empty without
    std::string domain_function;                   // in a domain's CHECK constraint; empty without
    volatility stability = volatility::immutable;  // the worst of them
    std::string event_trigger;                     // fires on DDL; empty without
};

// What makes equality and calls something else than they look like. True where it is not known.
struct peculiarities {
    bool nondeterministic_collations = true;
    bool own_equality = true;  // a user's `=` between two of PostgreSQL's types
    bool hidden_sets = true;   // a user's operator or `row.name` may return several rows
};

class catalog {
public:
    [[nodiscard]] const relation* find(oid id) const;
    [[nodiscard]] const function* find_function(oid id) const;
    [[nodiscard]] std::string_view schema_name(oid id) const;
    [[nodiscard]] std::span<const relation> relations() const { return relations_; }
    [[nodiscard]] std::span<const foreign_key> foreign_keys() const { return foreign_keys_; }

    // The relations that a reference in a statement may stand for. None: it is unknown, such as a
    // table made since. Several: a bare name in several schemas, when `path` is not known.
    [[nodiscard]] std::vector<const relation*> resolve(std::string_view schema,
                                                       std::string_view name,
                                                       const search_path* path) const;

    // All functions of that name, PostgreSQL's and the database's. An empty schema means any.
    [[nodiscard]] std::vector<const function*> functions_named(std::string_view schema,
                                                               std::string_view name) const;
    // Not immutable, and called by `row.name` as well as by `name(row)`.
    [[nodiscard]] std::span<const function* const> row_functions() const { return row_functions_; }
    [[nodiscard]] std::span<const unsteady_operator> unsteady_operators() const {
        return operators_;
    }
    [[nodiscard]] const hidden_calls& hidden() const { return hidden_; }
    [[nodiscard]] const peculiarities& odd() const { return odd_; }
    // Under one of them equal texts need not be the same bytes. COLLATE, or a domain, may bring it
    // into any statement.
    [[nodiscard]] bool has_nondeterministic_collations() const {
        return odd_.nondeterministic_collations;
    }
    // By which the server is asked whether it still holds (catalog_queries.hpp); may be empty.
    [[nodiscard]] const std::string& stamp() const { return stamp_; }
    // A function of the database may do DDL.
    [[nodiscard]] bool functions_may_do_ddl() const { return functions_may_do_ddl_; }

private:
    friend class catalog_builder;
    catalog() = default;
    void index();

    std::unordered_map<oid, std::string> schemas_;
    std::vector<relation> relations_;
    std::vector<function> functions_;
    std::vector<foreign_key> foreign_keys_;
    std::vector<unsteady_operator> operators_;
    hidden_calls hidden_;
    peculiarities odd_;
    std::string stamp_;
    bool functions_may_do_ddl_ = false;

    // Of what stands above.
    std::unordered_map<oid, std::size_t> relation_places_;
    std::unordered_map<oid, std::size_t> function_places_;
    std::unordered_multimap<std::string_view, std::size_t> relations_by_name_;
    std::unordered_multimap<std::string_view, std::size_t> functions_by_name_;
    std::vector<const function*> row_functions_;
};

using catalog_ptr = std::shared_ptr<const catalog>;

}  // namespace pgfold::catalog
