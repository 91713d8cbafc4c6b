#include "proxy/session/settings_identity.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pgfold::session {
namespace {

constexpr std::uint64_t hash_domain_settings = 0x40001;
constexpr std::size_t settings_max = 200;
// In front of what the server says a value is; SET may have spelled it in other ways.
constexpr char told = '\x1e';

// What SET was given means this, beyond doubt.
bool is_spelling_of(std::string_view text, std::string_view value) {
    constexpr std::string_view set_config = "set_config ";
    if (text.starts_with(set_config)) text.remove_prefix(set_config.size());
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
        text = text.substr(1, text.size() - 2);
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return text == value && std::all_of(text.begin(), text.end(), is_plain);
}

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

void settings_identity::on_told(const setting_values& values, std::uint64_t mark) {
    computed_.reset();
    const setting_values before = std::exchange(values_, {});
    for (const auto& [name, value] : values) {
        if (is_without_effect(name)) continue;
        const auto spelled = before.find(name);
        const bool same = spelled != before.end() && is_spelling_of(spelled->second, value);
        values_[name] = same ? spelled->second : told + value;
    }
    // What a function made of those of extensions nobody knows.
    for (const auto& [name, value] : before)
        if (name.find('.') != name.npos) values_.emplace(name, value);
    if (values_.size() <= settings_max) told_count_ = std::max(told_count_, mark);
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
    return compute(hash);
}

std::optional<sql::hash128> settings_identity::value_as_told(const sql::keyed_hash& hash) {
    if (!known_ || unknown_count_ != std::max(cleared_count_, told_count_)) return std::nullopt;
    return compute(hash);
}

const sql::hash128& settings_identity::compute(const sql::keyed_hash& hash) {
    if (computed_) return *computed_;
    return computed_.emplace(hash(text_as_told(), hash_domain_settings));
}

std::string settings_identity::text_as_told() const {
    std::string all;
    append(all, start_);
    for (const auto* values : {&reported_, &values_, &local_}) {
        append(all, std::to_string(values->size()));
        for (const auto& [name, value] : *values) {
            append(all, name);
            append(all, value);
        }
    }
    return all;
}

}  // namespace pgfold::session
