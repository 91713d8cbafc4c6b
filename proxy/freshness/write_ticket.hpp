// Writes in flight: entries that were begun and must be ended, exactly once. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/freshness/database_versions.hpp"

namespace pgfold::freshness {

class write_ticket {
public:
    // A transaction that writes more tables, or more keys of them, writes everything.
    static constexpr std::size_t tables_max = 192;

    explicit write_ticket(std::shared_ptr<database_versions> database)
        : database_(std::move(database)) {}
    ~write_ticket() { end(); }
    write_ticket(write_ticket&&) noexcept;
    write_ticket& operator=(write_ticket&&) noexcept;
    write_ticket(const write_ticket&) = delete;
    write_ticket& operator=(const write_ticket&) = delete;

    // Tables found with the catalog of `generation`; `everything` where that is out of date. What
    // the ticket has already is not begun again, but belongs to `request` from now on.
    void begin(const std::vector<table_entry*>& tables, std::uint64_t generation,
               std::uint64_t request);
    void begin_everything(std::uint64_t request);
    void begin_role_settings(std::uint64_t request);
    // The transaction that ends with this request does DDL, or may.
    void note_ddl(std::uint64_t request);

    // Ends what belongs to requests up to this one: versions go up, then writers down, at once.
    void end(std::uint64_t last_request = ~std::uint64_t{0});
    // Takes them out of flight and leaves the versions: breaks the rules (freshness_rules.hpp).
    // Returns what it let go.
    std::vector<table_entry*> forget(std::uint64_t last_request = ~std::uint64_t{0});

    // What the other has belongs to this one, and to `request`.
    void absorb(write_ticket other, std::uint64_t request);

    // All its statements have run: it need not hold up who waits for writers that know an older
    // catalog, unless the catalog has changed under them.
    void settle_catalog();

    // A second ticket for what belongs to requests up to this one.
    [[nodiscard]] write_ticket copy(std::uint64_t last_request = ~std::uint64_t{0}) const;

    [[nodiscard]] bool empty() const { return writes_.empty() && !ddl_; }
    [[nodiscard]] const std::shared_ptr<database_versions>& database() const { return database_; }

private:
    struct write {
        table_entry* table;
        std::uint64_t request;
    };
    void begin_one(table_entry& table, std::uint64_t request);
    [[nodiscard]] write* find(const table_entry& table);
    void end_write(table_entry& table);
    void release_catalog();

    std::shared_ptr<database_versions> database_;
    std::vector<write> writes_;
    std::optional<std::uint64_t> catalog_generation_;  // the oldest that its tables were found with
    std::optional<std::uint64_t> ddl_;                 // the last request that did
};

}  // namespace pgfold::freshness
