#include "proxy/session/query_tally.hpp"

#include <algorithm>

#include "analyzer/detect/request_tag.hpp"
#include "analyzer/detect/suppression.hpp"
#include "analyzer/sql/transaction_control.hpp"

namespace pgfold::session {

query_tally::counter& query_tally::of(std::string_view label) {
    const std::lock_guard lock(mutex_);
    const auto known = counters_.find(label);
    if (known != counters_.end()) return known->second;
    return counters_[counters_.size() < labels_max ? std::string(label) : std::string()];
}

std::map<std::string, std::uint64_t> query_tally::counts() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::uint64_t> result;
    for (const auto& [label, count] : counters_)
        result.emplace(label, count.load(std::memory_order_relaxed));
    return result;
}

bool query_tally::is_counted(const sql::statement_template& statement) {
    if (sql::is_transaction_control(statement.kind)) return false;
    using enum sql::statement_kind;
    switch (statement.kind) {
        case empty:
        case set:
        case reset:
        case show:
        case discard:
        case prepare:
        case deallocate:
        case close_cursor:
        case listen:
        case unlisten:
            return false;
        case select:
            // SELECT 1 asks whether the connection is alive.
            return !statement.catalog_only &&
                   !(statement.tables_read.empty() && statement.tables_written.empty() &&
                     statement.functions.empty());
        default:
            return !statement.catalog_only;
    }
}

std::string label_of(const sql::tag_list& tags) {
    const auto own = std::find_if(tags.begin(), tags.end(), [](const auto& tag) {
        return tag.first == detect::session_tag_key;
    });
    return own != tags.end() ? own->second : detect::route_of(tags);
}

}  // namespace pgfold::session
