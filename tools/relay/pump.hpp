// One direction of a relayed connection: bytes from one socket to the other until the sender is
// done, then the end of stream is passed on, so that half-closed connections stay half-closed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

namespace pgfold::relay {

// The two sockets of one relayed connection. Both pumps share it; it closes with the last of them.
struct connection {
    boost::asio::ip::tcp::socket client;
    boost::asio::ip::tcp::socket server;

    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        server.close(ignored);
    }
};

enum class direction : bool { to_server, to_client };

inline constexpr std::size_t read_bytes_max = 64 * 1024;
// What may be under way on a delaying link. Past it the sender waits, as with a full TCP window.
inline constexpr std::size_t delayed_bytes_max = 64 * 1024 * 1024;

// Reads, writes what was read, reads again: what any proxy must do at least.
boost::asio::awaitable<void> copy_bytes(std::shared_ptr<connection> both, direction way);

// Every byte leaves `delay` after it came. Reading does not wait for writing, so a pipeline of
// requests pays the delay once, as on a real link.
boost::asio::awaitable<void> delay_bytes(std::shared_ptr<connection> both, direction way,
                                         std::chrono::nanoseconds delay);

}  // namespace pgfold::relay
