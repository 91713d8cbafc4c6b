#include "proxy/fold/sibling_parents.hpp"

#include <algorithm>

namespace pgfold::fold {

sibling_parents::results sibling_parents::of(const sql::statement_template* statement,
                                             std::uint64_t own) {
    results found;
    if (siblings_ == nullptr) return found;
    for (const auto& record : siblings_->shared_results(statement)) {
        if (record->connection_id == own) continue;
        const auto at = std::find_if(indexed_.begin(), indexed_.end(),
                                     [&](const auto& known) { return known->record == record; });
        if (at != indexed_.end()) {
            std::rotate(at, at + 1, indexed_.end());
        } else {
            if (indexed_.size() >= indexed_max) indexed_.erase(indexed_.begin());
            // Never written to: what is made of it are indexes beside it.
            indexed_.push_back(std::make_shared<detect::stored_result>(
                std::const_pointer_cast<detect::result_record>(record)));
        }
        found.push_back(indexed_.back());
    }
    return found;
}

}  // namespace pgfold::fold
