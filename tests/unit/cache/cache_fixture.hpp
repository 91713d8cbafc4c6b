// Questions and answers for tests of the store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/catalog/catalog_directory.hpp"
#include "proxy/cache/answer_store.hpp"

namespace pgfold::test {

struct cache_fixture {
    std::shared_ptr<freshness::database_versions> database =
        std::make_shared<freshness::database_versions>(
            std::make_shared<catalog::database_catalog>("shop"), freshness::freshness_rules{});
    sql::template_ptr statement = make_statement(1);
    freshness::read_set_ptr tables = make_tables({1});

    static sql::template_ptr make_statement(std::uint64_t number) {
        auto made = std::make_shared<sql::statement_template>();
        made->hash_low = number;
        made->hash_high = ~number;
        return made;
    }
    freshness::read_set_ptr make_tables(std::vector<catalog::oid> ids) const {
        auto made = std::make_shared<freshness::read_set>();
        made->database = database;
        made->catalog_generation = database->catalog().generation();
        for (const auto id : ids)
            made->tables.push_back(&database->table(id));
        return made;
    }

    cache::answer_key key(const cache::answer_store& store, const std::string& value,
                          detect::argument_format format = detect::argument_format::text) const {
        const std::vector<detect::argument> arguments{{.bytes = value, .format = format}};
        cache::answer_key made;
        (void)cache::make_key({.database = database.get(),
                               .settings = {},
                               .statement = *statement,
                               .arguments = arguments},
                              store.hash(), made);
        return made;
    }

    cache::answer_store::published publish(cache::answer_store& store, const std::string& value,
                                           const std::string& rows) const {
        const auto stamp = freshness::database_versions::capture(tables);
        return store.publish(key(store, value),
                             {.origin = store.origins().of(statement, tables, {}),
                              .stamp_sum = stamp.sum,
                              .rows = 1,
                              .row_bytes = std::as_bytes(std::span(rows)),
                              .born = {}});
    }
    bool has(cache::answer_store& store, const std::string& value) const {
        return store.find(key(store, value)) != nullptr;
    }
};

}  // namespace pgfold::test
