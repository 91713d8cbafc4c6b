#include "proxy/freshness/unsettled_writes.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::freshness {

void unsettled_writes::add_prepared(std::string_view gid, write_ticket ticket) {
    ticket.settle_catalog();
    const std::lock_guard lock(mutex_);
    prepared_key key{ticket.database().get(), gid};
    if (prepared_.size() >= limits_.prepared_max) {
        const auto oldest = std::min_element(
            prepared_.begin(), prepared_.end(),
            [](const auto& a, const auto& b) { return a.second.number < b.second.number; });
        if (oldest != prepared_.end()) prepared_.erase(oldest);
    }
    prepared_.insert_or_assign(std::move(key),
                               prepared_transaction{std::move(ticket), ++prepared_number_});
}

std::optional<write_ticket> unsettled_writes::share_prepared(const database_versions& database,
                                                             std::string_view gid) const {
    const std::lock_guard lock(mutex_);
    const auto found = prepared_.find(prepared_key{&database, gid});
    if (found == prepared_.end()) return std::nullopt;
    return found->second.ticket.copy();
}

void unsettled_writes::end_prepared(const database_versions& database, std::string_view gid) {
    const std::lock_guard lock(mutex_);
    prepared_.erase(prepared_key{&database, gid});
}

void unsettled_writes::add_lost(write_ticket ticket, timestamp now) {
    if (ticket.empty()) return;
    if (!rules_.keep_after_connection_loss) {
        ticket.forget();
        return;
    }
    const std::lock_guard lock(mutex_);
    if (lost_.size() >= limits_.lost_max) lost_.erase(lost_.begin());
    lost_.push_back({std::move(ticket), now + limits_.open_outcome});
}

void unsettled_writes::expire(timestamp now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(lost_, [now](const lost_connection& lost) { return lost.until <= now; });
}

std::size_t unsettled_writes::prepared() const {
    const std::lock_guard lock(mutex_);
    return prepared_.size();
}

std::size_t unsettled_writes::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_.size();
}

}  // namespace pgfold::freshness
