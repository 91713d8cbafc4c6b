#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <vector>

#include "tools/relay/pump.hpp"

namespace pgfold::relay {

namespace asio = boost::asio;

namespace {

using clock = std::chrono::steady_clock;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// Bytes under way in one direction, between the coroutine that reads and the one that writes.
// Both run on the connection's thread.
struct flight {
    struct chunk {
        clock::time_point due;
        std::vector<std::byte> bytes;
    };

    explicit flight(const asio::any_io_executor& executor)
        : changed(executor, clock::time_point::max()) {}

    std::deque<chunk> chunks;
    std::size_t bytes = 0;
    bool sender_done = false;  // nothing follows the chunks that are queued
    bool receiver_gone = false;
    asio::steady_timer changed;  // cancelled to wake the other side

    asio::awaitable<void> wait_for_change() {
        changed.expires_at(clock::time_point::max());
        co_await changed.async_wait(no_throw);
    }
};

asio::awaitable<void> deliver(std::shared_ptr<connection> both, direction way,
                              std::shared_ptr<flight> under_way) {
    auto& to = way == direction::to_server ? both->server : both->client;
    asio::steady_timer due(to.get_executor());
    for (;;) {
        if (under_way->chunks.empty()) {
            if (under_way->sender_done) break;
            co_await under_way->wait_for_change();
            continue;
        }
        flight::chunk next = std::move(under_way->chunks.front());
        under_way->chunks.pop_front();
        due.expires_at(next.due);
        co_await due.async_wait(no_throw);
        auto [error, written] = co_await asio::async_write(to, asio::buffer(next.bytes), no_throw);
        under_way->bytes -= next.bytes.size();
        under_way->changed.cancel();
        if (error) {
            under_way->receiver_gone = true;
            both->close();
            co_return;
        }
    }
    boost::system::error_code ignored;
    to.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace

asio::awaitable<void> delay_bytes(std::shared_ptr<connection> both, direction way,
                                  std::chrono::nanoseconds delay) {
    auto& from = way == direction::to_server ? both->client : both->server;
    auto under_way = std::make_shared<flight>(from.get_executor());
    asio::co_spawn(from.get_executor(), deliver(both, way, under_way), asio::detached);
    std::vector<std::byte> buffer(read_bytes_max);
    while (!under_way->receiver_gone) {
        if (under_way->bytes >= delayed_bytes_max) {
            co_await under_way->wait_for_change();
            continue;
        }
        auto [error, size] = co_await from.async_read_some(asio::buffer(buffer), no_throw);
        if (error) {
            // A reset reaches the other side too, after what was sent before it.
            break;
        }
        under_way->chunks.push_back(
            {clock::now() + delay, {buffer.begin(), buffer.begin() + static_cast<long>(size)}});
        under_way->bytes += size;
        under_way->changed.cancel();
    }
    under_way->sender_done = true;
    under_way->changed.cancel();
}

}  // namespace pgfold::relay
