#include "proxy/fold/isolation_tracker.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pgfold::fold {

isolation_tracker::level isolation_tracker::named_in(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower.find("isolation") == std::string::npos) return level::unknown;
    // READ UNCOMMITTED is READ COMMITTED to PostgreSQL.
    const bool committed = lower.find("committed") != std::string::npos ||
                           lower.find("uncommitted") != std::string::npos;
    if (lower.find("serializable") != std::string::npos) return level::serializable;
    const bool snapshot = lower.find("repeatable") != std::string::npos;
    return committed && !snapshot ? level::read_committed : level::snapshot;
}

void isolation_tracker::on_statement(const sql::statement_template& statement) {
    if (statement.kind != sql::statement_kind::begin) return;
    // Until the status tells that it has opened a transaction. In one that is open it may still set
    // the level, and no status will tell.
    ++asked_.transaction;
    current_ = level::unknown;
    if (std::exchange(has_begun_, true)) {
        begun_ = level::unknown;
        return;
    }
    begun_ = named_in(statement.normalized_text);
    if (begun_ == level::unknown) begun_ = default_;
}

void isolation_tracker::on_status(char status) {
    ++asked_.transaction;
    outside_ = status == 'I';
    current_ = status == 'I' ? default_ : begun_;
    if (status != 'I') return;
    begun_ = level::unknown;
    has_begun_ = false;
}

void isolation_tracker::forget() {
    ++asked_.settings;
    default_ = begun_ = current_ = level::unknown;
}

void isolation_tracker::adopt_default(level known) {
    if (default_ != level::unknown || known == level::unknown) return;
    default_ = known;
    if (outside_ && !has_begun_) current_ = known;
}

bool isolation_tracker::sees_latest() const {
    if (has_begun_) return begun_ == level::read_committed;
    if (!outside_) return current_ == level::read_committed;
    return default_ == level::read_committed || default_ == level::snapshot;
}

void isolation_tracker::learn(question asked, std::string_view current,
                              std::string_view by_default) {
    if (asked.settings != asked_.settings) return;
    default_ = named_in("isolation " + std::string(by_default));
    if (asked.transaction == asked_.transaction)
        current_ = named_in("isolation " + std::string(current));
}

}  // namespace pgfold::fold
