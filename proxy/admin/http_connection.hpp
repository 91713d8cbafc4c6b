// One HTTP connection of the admin server: reads requests, has them handled, writes responses.
// Everything has a size limit and a deadline; a deadline covers a whole request, so sending it byte
// by byte gains nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

#include "proxy/admin/admin_server.hpp"
#include "proxy/admin/request_handler.hpp"

namespace pgfold::admin {

class http_connection {
public:
    http_connection(boost::asio::ip::tcp::socket socket, const server_limits& limits);

    // Ends when the peer is gone, a limit is hit, or close_when_idle() was called. `self` keeps the
    // connection alive while it runs.
    [[nodiscard]] static boost::asio::awaitable<void> run(std::shared_ptr<http_connection> self,
                                                          request_handler& handler);
    // At once unless a response is under way, else after it.
    void close_when_idle();
    void close();

private:
    struct parsed_request;

    [[nodiscard]] boost::asio::awaitable<bool> wait_for_request(bool first);
    [[nodiscard]] boost::asio::awaitable<parsed_request> read_request();
    [[nodiscard]] boost::asio::awaitable<bool> write_response(http_response response,
                                                              parsed_request request,
                                                              bool is_stream);
    [[nodiscard]] boost::asio::awaitable<void> write_events(
        std::shared_ptr<event_feed::listener> events, const std::string& beginning);
    [[nodiscard]] boost::asio::awaitable<void> linger();

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    const server_limits& limits_;
    bool from_loopback_ = false;
    bool busy_ = false;  // a request has been read and its response is not written yet
    bool closing_ = false;
};

}  // namespace pgfold::admin
