#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tools/relay/pump.hpp"

namespace pgfold::relay {

namespace asio = boost::asio;

asio::awaitable<void> copy_bytes(std::shared_ptr<connection> both, direction way) {
    auto& from = way == direction::to_server ? both->client : both->server;
    auto& to = way == direction::to_server ? both->server : both->client;
    constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
    std::array<std::byte, read_bytes_max> buffer;
    for (;;) {
        auto [read_error, size] = co_await from.async_read_some(asio::buffer(buffer), no_throw);
        if (read_error) {
            boost::system::error_code ignored;
            if (read_error == asio::error::eof) {
                to.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
            } else {
                both->close();
            }
            co_return;
        }
        auto [write_error, written] =
            co_await asio::async_write(to, asio::buffer(buffer.data(), size), no_throw);
        if (write_error) {
            both->close();
            co_return;
        }
    }
}

}  // namespace pgfold::relay
