#include "proxy/admin/live/event_feed.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pgfold::admin {
namespace asio = boost::asio;

event_feed::listener::listener(std::shared_ptr<event_feed> feed)
    : feed_(std::move(feed)), position_(feed_->first_ + feed_->events_.size()) {
    ++feed_->listeners_;
}

event_feed::listener::~listener() {
    --feed_->listeners_;
}

asio::awaitable<event_feed::event> event_feed::listener::next() {
    for (;;) {
        if (feed_->closed_) co_return nullptr;
        position_ = std::max(position_, feed_->first_);
        const std::uint64_t place = position_ - feed_->first_;
        if (place < feed_->events_.size()) {
            ++position_;
            co_return feed_->events_[place];
        }
        boost::system::error_code canceled;
        co_await feed_->wake_.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
    }
}

std::shared_ptr<event_feed::listener> event_feed::join() {
    if (closed_ || listeners_ >= listeners_max) return nullptr;
    return std::make_shared<listener>(shared_from_this());
}

void event_feed::publish(std::string_view name, std::string_view data) {
    if (listeners_ == 0) return;
    std::string text = "event: ";
    text.append(name).append("\ndata: ").append(data).append("\n\n");
    events_.push_back(std::make_shared<const std::string>(std::move(text)));
    if (events_.size() > events_kept) {
        events_.pop_front();
        ++first_;
    }
    wake_.cancel();
}

void event_feed::close() {
    closed_ = true;
    wake_.cancel();
}

}  // namespace pgfold::admin
