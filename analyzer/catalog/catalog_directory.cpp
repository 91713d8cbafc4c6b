#include "analyzer/catalog/catalog_directory.hpp"

#include <utility>

namespace pgfold::catalog {

database_catalog::view database_catalog::current() const {
    const std::lock_guard lock(mutex_);
    return {current_, generation_.load()};
}

bool database_catalog::publish(catalog_ptr known, std::uint64_t loaded_from) {
    // `known` and `old` outlive the lock: a catalog may be large to free, and current() is waiting.
    catalog_ptr old;
    const std::lock_guard lock(mutex_);
    if (!keeps_ || known == nullptr || generation_.load() != loaded_from) return false;
    std::swap(current_, known);
    std::swap(previous_, old);
    generation_.fetch_add(1);
    return true;
}

void database_catalog::invalidate() {
    catalog_ptr old;
    const std::lock_guard lock(mutex_);
    if (current_ != nullptr) old = std::exchange(previous_, std::exchange(current_, nullptr));
    generation_.fetch_add(1);
}

catalog_ptr database_catalog::previous() const {
    const std::lock_guard lock(mutex_);
    return previous_;
}

void database_catalog::forget_previous() {
    catalog_ptr old;
    const std::lock_guard lock(mutex_);
    std::swap(previous_, old);
}

std::shared_ptr<database_catalog> catalog_directory::database(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(name);
    if (found != databases_.end()) return found->second;
    if (databases_.size() >= databases_max) return overflow_;
    return databases_
        .emplace(std::string(name), std::make_shared<database_catalog>(std::string(name)))
        .first->second;
}

std::shared_ptr<database_catalog> catalog_directory::find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(name);
    return found != databases_.end() ? found->second : nullptr;
}

}  // namespace pgfold::catalog
