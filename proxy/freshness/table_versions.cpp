#include "proxy/freshness/table_versions.hpp"

namespace pgfold::freshness {

std::shared_ptr<database_versions> table_versions::database(std::string_view name) {
    const auto known = catalogs_->database(name);
    const std::lock_guard lock(mutex_);
    auto& made = databases_[known.get()];
    if (made == nullptr)
        made = std::make_shared<database_versions>(known, rules_, role_settings_, outside_,
                                                   unfollowed_);
    return made;
}

}  // namespace pgfold::freshness
