// One attempt at following a database's changes, from the connections to the end of the stream.
//
// Two connections: one that replicates, which can do nothing else, and one that is asked again and
// again ("a beat") where the log ends, whether there was DDL, and what the publication covers; see
// proxy/freshness/replication for what the answers mean.
//
// Flow: connect; is it possible at all? a publication; what does it cover? a slot, which lasts as
// long as the connection; START_REPLICATION; open; then changes, beats and status updates until
// something ends it. The order matters: what is covered was published before the slot's first
// change, so nobody's half-done transaction escapes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/replication/progress.hpp"
#include "proxy/freshness/replication/publication.hpp"
#include "proxy/freshness/replication/stream_reader.hpp"
#include "proxy/freshness/replication/unseen_commits.hpp"
#include "proxy/net/replication/own_connection.hpp"
#include "proxy/net/upstream.hpp"

namespace pgfold::net {

struct stream_settings {
    std::chrono::milliseconds max_lag{1000};
    std::string publication = "pgfold";
    std::chrono::milliseconds idle_after{600'000};  // nobody has asked for so long: the end
    std::string slot;
    std::shared_ptr<const upstream> server;
};

class stream_session {
public:
    using clock = std::chrono::steady_clock;

    stream_session(std::shared_ptr<freshness::database_versions> database, stream_settings settings,
                   const wake_up& wake, std::function<bool()> is_stopping);

    // Returns when nobody has asked for long enough; throws connection_failure when it fails.
    // A refusal (is_refused()) is for somebody to see to.
    void run();
    [[nodiscard]] bool is_refused() const { return refused_; }
    [[nodiscard]] bool was_open() const { return opened_; }

private:
    void connect();
    void prepare();
    void start();
    void follow();

    void poll_until(clock::time_point until);
    void read_changes();
    void read_watch();
    void on_beat_result(PGresult* result, clock::time_point now);
    void on_state(const freshness::database_state& state, clock::time_point now);
    void compare_catalog(const std::string& stamp);
    void on_coverage(freshness::publication_coverage found);
    [[nodiscard]] bool may_fail() const {
        return asked_ == question::extend || asked_ == question::flush;
    }
    void send_beat(clock::time_point now);
    void ask_what_is_seen(clock::time_point now);
    void send_next_question(clock::time_point now);
    void settle_progress(clock::time_point now);
    void send_status(bool reply_requested, clock::time_point now);
    [[noreturn]] void refuse(std::string reason);

    // What the watching connection is busy with.
    enum class question : std::uint8_t { none, beat, coverage, extension, extend, flush, visible };

    const std::shared_ptr<freshness::database_versions> database_;
    freshness::outside_writers& outside_;
    const stream_settings settings_;
    const wake_up& wake_;
    const std::function<bool()> is_stopping_;
    own_connection watch_, stream_;

    std::optional<freshness::publication_queries> queries_;
    bool kept_by_pgfold_ = false;
    std::string stamp_query_;
    freshness::unseen_commits unseen_;
    freshness::stream_reader reader_;
    freshness::stream_progress progress_;
    std::vector<std::byte> copy_data_;

    question asked_ = question::none;
    clock::time_point asked_at_{}, next_beat_{}, next_status_{}, next_request_{}, next_full_{};
    clock::time_point next_extension_{}, last_wanted_{}, next_idle_check_{};
    std::string extension_;  // to be executed
    std::chrono::milliseconds request_pause_{};
    clock::time_point next_visible_{};
    std::chrono::milliseconds visible_pause_{};
    // Up to here the stream has told; what of that was not seen has still to be asked.
    std::optional<clock::time_point> told_until_;
    bool asked_for_known_ = false;
    std::vector<std::uint32_t> seen_now_;       // of `unseen_`, by the answer
    unsigned results_ = 0;                      // of the beat
    bool light_ = false;                        // the beat
    bool flushed_ = false;                      // asked for since the last beat
    freshness::wal_position seen_ = 0;          // the end of the log of the last full beat
    freshness::wal_position end_of_log_ = 0;    // of this one
    std::uint64_t catalog_generation_ = 0;      // when it was asked
    freshness::publication_coverage coverage_;  // in force, or it will be
    bool coverage_pending_ = false;
    bool coverage_changed_ = false;
    freshness::table_set in_force_;
    bool refused_ = false;
    bool opened_ = false;
};

}  // namespace pgfold::net
