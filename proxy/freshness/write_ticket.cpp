#include "proxy/freshness/write_ticket.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::freshness {

write_ticket::write_ticket(write_ticket&& other) noexcept
    : database_(other.database_),
      writes_(std::exchange(other.writes_, {})),
      catalog_generation_(std::exchange(other.catalog_generation_, std::nullopt)),
      ddl_(std::exchange(other.ddl_, std::nullopt)) {}

write_ticket& write_ticket::operator=(write_ticket&& other) noexcept {
    if (this == &other) return *this;
    end();
    database_ = other.database_;
    writes_ = std::exchange(other.writes_, {});
    catalog_generation_ = std::exchange(other.catalog_generation_, std::nullopt);
    ddl_ = std::exchange(other.ddl_, std::nullopt);
    return *this;
}

void write_ticket::begin(const std::vector<table_entry*>& tables, std::uint64_t generation,
                         std::uint64_t request) {
    if (!catalog_generation_) {
        if (!database_->begin_with_catalog(generation)) return begin_everything(request);
        catalog_generation_ = generation;
    } else if (*catalog_generation_ > generation) {
        // Never so: catalogs do not get younger.
        return begin_everything(request);
    }
    for (table_entry* table : tables) {
        if (write* held = find(*table)) {
            held->request = request;
        } else if (writes_.size() >= tables_max) {
            return begin_everything(request);
        } else {
            table->begin_write();
            writes_.push_back({table, request});
        }
    }
}

void write_ticket::begin_everything(std::uint64_t request) {
    begin_one(database_->everything(), request);
}

void write_ticket::begin_role_settings(std::uint64_t request) {
    begin_one(database_->role_settings(), request);
}

void write_ticket::begin_one(table_entry& table, std::uint64_t request) {
    if (write* held = find(table)) {
        held->request = std::max(held->request, request);
        return;
    }
    table.begin_write();
    writes_.push_back({&table, request});
}

write_ticket::write* write_ticket::find(const table_entry& table) {
    const auto found = std::find_if(writes_.begin(), writes_.end(),
                                    [&table](const write& w) { return w.table == &table; });
    return found != writes_.end() ? &*found : nullptr;
}

void write_ticket::note_ddl(std::uint64_t request) {
    ddl_ = request;
}

void write_ticket::end_write(table_entry& table) {
    if (database_->rules().bump_at_end)
        table.end_write();
    else
        table.forget_write();
}

void write_ticket::end(std::uint64_t last_request) {
    const bool ends_ddl = ddl_ && *ddl_ <= last_request;
    unsigned handed_over = 0;
    std::erase_if(writes_, [&](const write& w) {
        if (w.request > last_request) return false;
        if (ends_ddl && w.table == &database_->everything())
            ++handed_over;
        else
            end_write(*w.table);
        return true;
    });
    if (writes_.empty()) release_catalog();
    if (!ends_ddl) return;
    ddl_.reset();
    database_->end_ddl(handed_over);
}

std::vector<table_entry*> write_ticket::forget(std::uint64_t last_request) {
    std::vector<table_entry*> forgotten;
    std::erase_if(writes_, [&](const write& w) {
        if (w.request > last_request) return false;
        w.table->forget_write();
        forgotten.push_back(w.table);
        return true;
    });
    if (writes_.empty()) release_catalog();
    if (ddl_ && *ddl_ <= last_request) ddl_.reset();
    return forgotten;
}

void write_ticket::absorb(write_ticket other, std::uint64_t request) {
    for (const write& w : std::exchange(other.writes_, {})) {
        if (write* held = find(*w.table)) {
            held->request = std::max(held->request, request);
            w.table->forget_write();  // ours stays in flight
        } else {
            writes_.push_back({w.table, request});
        }
    }
    if (other.ddl_) ddl_ = request;
    other.ddl_.reset();
    // Of two catalogs the older one counts.
    if (other.catalog_generation_ &&
        (!catalog_generation_ || *other.catalog_generation_ < *catalog_generation_))
        std::swap(catalog_generation_, other.catalog_generation_);
}

// While DDL is in flight it writes everything, and when it is over the generation is another.
void write_ticket::settle_catalog() {
    if (!catalog_generation_) return;
    if (table_entry::has_writers(database_->everything().load()) ||
        database_->catalog().generation() != *catalog_generation_)
        begin_everything(0);
    release_catalog();
}

write_ticket write_ticket::copy(std::uint64_t last_request) const {
    write_ticket second(database_);
    for (const write& w : writes_) {
        if (w.request > last_request) continue;
        w.table->begin_write();
        second.writes_.push_back(w);
    }
    if (catalog_generation_ && !second.writes_.empty()) {
        database_->join_with_catalog(*catalog_generation_);
        second.catalog_generation_ = catalog_generation_;
    }
    if (ddl_ && *ddl_ <= last_request) second.ddl_ = ddl_;
    return second;
}

void write_ticket::release_catalog() {
    if (catalog_generation_) database_->end_with_catalog(*catalog_generation_);
    catalog_generation_.reset();
}

}  // namespace pgfold::freshness
