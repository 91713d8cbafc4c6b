#include "proxy/admin/live/live_view.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>

#include "proxy/admin/endpoints/finding_json.hpp"
#include "proxy/admin/live/live_json.hpp"

namespace pgfold::admin {
namespace asio = boost::asio;

live_view::live_view(const admin_context& context, asio::any_io_executor executor,
                     std::chrono::milliseconds interval)
    : context_(context),
      interval_(interval),
      timer_(executor),
      feed_(std::make_shared<event_feed>(executor)),
      last_(read_totals(context)),
      last_at_(std::chrono::steady_clock::now()) {}

asio::awaitable<void> live_view::run() {
    timer_.expires_after(interval_);
    while (!stopping_) {
        boost::system::error_code canceled;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
        if (stopping_) co_return;
        // From the last expiry, so that seconds do not drift; not to catch up after a long pause.
        timer_.expires_at(std::max(timer_.expiry() + interval_, std::chrono::steady_clock::now()));
        try {
            take_sample();
        } catch (const std::exception&) {  // out of memory: one second is missing
        }
    }
}

void live_view::stop() {
    stopping_ = true;
    timer_.cancel();
    feed_->close();
}

void live_view::take_sample() {
    const auto now = std::chrono::steady_clock::now();
    const traffic_totals totals = read_totals(context_);
    history_.push_back(difference(last_, totals, now - last_at_));
    history_.back().at = std::chrono::system_clock::now();
    if (history_.size() > samples_kept) history_.pop_front();
    last_ = totals;
    last_at_ = now;
    if (!feed_->has_listeners()) {
        findings_.pause();
        return;
    }
    feed_->publish("totals", totals_json());
    for (const detect::finding& found : findings_.new_ones(context_))
        feed_->publish("finding", boost::json::serialize(finding_json(found)));
}

boost::json::object live_view::totals() const {
    return to_json(read_totals(context_), context_.finding_totals ? context_.finding_totals()
                                                                  : detect::detector_hub::totals{});
}

std::string live_view::totals_json() const {
    boost::json::object out;
    out["sample"] = history_.empty() ? boost::json::value(nullptr)
                                     : boost::json::value(to_json(history_.back()));
    out["totals"] = totals();
    return boost::json::serialize(out);
}

}  // namespace pgfold::admin
