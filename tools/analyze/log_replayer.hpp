// Replays the statements of PostgreSQL's log into observers, one per session.
//
// What it needs: log_statement = all with log_duration, or log_min_duration_statement = 0, which
// writes text and duration together. A log has no results. So nothing can be proven to come from
// one: loops show as suspected, as duplicates or as write loops, and rows are not counted.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "tools/analyze/log_record.hpp"
#include "tools/captures/capture_replayer.hpp"

namespace pgfold::analyze {

class log_replayer {
public:
    explicit log_replayer(captures::observer_factory factory);
    ~log_replayer();
    log_replayer(const log_replayer&) = delete;
    log_replayer& operator=(const log_replayer&) = delete;

    void on_record(const log_record& record);
    void finish();  // ends the sessions that are still open

    [[nodiscard]] std::uint64_t sessions() const { return sessions_seen_; }
    [[nodiscard]] std::uint64_t statements() const { return statements_; }
    [[nodiscard]] std::uint64_t without_duration() const { return without_duration_; }

private:
    static constexpr std::size_t sessions_max =
        20'000;  // at once; the least recently used one ends

    struct session;
    using session_list = std::list<session>;

    [[nodiscard]] session& session_of(const log_record& record, detect::timestamp begins);
    void end(session_list::iterator ended, detect::timestamp at);
    void run(session& s, const std::string& text, const std::string& parameters,
             detect::timestamp start, detect::timestamp end, const std::string& sqlstate);
    void run_pending(session& s, detect::timestamp end, const std::string& sqlstate);

    captures::observer_factory factory_;
    sql::statement_analyzer analyzer_;
    session_list order_;  // most recently used first
    std::unordered_map<std::string, session_list::iterator> sessions_;
    std::vector<std::string> values_;
    detect::timestamp next_tick_;
    std::uint64_t sessions_seen_ = 0, statements_ = 0, without_duration_ = 0;
};

}  // namespace pgfold::analyze
