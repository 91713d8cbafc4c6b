// The current catalog of each database, for all threads.
//
// Flow of a load: `generation = database.generation()`, run catalog_queries(), `publish(catalog,
// generation)`; if DDL was seen meanwhile that fails, and the load starts over. Whoever sees DDL
// committed calls invalidate(), *before* he lets go of what that DDL may have changed (see
// proxy/freshness): until the next load, everything about the database is unknown.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "analyzer/catalog/catalog.hpp"

namespace pgfold::catalog {

class database_catalog {
public:
    struct view {
        catalog_ptr known;  // null: unknown
        std::uint64_t generation = 0;
    };

    explicit database_catalog(std::string name, bool keeps = true)
        : name_(std::move(name)), keeps_(keeps) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] view current() const;

    // Changes whenever the catalog does. What was worked out with an older one is worth nothing.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(); }

    // False if the catalog changed since `loaded_from`, or was loaded for nobody.
    bool publish(catalog_ptr known, std::uint64_t loaded_from);
    void invalidate();

    // What was known before it was invalidated: with the server's stamp unchanged it may be
    // published again. Null: nothing to compare with.
    [[nodiscard]] catalog_ptr previous() const;
    void forget_previous();

private:
    const std::string name_;
    const bool keeps_;
    std::atomic<std::uint64_t> generation_{1};
    mutable std::mutex mutex_;
    catalog_ptr current_, previous_;
};

class catalog_directory {
public:
    static constexpr std::size_t databases_max = 1'000;

    // Made at the first call. Past the limit all share one that never has a catalog.
    [[nodiscard]] std::shared_ptr<database_catalog> database(std::string_view name);
    // Null if nobody asked for it before.
    [[nodiscard]] std::shared_ptr<database_catalog> find(std::string_view name) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<database_catalog>, std::less<>> databases_;
    std::shared_ptr<database_catalog> overflow_ = std::make_shared<database_catalog>("", false);
};

}  // namespace pgfold::catalog
