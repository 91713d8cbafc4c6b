// Server-sent events to any number of listeners up to a limit. All on the admin thread.
//
// Events are kept once, in a short ring; each listener only has its place in it. One that reads
// slowly costs nothing but its place: what it has missed it will not get, and while its socket is
// full its own connection waits, with that connection's deadline.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace pgfold::admin {

class event_feed : public std::enable_shared_from_this<event_feed> {
public:
    static constexpr std::size_t listeners_max = 32;
    static constexpr std::size_t events_kept = 64;

    using event = std::shared_ptr<const std::string>;  // as it goes over the wire

    class listener {
    public:
        explicit listener(std::shared_ptr<event_feed> feed);
        ~listener();
        listener(const listener&) = delete;
        listener& operator=(const listener&) = delete;

        // The next event, or null when there will be none.
        [[nodiscard]] boost::asio::awaitable<event> next();

    private:
        std::shared_ptr<event_feed> feed_;
        std::uint64_t position_;
    };

    explicit event_feed(boost::asio::any_io_executor executor)
        : wake_(executor, boost::asio::steady_timer::time_point::max()) {}

    [[nodiscard]] std::shared_ptr<listener> join();  // null when there are too many
    [[nodiscard]] bool has_listeners() const { return listeners_ > 0; }
    // `data` is one line.
    void publish(std::string_view name, std::string_view data);
    void close();

private:
    boost::asio::steady_timer wake_;  // never expires; canceled to wake who waits
    std::deque<event> events_;
    std::uint64_t first_ = 0;  // number of events_.front()
    std::size_t listeners_ = 0;
    bool closed_ = false;
};

}  // namespace pgfold::admin
