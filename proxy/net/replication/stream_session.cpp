#include "proxy/net/replication/stream_session.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "analyzer/catalog/catalog_queries.hpp"
#include "proxy/net/log.hpp"

namespace pgfold::net {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds answer_timeout{60'000};
// A slot waits for the transactions that are open.
constexpr std::chrono::milliseconds slot_timeout{3'600'000};
// Below half of the smallest sensible wal_sender_timeout.
constexpr std::chrono::milliseconds status_interval{5'000};
constexpr std::chrono::milliseconds extension_interval{10'000};
// A question that took long is asked less often: two percent of one core are enough.
constexpr int full_beat_pause = 50;
constexpr std::chrono::milliseconds cheap{5};

std::chrono::milliseconds beat_interval(std::chrono::milliseconds max_lag) {
    return std::clamp<std::chrono::milliseconds>(max_lag / 4, 20ms, 2000ms);
}

}  // namespace

stream_session::stream_session(std::shared_ptr<freshness::database_versions> database,
                               stream_settings settings, const wake_up& wake,
                               std::function<bool()> is_stopping)
    : database_(std::move(database)),
      outside_(*database_->outside()),
      settings_(std::move(settings)),
      wake_(wake),
      is_stopping_(std::move(is_stopping)),
      watch_(wake, is_stopping_),
      stream_(wake, is_stopping_),
      unseen_(*database_),
      reader_([this](const std::vector<catalog::oid>& tables, bool everything,
                     std::uint32_t transaction) {
          if (transaction == 0) return outside_.note_commit(tables, everything);
          unseen_.add(tables, everything, transaction);
          next_visible_ = {};
          visible_pause_ = {};
      }) {}

void stream_session::refuse(std::string reason) {
    refused_ = true;
    throw connection_failure{std::move(reason), {}};
}

void stream_session::run() {
    try {
        connect();
        prepare();
        start();
        follow();
    } catch (const connection_failure& failure) {
        if (!opened_ && freshness::is_lasting_refusal(failure.sqlstate)) refused_ = true;
        throw;
    }
}

void stream_session::connect() {
    const upstream_options& options = settings_.server->options;
    libpq_parameters parameters(options);
    parameters.set("dbname", database_->catalog().name());
    // Changes are the primary's, whichever server the sessions want.
    if (options.hosts.size() > 1) parameters.set("target_session_attrs", "read-write");
    // One by one: libpq would wait for a host that is silent as long as it is let.
    for (const upstream_host& host : options.hosts) {
        parameters.set_hosts({host});
        try {
            watch_.open(parameters, options.connect_timeout);
            break;
        } catch (const connection_failure&) {
            if (is_stopping_() || &host == &options.hosts.back()) throw;
        }
    }
    for (const char* also : {"", "SET idle_session_timeout = 0"}) {
        if (*also != '\0' && watch_.server_version() < 140000) break;
        static_cast<void>(watch_.ask(
            *also != '\0' ? also : std::string(freshness::publication_queries::session_settings()),
            answer_timeout));
    }
}

void stream_session::prepare() {
    queries_.emplace(settings_.publication, watch_.server_version());
    const auto stamp = catalog::catalog_stamp_query(watch_.server_version());
    if (stamp.empty()) refuse("this version of PostgreSQL is not supported");
    stamp_query_ = stamp.front().text;

    const auto ask_situation = [&] {
        const auto answer = watch_.ask(queries_->situation(), answer_timeout);
        return freshness::read_situation(row_of(answer.get()), settings_.publication);
    };
    freshness::publication_situation situation = ask_situation();
    if (!situation.refusal.empty()) refuse(situation.refusal);
    if (!situation.exists) {
        try {
            static_cast<void>(watch_.ask(queries_->create(), answer_timeout));
        } catch (connection_failure& failure) {
            failure.message =
                "cannot create the publication " + settings_.publication + ": " + failure.message;
            throw;
        }
        log::event(
            config::log_level::info, "publication created",
            {{"publication", settings_.publication}, {"database", database_->catalog().name()}});
        situation = ask_situation();
    }
    kept_by_pgfold_ = situation.kept_by_pgfold;
    if (kept_by_pgfold_) {
        // What cannot be added just now is not served; that is no reason not to begin.
        try {
            const auto answer = watch_.ask(queries_->extension(), answer_timeout);
            const auto row = row_of(answer.get());
            if (!row.empty() && row[0])
                static_cast<void>(watch_.ask(std::string(*row[0]), answer_timeout));
        } catch (const connection_failure& failure) {
            if (failure.sqlstate.empty()) throw;
            log::warning("publication " + settings_.publication + ": " + failure.message);
        }
    }
    const auto answer = watch_.ask(queries_->coverage(), answer_timeout);
    auto coverage = freshness::read_coverage(row_of(answer.get()));
    if (!coverage) throw connection_failure{"the publication's tables were not understood", {}};
    coverage_ = std::move(*coverage);
}

void stream_session::start() {
    libpq_parameters parameters(settings_.server->options);
    parameters.set_hosts({watch_.host()});  // the same server
    parameters.set("dbname", database_->catalog().name());
    parameters.set("replication", "database");
    stream_.open(parameters, settings_.server->options.connect_timeout);
    outside_.explain("the replication slot is being made, which waits for open transactions");
    static_cast<void>(
        stream_.ask(freshness::publication_queries::create_slot(settings_.slot), slot_timeout));
    static_cast<void>(stream_.ask(queries_->start(settings_.slot), answer_timeout));
    in_force_ = coverage_.tables;
    opened_ = true;
    outside_.open(in_force_);
}

void stream_session::follow() {
    auto now = clock::now();
    last_wanted_ = next_idle_check_ = now;
    next_beat_ = now;
    next_status_ = now + status_interval;
    next_extension_ = now + extension_interval;
    for (;;) {
        if (is_stopping_()) throw connection_failure{"shutting down", {}};
        if (now >= next_idle_check_) {
            if (outside_.take_wanted()) last_wanted_ = now;
            if (now - last_wanted_ >= settings_.idle_after) return;
            next_idle_check_ = now + settings_.idle_after / 4;
        }
        if (asked_ == question::none && !progress_.is_waiting() && !told_until_ &&
            now >= next_beat_)
            send_beat(now);
        if (asked_ == question::none && !unseen_.empty() && now >= next_visible_)
            ask_what_is_seen(now);
        if (asked_ != question::none && now - asked_at_ > answer_timeout)
            throw connection_failure{"the server does not answer", {}};
        settle_progress(now);
        if (now >= next_status_) send_status(false, now);
        auto next = std::min(next_status_, next_idle_check_);
        if (asked_ == question::none && !progress_.is_waiting() && !told_until_)
            next = std::min(next, next_beat_);
        if (progress_.is_waiting()) next = std::min(next, next_request_);
        if (asked_ == question::none && !unseen_.empty()) next = std::min(next, next_visible_);
        poll_until(next);
        now = clock::now();
        read_changes();
        read_watch();
    }
}

void stream_session::poll_until(clock::time_point until) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count() + 1;
    std::array<pollfd, 3> polled = {{{stream_.descriptor(), stream_.wanted_events(), 0},
                                     {watch_.descriptor(), watch_.wanted_events(), 0},
                                     {wake_.descriptor(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(),
                             static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (ready <= 0) return;
    if (polled[2].revents != 0) wake_.quiet();
    if (polled[0].revents != 0) {
        stream_.flush();
        stream_.read();
    }
    if (polled[1].revents != 0) {
        watch_.flush();
        watch_.read();
    }
}

void stream_session::read_changes() {
    while (stream_.next_copy_data(copy_data_))
        reader_.on_copy_data(copy_data_);
    if (reader_.take_reply_request()) send_status(false, clock::now());
}

void stream_session::send_status(bool reply_requested, clock::time_point now) {
    const auto update = freshness::build_status_update(reader_.position(), reply_requested);
    stream_.put_copy_data(update);
    next_status_ = now + status_interval;
}

void stream_session::send_beat(clock::time_point now) {
    asked_ = question::beat;
    asked_at_ = now;
    results_ = 0;
    flushed_ = false;
    light_ = now < next_full_;
    catalog_generation_ = database_->catalog().generation();
    progress_.on_asked(now);
    next_beat_ = now + beat_interval(settings_.max_lag);
    watch_.send(light_ ? std::string(freshness::publication_queries::light_beat())
                       : queries_->beat(stamp_query_, seen_));
}

// A commit is in the log before anybody sees it; how long before, its server process knows, and the
// standby that it may wait for.
void stream_session::ask_what_is_seen(clock::time_point now) {
    asked_ = question::visible;
    asked_at_ = now;
    asked_for_known_ = told_until_ && unseen_.fit_one_question();
    seen_now_.clear();
    watch_.send(freshness::publication_queries::visible(unseen_.numbers()));
}

void stream_session::read_watch() {
    while (asked_ != question::none) {
        own_connection::result result(nullptr, PQclear);
        try {
            result = watch_.next_result();
        } catch (const connection_failure& failure) {
            // New tables may be locked, or somebody else has been quicker. Whatever else cannot be
            // asked is reason enough to start over.
            if (failure.sqlstate.empty() || !may_fail()) throw;
            log::debug("publication " + settings_.publication + ": " + failure.message);
            continue;
        }
        const auto now = clock::now();
        if (result == nullptr) {
            if (watch_.is_busy()) return;
            send_next_question(now);
            return;
        }
        switch (asked_) {
            case question::beat:
                on_beat_result(result.get(), now);
                break;
            case question::coverage: {
                auto found = freshness::read_coverage(row_of(result.get()));
                if (!found)
                    throw connection_failure{"the publication's tables were not understood", {}};
                on_coverage(std::move(*found));
                break;
            }
            case question::extension:
                if (const auto row = row_of(result.get()); !row.empty() && row[0])
                    extension_ = *row[0];
                break;
            case question::visible:
                for (int row = 0; row < PQntuples(result.get()); ++row)
                    seen_now_.push_back(static_cast<std::uint32_t>(
                        std::strtoul(PQgetvalue(result.get(), row, 0), nullptr, 10)));
                break;
            default:
                break;
        }
    }
}

// The watching connection is free.
void stream_session::send_next_question(clock::time_point now) {
    const question done = std::exchange(asked_, question::none);
    const auto ask = [&](question next, const std::string& sql) {
        asked_ = next;
        asked_at_ = now;
        watch_.send(sql);
    };
    if (done == question::visible) {
        unseen_.remove(seen_now_);
        if (std::exchange(asked_for_known_, false) && told_until_)
            outside_.note_known(*std::exchange(told_until_, std::nullopt), settings_.max_lag);
        visible_pause_ = seen_now_.empty()
                             ? std::min<std::chrono::milliseconds>(visible_pause_ * 2 + 1ms, 50ms)
                             : 0ms;
        next_visible_ = told_until_ ? now : now + visible_pause_;
        return;
    }
    if (done == question::beat && coverage_changed_) {
        coverage_changed_ = false;
        return ask(question::coverage, queries_->coverage());
    }
    if (done == question::extension && !extension_.empty())
        return ask(question::extend,
                   "SET LOCAL lock_timeout = '200ms'; " + std::exchange(extension_, std::string()));
    if (done == question::beat || done == question::coverage) {
        progress_.on_answer(end_of_log_, now);
        request_pause_ = 2ms;
        next_request_ = now;
        if (kept_by_pgfold_ && !light_ && now >= next_extension_) {
            next_extension_ = now + extension_interval;
            return ask(question::extension, queries_->extension());
        }
    }
}

void stream_session::on_beat_result(PGresult* result, clock::time_point now) {
    const freshness::text_row row = row_of(result);
    if (results_++ == 0) {
        const auto end =
            row.empty() || !row[0] ? std::nullopt : freshness::parse_wal_position(*row[0]);
        if (!end) throw connection_failure{"the end of the log was not understood", {}};
        end_of_log_ = *end;
        return;
    }
    const auto state = freshness::read_state(row);
    if (!state) throw connection_failure{"the server's state was not understood", {}};
    on_state(*state, now);
}

void stream_session::on_state(const freshness::database_state& state, clock::time_point now) {
    seen_ = end_of_log_;
    const auto took = now - asked_at_;
    if (took > cheap) next_full_ = now + std::min<clock::duration>(took * full_beat_pause, 60s);
    if (!state.stamp.empty()) compare_catalog(state.stamp);
    if (!state.digest.empty() && state.digest != coverage_.digest) {
        coverage_changed_ = true;
        return;
    }
    if (coverage_pending_ && state.oldest_transaction >= coverage_.next_transaction) {
        coverage_pending_ = false;
        in_force_ = coverage_.tables;
        outside_.cover(in_force_);
    }
}

// As sessions do once a minute (proxy/fold/catalog_load.cpp).
void stream_session::compare_catalog(const std::string& stamp) {
    const auto known = database_->catalog().current();
    if (known.known == nullptr || known.generation != catalog_generation_ ||
        known.known->stamp() == stamp)
        return;
    database_->note_unseen_ddl(catalog_generation_);
    database_->catalog().forget_previous();
}

// What is new is followed once everybody who may have written it before it was published has ended:
// the server sends nothing of what was done before.
void stream_session::on_coverage(freshness::publication_coverage found) {
    coverage_ = std::move(found);
    coverage_pending_ = true;
    const auto gone =
        std::erase_if(in_force_, [&](catalog::oid id) { return !coverage_.tables.contains(id); });
    if (gone > 0) outside_.cover(in_force_);
}

void stream_session::settle_progress(clock::time_point now) {
    if (progress_.reached(reader_.position())) {
        if (unseen_.empty()) return outside_.note_known(progress_.known(), settings_.max_lag);
        told_until_ = progress_.known();
        next_visible_ = now;
        return;
    }
    if (!progress_.is_waiting()) return;
    if (!flushed_ && asked_ == question::none && progress_.wants_flush(now)) {
        flushed_ = true;
        asked_ = question::flush;
        asked_at_ = now;
        watch_.send(std::string(freshness::publication_queries::flush()));
    }
    if (now < next_request_) return;
    send_status(true, now);
    next_request_ = now + request_pause_;
    request_pause_ = std::min<std::chrono::milliseconds>(request_pause_ * 2, 50ms);
}

}  // namespace pgfold::net
