#include "proxy/freshness/database_versions.hpp"

#include <algorithm>

namespace pgfold::freshness {

database_versions::database_versions(std::shared_ptr<catalog::database_catalog> catalog,
                                     const freshness_rules& rules,
                                     std::shared_ptr<table_entry> role_settings,
                                     stream_hooks outside, std::shared_ptr<table_entry> unfollowed)
    : catalog_(std::move(catalog)),
      rules_(rules),
      role_settings_(std::move(role_settings)),
      unfollowed_(std::move(unfollowed)),
      outside_(outside.clock ? std::make_unique<outside_writers>(*this, std::move(outside))
                             : nullptr) {}

table_entry& database_versions::table(catalog::oid id) {
    const std::lock_guard lock(tables_mutex_);
    const auto found = tables_.find(id);
    if (found != tables_.end()) return *found->second;
    if (tables_.size() >= tables_max)
        return outside_ != nullptr ? outside_->never_covered() : *shared_[id % shared_.size()];
    table_entry& made = *tables_.emplace(id, std::make_unique<table_entry>()).first->second;
    if (outside_ != nullptr) outside_->on_new_table(id, made);
    shared_.push_back(&made);
    return made;
}

table_keys* database_versions::keys_of(catalog::oid id) {
    if (outside_ != nullptr) return nullptr;
    const std::lock_guard lock(tables_mutex_);
    if (const auto found = keys_.find(id); found != keys_.end()) return found->second.get();
    if (keys_.size() >= keyed_tables_max) return nullptr;
    return keys_.emplace(id, std::make_unique<table_keys>()).first->second.get();
}

void database_versions::visit(
    const std::function<void(catalog::oid, const table_entry&)>& look) const {
    const std::lock_guard lock(tables_mutex_);
    for (const auto& [id, entry] : tables_)
        look(id, *entry);
}

// Sequence: the word of everything first, then the catalog's generation. Who ends DDL makes the
// catalog old *before* the write to everything ends; so if that end was seen, the old generation is
// too, and if it was not, the word will have changed when the stamp is checked.
stamp database_versions::capture(const read_set_ptr& tables) {
    if (tables == nullptr) return {};
    const database_versions& self = *tables->database;
    const freshness_rules& rules = self.rules_;
    if (self.outside_ != nullptr) self.outside_->note_wanted();
    const std::uint64_t everything = self.everything_.load();
    const std::uint64_t generation = self.catalog_->generation();
    if (rules.check_catalog_generation && generation != tables->catalog_generation) return {};
    const std::uint64_t unfollowed = self.unfollowed_->load();
    bool written = table_entry::has_writers(everything) || table_entry::has_writers(unfollowed);
    std::uint64_t sum = everything + unfollowed + generation;
    for (const table_entry* table : tables->tables) {
        const std::uint64_t word = table->load();
        written |= table_entry::has_writers(word);
        sum += word;
    }
    if (!rules.check_writers_in_flight || !rules.check_versions) return {tables, self.sum(*tables)};
    if (written) return {};
    return {tables, sum};
}

bool database_versions::is_valid(const stamp& s) {
    return s.tables != nullptr && is_valid(*s.tables, s.sum);
}

bool database_versions::is_valid(const read_set& tables, std::uint64_t sum) {
    const database_versions& self = *tables.database;
    // Before the words are looked at: what was known of writers elsewhere is in them by then.
    if (self.outside_ != nullptr) {
        self.outside_->note_wanted();
        if (!self.outside_->are_known_now()) return false;
    }
    return self.sum(tables) == sum;
}

std::uint64_t database_versions::sum(const read_set& tables) const {
    const auto part = [this](const table_entry& table) -> std::uint64_t {
        const std::uint64_t word = table.load();
        if (!rules_.check_versions) return table_entry::has_writers(word) ? 1 : 0;
        return rules_.check_writers_in_flight ? word : table_entry::version(word);
    };
    std::uint64_t result = part(everything_) + part(*unfollowed_) + catalog_->generation();
    for (const table_entry* table : tables.tables)
        result += part(*table);
    return result;
}

bool database_versions::begin_with_catalog(std::uint64_t generation) {
    const std::lock_guard lock(writers_mutex_);
    if (catalog_->generation() != generation) return false;
    ++writers_[generation];
    return true;
}

void database_versions::join_with_catalog(std::uint64_t generation) {
    const std::lock_guard lock(writers_mutex_);
    ++writers_[generation];
}

void database_versions::end_with_catalog(std::uint64_t generation) {
    const std::lock_guard lock(writers_mutex_);
    const auto found = writers_.find(generation);
    if (found == writers_.end()) return;
    if (--found->second > 0) return;
    writers_.erase(found);
    end_parked();
}

void database_versions::end_ddl(unsigned writes_to_everything) {
    const std::lock_guard lock(writers_mutex_);
    catalog_->invalidate();
    parked_.push_back({catalog_->generation(), writes_to_everything});
    end_parked();
}

void database_versions::note_unseen_ddl(std::uint64_t generation) {
    if (catalog_->generation() != generation) return;
    everything_.begin_write();
    role_settings_->bump();
    end_ddl(1);
}

void database_versions::end_parked() {
    const std::uint64_t oldest = writers_.empty() ? ~std::uint64_t{0} : writers_.begin()->first;
    std::erase_if(parked_, [&](const parked_write& parked) {
        if (rules_.outlast_older_writers && oldest < parked.generation) return false;
        for (unsigned i = 0; i < parked.writes; ++i)
            everything_.end_write();
        return true;
    });
}

}  // namespace pgfold::freshness
