#include "tools/top/admin_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace pgfold::top {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

asio::awaitable<std::string> fetch(beast::tcp_stream& stream, std::string host, std::uint16_t port,
                                   std::string target) {
    asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
    const auto found =
        co_await resolver.async_resolve(host, std::to_string(port), asio::use_awaitable);
    co_await stream.async_connect(found, asio::use_awaitable);
    http::request<http::empty_body> request(http::verb::get, target, 11);
    // The server wants an address here, not a name: names can be redirected.
    request.set(http::field::host, "localhost");
    request.keep_alive(false);
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(admin_client::body_bytes_max);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    if (parser.get().result() != http::status::ok)
        throw std::runtime_error("HTTP " + std::to_string(parser.get().result_int()));
    co_return std::move(parser.get().body());
}

}  // namespace

admin_answer admin_client::get(const std::string& target, std::chrono::milliseconds timeout) const {
    admin_answer answer;
    asio::io_context io;
    beast::tcp_stream stream(io);
    stream.expires_after(timeout);
    std::string text;
    std::exception_ptr failure;
    asio::co_spawn(io, fetch(stream, host_, port_, target),
                   [&](std::exception_ptr problem, std::string body) {
                       failure = std::move(problem);
                       text = std::move(body);
                   });
    io.run();
    try {
        if (failure) std::rethrow_exception(failure);
        answer.body = boost::json::parse(text).as_object();
    } catch (const boost::system::system_error& error) {
        answer.error = error.code().message();
    } catch (const std::exception& error) {
        answer.error = error.what();
    }
    return answer;
}

}  // namespace pgfold::top
