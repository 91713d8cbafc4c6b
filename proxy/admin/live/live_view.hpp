// What is going on: once a second the counters are summed, their growth is remembered for a quarter
// of an hour, so that a page that is opened shows what was before it, and listeners are told.
// Lives on the admin thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "proxy/admin/live/event_feed.hpp"
#include "proxy/admin/live/finding_watch.hpp"
#include "proxy/admin/live/traffic_totals.hpp"

namespace pgfold::admin {

class live_view {
public:
    static constexpr std::size_t samples_kept = 15 * 60;

    // `context` must outlive this.
    live_view(const admin_context& context, boost::asio::any_io_executor executor,
              std::chrono::milliseconds interval);

    [[nodiscard]] boost::asio::awaitable<void> run();  // until stop()
    void stop();

    [[nodiscard]] const std::deque<traffic_sample>& history() const { return history_; }
    [[nodiscard]] std::chrono::milliseconds interval() const { return interval_; }
    [[nodiscard]] boost::json::object totals() const;  // since the start, as of now
    [[nodiscard]] std::string totals_json() const;     // what the next event will hold, as of now
    [[nodiscard]] std::shared_ptr<event_feed::listener> join() { return feed_->join(); }

private:
    void take_sample();

    const admin_context& context_;
    std::chrono::milliseconds interval_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<event_feed> feed_;
    finding_watch findings_;
    traffic_totals last_;
    std::chrono::steady_clock::time_point last_at_;
    std::deque<traffic_sample> history_;
    bool stopping_ = false;
};

}  // namespace pgfold::admin
