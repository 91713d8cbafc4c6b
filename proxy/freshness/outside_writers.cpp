#include "proxy/freshness/outside_writers.hpp"

#include <utility>

#include "proxy/freshness/database_versions.hpp"

namespace pgfold::freshness {

outside_writers::outside_writers(database_versions& database, stream_hooks hooks)
    : database_(database), hooks_(std::move(hooks)) {
    database_.everything_.begin_write();
    never_covered_.begin_write();
    status_.reason = "the replication stream has not been started";
}

void outside_writers::tell_wanted() const {
    if (!wanted_.exchange(true) && hooks_.on_wanted) hooks_.on_wanted(database_);
}

bool outside_writers::are_known_now() const {
    const std::int64_t until = valid_until_.load();
    if (until == for_ever) return true;
    if (until == never || hooks_.clock().time_since_epoch().count() > until) return false;
    // The stream is the primary's; how far behind that a standby answers, it does not tell.
    return !database_.has_writers_elsewhere();
}

void outside_writers::on_new_table(catalog::oid id, table_entry& entry) {
    if (!is_covered(id)) entry.begin_write();
}

void outside_writers::change_covered(table_set covered, bool all) {
    const std::lock_guard lock(database_.tables_mutex_);
    for (const auto& [id, entry] : database_.tables_) {
        const bool before = is_covered(id);
        const bool after = all || covered.contains(id);
        if (before && !after) entry->begin_write();
        if (!before && after) entry->end_write();
    }
    covered_ = std::move(covered);
    all_ = all;
}

void outside_writers::open(table_set covered) {
    std::unique_lock lock(status_mutex_);
    const stream_state before = std::exchange(status_.state, stream_state::following);
    status_.reason.clear();
    status_.covered = covered.size();
    lock.unlock();
    valid_until_ = never;
    change_covered(std::move(covered), false);
    if (before == stream_state::closed)
        database_.everything_.end_write();  // … which is a new version of everything
    else
        database_.everything_.bump();
}

void outside_writers::cover(table_set covered) {
    {
        const std::lock_guard lock(status_mutex_);
        status_.covered = covered.size();
    }
    change_covered(std::move(covered), false);
}

void outside_writers::note_commit(const std::vector<catalog::oid>& tables, bool everything) {
    if (everything) {
        database_.everything_.bump();
        return;
    }
    for (const catalog::oid id : tables)
        database_.table(id).bump();
}

void outside_writers::note_known(steady_time at, std::chrono::milliseconds max_lag) {
    const std::lock_guard lock(status_mutex_);
    if (status_.state != stream_state::following || at < status_.known) return;
    status_.known = at;
    valid_until_ = (at + max_lag).time_since_epoch().count();
}

void outside_writers::close(std::string reason) {
    std::unique_lock lock(status_mutex_);
    const stream_state before = std::exchange(status_.state, stream_state::closed);
    status_.reason = std::move(reason);
    lock.unlock();
    if (before == stream_state::closed) return;
    valid_until_ = never;
    database_.everything_.begin_write();
}

void outside_writers::give_up(std::string reason) {
    std::unique_lock lock(status_mutex_);
    const stream_state before = std::exchange(status_.state, stream_state::given_up);
    status_.reason = std::move(reason);
    lock.unlock();
    if (before == stream_state::given_up) return;
    change_covered({}, true);
    if (before == stream_state::closed) database_.everything_.end_write();
    valid_until_ = for_ever;
}

void outside_writers::explain(std::string reason) {
    const std::lock_guard lock(status_mutex_);
    if (status_.state == stream_state::closed) status_.reason = std::move(reason);
}

bool outside_writers::covers(catalog::oid table) const {
    const std::lock_guard lock(database_.tables_mutex_);
    return is_covered(table);
}

outside_writers::status outside_writers::current() const {
    const std::lock_guard lock(status_mutex_);
    return status_;
}

}  // namespace pgfold::freshness
