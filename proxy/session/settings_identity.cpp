#include "proxy/session/settings_identity.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pgfold::session {
namespace {

constexpr std::uint64_t hash_domain_settings = 0x40001;
constexpr std::size_t settings_max = 200;

void append(std::string& out, std::string_view part) {
    const auto size = static_cast<std::uint32_t>(part.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(part);
}

}  // namespace

bool settings_identity::is_without_effect(std::string_view name) {
    constexpr std::string_view names[] = {"application_name",
                                          "client_min_messages",
                                          "deadlock_timeout",
                                          "idle_session_timeout",
                                          "idle_in_transaction_session_timeout",
                                          "lock_timeout",
                                          "log_min_duration_statement",
                                          "log_min_messages",
                                          "log_statement",
                                          "statement_timeout",
                                          "synchronous_commit",
                                          "tcp_keepalives_idle",
                                          "tcp_keepalives_interval",
                                          "tcp_keepalives_count",
                                          "transaction_timeout",
                                          "tcp_user_timeout"};
    return name.starts_with("pgfold.") ||
           std::find(std::begin(names), std::end(names), name) != std::end(names);
}

void settings_identity::begin(std::string start, std::optional<std::uint64_t> alone) {
    start_ = std::move(start);
    if (alone) start_ += "\x1f" + std::to_string(*alone);
    known_ = true;
    computed_.reset();
}

void settings_identity::on_parameter_status(std::string_view name, std::string_view value) {
    if (is_without_effect(name)) return;
    computed_.reset();
    reported_.insert_or_assign(std::string(name), std::string(value));
}

void settings_identity::on_unknown() {
    ++unknown_count_;
}

void settings_identity::save() {
    if (!saved_) saved_ = values_;
}

void settings_identity::commit() {
    saved_.reset();
    local_.clear();
    failed_ = false;
    computed_.reset();
}

void settings_identity::roll_back() {
    if (saved_) values_ = *std::exchange(saved_, std::nullopt);
    local_.clear();
    failed_ = false;
    computed_.reset();
}

void settings_identity::forget(const std::string& name) {
    values_.erase(name);
    local_.erase(name);
}

void settings_identity::on_done(const setting_change& change, std::string_view tag,
                                std::uint64_t mark) {
    using enum setting_effect;
    computed_.reset();
    switch (change.effect) {
        case none:
        case unknown:
            return;
        case commit:
            return tag == "ROLLBACK" ? roll_back() : this->commit();
        case rollback:
            return roll_back();
        case rollback_to:
            if (saved_ || !local_.empty()) on_unknown();
            failed_ = false;
            return;
        case set:
        case set_local: {
            if (is_without_effect(change.name)) return;
            save();
            // A new session user has its own role, and none that was set.
            if (change.name == "session_authorization") forget("role");
            if (change.effect == set) {
                local_.erase(change.name);
                values_[change.name] = change.value;
            } else {
                local_[change.name] = change.value;
            }
            if (values_.size() + local_.size() > settings_max) on_unknown();
            return;
        }
        case reset:
            save();
            forget(change.name);
            if (change.name == "session_authorization") forget("role");
            return;
        case reset_all: {
            if (tag != "RESET") return;  // of several statements, the last
            save();
            const auto stays = [](const auto& v) {
                return v.first == "role" || v.first == "session_authorization";
            };
            std::erase_if(values_, [&](const auto& v) { return !stays(v); });
            std::erase_if(local_, [&](const auto& v) { return !stays(v); });
            return;
        }
        case discard_all:
            values_.clear();
            local_.clear();
            saved_.reset();
            cleared_count_ = std::max(cleared_count_, mark);
            return;
    }
}

void settings_identity::on_ready(char status) {
    if (status != 'I') return;
    if (!saved_ && local_.empty() && !failed_) return;
    // Outside of a block a transaction lasts until the ReadyForQuery, and an error undoes it.
    if (failed_)
        roll_back();
    else
        commit();
}

std::optional<sql::hash128> settings_identity::value(const sql::keyed_hash& hash) {
    if (!known_ || unknown_count_ != cleared_count_) return std::nullopt;
    if (computed_) return computed_;
    std::string all;
    append(all, start_);
    for (const auto* values : {&reported_, &values_, &local_}) {
        append(all, std::to_string(values->size()));
        for (const auto& [name, value] : *values) {
            append(all, name);
            append(all, value);
        }
    }
    computed_ = hash(all, hash_domain_settings);
    return computed_;
}

}  // namespace pgfold::session
