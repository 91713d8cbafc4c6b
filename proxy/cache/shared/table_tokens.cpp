#include "proxy/cache/shared/table_tokens.hpp"

#include <utility>

namespace pgfold::cache {

using freshness::table_entry;

table_tokens::table_tokens(std::shared_ptr<freshness::database_versions> database,
                           std::string prefix)
    : database_(std::move(database)), prefix_(std::move(prefix)) {
    everything_.name = prefix_ + "0";
}

// Both only grow, so an equal sum is an equal word and as many flushes. Writers are counted in the
// lower bits, which a flush must not touch.
std::uint64_t table_tokens::word_of_everything(std::uint64_t flushes) const {
    return database_->everything().load() + (flushes << table_entry::writer_bits);
}

std::vector<table_tokens::renewal> table_tokens::due(std::uint64_t flushes) {
    std::vector<renewal> result;
    const std::lock_guard lock(mutex_);
    const auto look = [&result](const table_entry* table, const token& t, std::uint64_t word) {
        if (word != t.renewed && !table_entry::has_writers(word))
            result.push_back({table, t.name, word});
    };
    look(nullptr, everything_, word_of_everything(flushes));
    database_->visit([&](catalog::oid id, const table_entry& table) {
        token& t = tables_[&table];
        if (t.name.empty()) t.name = prefix_ + std::to_string(id);
        look(&table, t, table.load());
    });
    return result;
}

void table_tokens::on_renewed(const renewal& done) {
    const std::lock_guard lock(mutex_);
    if (done.table == nullptr)
        everything_.renewed = done.word;
    else
        tables_[done.table].renewed = done.word;
}

void table_tokens::forget() {
    const std::lock_guard lock(mutex_);
    everything_.renewed = 0;
    for (auto& [table, t] : tables_)
        t.renewed = 0;
}

std::vector<std::string> table_tokens::names_of(const freshness::read_set& tables,
                                                std::uint64_t flushes) const {
    const std::lock_guard lock(mutex_);
    if (word_of_everything(flushes) != everything_.renewed) return {};
    std::vector<std::string> names{everything_.name};
    for (const table_entry* table : tables.tables) {
        const auto found = tables_.find(table);
        if (found == tables_.end() || table->load() != found->second.renewed) return {};
        names.push_back(found->second.name);
    }
    return names;
}

}  // namespace pgfold::cache
