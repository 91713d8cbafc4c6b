// Which of the settings that change what a statement means its session has. One value for all of
// them: two sessions of one database with equal identity, role included, give equal answers.
//
// Followed are the startup packet, what the server reports (ParameterStatus), SET, RESET, SET LOCAL
// and set_config(), and what transactions make of them when they end. What cannot be followed makes
// the session opaque, until DISCARD ALL: it has no identity then.
//
// Flow:
//     settings.begin(…)               at the first ReadyForQuery
//     change = setting_change_of(…)   each statement; unknown: on_unknown() when it is sent
//     settings.on_done(change, tag)   at its CommandComplete
//     settings.on_error()             ErrorResponse
//     settings.on_ready(status)       ReadyForQuery of the client's own requests
//     settings.value()                while nothing is outstanding
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/sql/hash128.hpp"
#include "proxy/session/setting_change.hpp"

namespace pgfold::session {

using setting_values = std::map<std::string, std::string, std::less<>>;

class settings_identity {
public:
    // `start`: everything that the session begins with. Where that is not known for certain,
    // because roles' settings were just being changed, `alone` is a number that no other has.
    void begin(std::string start, std::optional<std::uint64_t> alone);
    void on_parameter_status(std::string_view name, std::string_view value);

    // A statement that may change any setting is about to be sent.
    void on_unknown();
    // Of DISCARD ALL, when it is sent: what was opaque by then is so no more once it is done.
    [[nodiscard]] std::uint64_t mark() const { return unknown_count_; }

    void on_done(const setting_change& change, std::string_view tag, std::uint64_t mark);
    // Outside of transactions, the server has told all that is not as the session began, but for
    // settings of extensions, which it does not list; `mark` is that of when it was asked.
    void on_told(const setting_values& values, std::uint64_t mark);
    void on_error() { failed_ = true; }
    void on_ready(char status);

    // Nothing has been set since the session began, or all of it is undone.
    [[nodiscard]] bool is_as_begun() const {
        return values_.empty() && local_.empty() && unknown_count_ == cleared_count_;
    }

    // nullopt: opaque. The hash must be one for all sessions that are compared.
    [[nodiscard]] std::optional<sql::hash128> value(const sql::keyed_hash& hash);
    // … the same, for answers that no setting of an extension (app.tenant) has anything to do with:
    // what the server has told will do.
    [[nodiscard]] std::optional<sql::hash128> value_as_told(const sql::keyed_hash& hash);

    // What value_as_told() is the hash of, for comparison with sessions of other processes.
    [[nodiscard]] std::string text_as_told() const;

    // Settings of which no answer shows anything.
    [[nodiscard]] static bool is_without_effect(std::string_view name);

private:
    [[nodiscard]] const sql::hash128& compute(const sql::keyed_hash& hash);
    void save();
    void commit();
    void roll_back();
    void forget(const std::string& name);

    std::string start_;
    setting_values reported_;
    setting_values values_;
    setting_values local_;  // until the transaction ends
    std::optional<setting_values>
        saved_;            // values_ before the transaction that is open changed them
    bool failed_ = false;  // something, in this transaction
    std::uint64_t unknown_count_ = 0;
    std::uint64_t cleared_count_ = 0;  // as many of them are undone
    std::uint64_t told_count_ = 0;     // … or what they did has been told
    bool known_ = false;
    std::optional<sql::hash128> computed_;
};

}  // namespace pgfold::session
