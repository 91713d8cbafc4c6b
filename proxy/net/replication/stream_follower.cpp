#include "proxy/net/replication/stream_follower.hpp"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "proxy/net/log.hpp"

namespace pgfold::net {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};
// Somebody has to change something: no hurry.
constexpr std::chrono::milliseconds refused_pause{30'000};

}  // namespace

stream_follower::stream_follower(std::shared_ptr<freshness::database_versions> database,
                                 std::function<stream_settings()> settings)
    : database_(std::move(database)), settings_(std::move(settings)) {
    thread_ = std::thread([this] { run(); });
}

stream_follower::~stream_follower() {
    stopping_ = true;
    wake_.ring();
    thread_.join();
}

void stream_follower::wake() {
    wake_.ring();
}

void stream_follower::pause(clock::duration how_long) const {
    const auto until = clock::now() + how_long;
    while (!stopping_) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0) return;
        pollfd polled = {wake_.descriptor(), POLLIN, 0};
        if (::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left + 1, 60'000))) > 0)
            wake_.quiet();
    }
}

void stream_follower::run() {
    ::pthread_setname_np(::pthread_self(), "pgfold-changes");
    while (!stopping_) {
        if (database_->outside()->take_wanted()) {
            attempt();
            continue;
        }
        pollfd polled = {wake_.descriptor(), POLLIN, 0};
        if (::poll(&polled, 1, -1) > 0) wake_.quiet();
    }
}

// Until it is not wanted any more.
void stream_follower::attempt() {
    next_pause_ = first_pause;
    while (!stopping_) {
        std::optional<stream_session> session;
        try {
            session.emplace(database_, settings_(), wake_, [this] { return stopping_.load(); });
            session->run();
            database_->outside()->close("nobody has read it lately");
            return;
        } catch (const connection_failure& failure) {
            if (stopping_) return;
            on_failure(failure, session->is_refused(), session->was_open());
        } catch (const std::exception& error) {
            on_failure({error.what(), {}}, false, session && session->was_open());
        }
        session.reset();
        pause(next_pause_);
        next_pause_ = std::min<clock::duration>(next_pause_ * 2, longest_pause);
    }
}

void stream_follower::on_failure(const connection_failure& failure, bool refused, bool was_open) {
    freshness::outside_writers& outside = *database_->outside();
    if (was_open) {
        has_been_open_ = true;
        last_failure_.clear();
        next_pause_ = first_pause;
    }
    const bool news = failure.message != std::exchange(last_failure_, failure.message);
    // What could once be had is waited for: a login that was locked is no reason to promise less.
    if (refused && !has_been_open_) {
        outside.give_up(failure.message);
        next_pause_ = refused_pause;
    } else if (outside.current().state != freshness::stream_state::given_up) {
        outside.close(failure.message);
    }
    if (!news) return;
    log::event(config::log_level::warning,
               outside.current().state == freshness::stream_state::given_up
                   ? "freshness.out_of_band: cdc cannot be had; ttl holds instead: only its age "
                     "bounds how old an answer is"
                   : "changes are not followed: nothing is answered locally until they are",
               {{"database", database_->catalog().name()}, {"reason", failure.message}});
}

}  // namespace pgfold::net
