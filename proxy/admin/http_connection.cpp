#include "proxy/admin/http_connection.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace pgfold::admin {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 4096;
constexpr std::chrono::seconds linger_time{1};
constexpr std::size_t linger_bytes_max = 1 << 20;

using request_message = http::request<http::string_body>;

bool is_loopback(const asio::ip::address& address) {
    if (address.is_loopback()) return true;
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return false;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
}

std::string field(const request_message& message, http::field name) {
    return std::string(message[name]);
}

http_request to_request(const request_message& message, bool from_loopback) {
    http_request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.host = field(message, http::field::host);
    request.origin = field(message, http::field::origin);
    request.authorization = field(message, http::field::authorization);
    request.fetch_site = std::string(message["Sec-Fetch-Site"]);
    request.forwarded = message.count(http::field::forwarded) != 0 ||
                        message.count(http::field::via) != 0 ||
                        message.count("X-Forwarded-For") != 0 ||
                        message.count("X-Forwarded-Host") != 0 || message.count("X-Real-IP") != 0;
    request.from_loopback = from_loopback;
    return request;
}

// RFC 9112, section 3.2: exactly one Host field in HTTP/1.1, at most one ever.
bool host_is_proper(const request_message& message) {
    const std::size_t count = message.count(http::field::host);
    return count == 1 || (count == 0 && message.version() < 11);
}

std::optional<http_response> response_to(error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return error_response(431, "the header is too long");
    }
    if (error == http::error::body_limit) return error_response(413, "the body is too long");
    if (error == beast::error::timeout) return error_response(408, "the request took too long");
    if (error.category() == make_error_code(http::error::bad_method).category()) {
        return error_response(400, "not a valid HTTP request: " + error.message());
    }
    return std::nullopt;  // the connection itself is gone
}

}  // namespace

struct http_connection::parsed_request {
    error_code error;
    std::optional<http_request> request;  // nothing: see `error`
    unsigned version = 11;
    bool keep_alive = false;
    bool is_head = false;
};

http_connection::http_connection(asio::ip::tcp::socket socket, const server_limits& limits)
    : stream_(std::move(socket)),
      buffer_(limits.header_bytes_max + limits.body_bytes_max + read_bytes),
      limits_(limits) {
    error_code ignored;
    from_loopback_ = is_loopback(stream_.socket().remote_endpoint(ignored).address());
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void http_connection::close_when_idle() {
    closing_ = true;
    if (!busy_) stream_.close();
}

void http_connection::close() {
    closing_ = true;
    stream_.close();
}

asio::awaitable<void> http_connection::run(std::shared_ptr<http_connection> self,
                                           request_handler& handler) {
    for (bool first = true; !self->closing_; first = false) {
        self->busy_ = false;
        if (!co_await self->wait_for_request(first)) co_return;
        parsed_request request = co_await self->read_request();
        self->busy_ = true;
        http_response response;
        if (request.request) {
            response = co_await handler.handle(std::move(*request.request));
        } else if (auto problem = response_to(request.error)) {
            response = std::move(*problem);
        } else {
            co_return;
        }
        const auto events = std::move(response.events);
        const std::string beginning = events ? std::move(response.body) : std::string();
        request.keep_alive = request.keep_alive && !self->closing_ && !events;
        const bool keep_alive = request.keep_alive;
        const bool wants_events = events && !request.is_head;
        if (!co_await self->write_response(std::move(response), std::move(request),
                                           events != nullptr))
            co_return;
        if (wants_events) co_await self->write_events(events, beginning);
        if (!keep_alive) break;
    }
    co_await self->linger();
}

asio::awaitable<bool> http_connection::wait_for_request(bool first) {
    if (buffer_.size() != 0) co_return true;  // pipelined
    stream_.expires_after(first ? limits_.request_timeout : limits_.idle_timeout);
    error_code error;
    const std::size_t bytes = co_await stream_.async_read_some(
        buffer_.prepare(read_bytes), asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(bytes);
    co_return !error;
}

asio::awaitable<http_connection::parsed_request> http_connection::read_request() {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser.body_limit(limits_.body_bytes_max);
    stream_.expires_after(limits_.request_timeout);
    parsed_request result;
    co_await http::async_read(stream_, buffer_, parser,
                              asio::redirect_error(asio::use_awaitable, result.error));
    if (result.error) co_return result;
    const request_message& message = parser.get();
    result.version = message.version();
    result.is_head = message.method() == http::verb::head;
    if (!host_is_proper(message)) {
        result.error = make_error_code(http::error::bad_value);
        co_return result;
    }
    result.keep_alive = message.keep_alive();
    result.request = to_request(message, from_loopback_);
    co_return result;
}

asio::awaitable<bool> http_connection::write_response(http_response response,
                                                      parsed_request request, bool is_stream) {
    http::response<http::string_body> message;
    message.version(request.version);
    message.result(response.status);
    message.keep_alive(request.keep_alive);
    message.set(http::field::server, "pgfold");
    message.set(http::field::content_type, response.content_type);
    message.set(http::field::cache_control, "no-store");
    message.set(http::field::x_frame_options, "DENY");
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Content-Security-Policy", response.content_policy);
    message.set("Referrer-Policy", "no-referrer");
    if (!response.allow.empty()) message.set(http::field::allow, response.allow);
    if (response.ask_for_token) message.set(http::field::www_authenticate, "Bearer");
    if (!is_stream) {                                  // a stream ends with its connection
        message.content_length(response.body.size());  // of what GET would send, for HEAD too
        message.body() = std::move(response.body);
    }

    http::response_serializer<http::string_body> serializer(message);
    stream_.expires_after(limits_.write_timeout);
    error_code error;
    if (request.is_head || is_stream) {
        co_await http::async_write_header(stream_, serializer,
                                          asio::redirect_error(asio::use_awaitable, error));
    } else {
        co_await http::async_write(stream_, serializer,
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    co_return !error;
}

asio::awaitable<void> http_connection::write_events(std::shared_ptr<event_feed::listener> events,
                                                    const std::string& beginning) {
    error_code error;
    stream_.expires_after(limits_.write_timeout);
    co_await asio::async_write(stream_, asio::buffer(beginning),
                               asio::redirect_error(asio::use_awaitable, error));
    while (!error && !closing_) {
        const event_feed::event next = co_await events->next();
        if (!next) co_return;
        stream_.expires_after(limits_.write_timeout);  // a reader that keeps this up is let go
        co_await asio::async_write(stream_, asio::buffer(*next),
                                   asio::redirect_error(asio::use_awaitable, error));
    }
}

// A close with unread input resets the connection, and the peer may lose the response. So say that
// nothing more comes, and read on for a moment.
asio::awaitable<void> http_connection::linger() {
    error_code error;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream_.expires_after(linger_time);
    std::array<char, read_bytes> ignored;
    for (std::size_t total = 0; !error && total < linger_bytes_max;) {
        total += co_await stream_.async_read_some(asio::buffer(ignored),
                                                  asio::redirect_error(asio::use_awaitable, error));
    }
    stream_.close();
}

}  // namespace pgfold::admin
