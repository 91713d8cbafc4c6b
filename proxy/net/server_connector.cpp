#include "proxy/net/server_connector.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "proxy/net/socket_options.hpp"
#include "proxy/net/waiting.hpp"
#include "proxy/protocol/startup.hpp"

namespace pgfold::net {
namespace {

using endpoint = asio::generic::stream_protocol::endpoint;
using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;
constexpr std::size_t addresses_max = 16;  // of one host

std::minstd_rand& random_source() {
    thread_local std::minstd_rand source{std::random_device{}()};
    return source;
}

server_address address_of(const upstream_host& host, const endpoint& where) {
    server_address address;
    address.length = where.size();
    std::memcpy(address.bytes.data(), where.data(), where.size());
    address.host = host.host;
    address.name = host.to_string();
    address.is_unix = host.is_unix();
    return address;
}

endpoint endpoint_of(const server_address& address) {
    endpoint where;
    where.resize(address.length);
    std::memcpy(where.data(), address.bytes.data(), address.length);
    return where;
}

// "connection to server at "db1" (10.0.0.1), port 5432 failed: ", as libpq says it.
std::string failed_prefix(const server_address& address) {
    const endpoint where = endpoint_of(address);
    if (address.is_unix) {
        return "connection to server on socket \"" + address.name + "\" failed: ";
    }
    char text[INET6_ADDRSTRLEN] = "";
    std::uint16_t port = 0;
    if (where.protocol().family() == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.bytes.data());
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        port = ntohs(v6->sin6_port);
    } else {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.bytes.data());
        ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        port = ntohs(v4->sin_port);
    }
    std::string prefix = "connection to server at \"" +
                         (address.host.empty() ? std::string(text) : address.host) + "\"";
    if (!address.host.empty() && address.host != text) prefix += " (" + std::string(text) + ")";
    return prefix + ", port " + std::to_string(port) + " failed: ";
}

// All addresses of one host. Numeric ones and sockets are not looked up.
awaitable<std::vector<server_address>> addresses_of(executor on, upstream_host host,
                                                    bool random_order, std::string& error) {
    std::vector<server_address> addresses;
    if (host.is_unix()) {
        const std::string path = host.socket_path();
        if (path.size() >= sizeof(sockaddr_un::sun_path)) {
            error += "Unix-domain socket path \"" + path + "\" is too long\n";
            co_return addresses;
        }
        // A leading @ is the abstract namespace.
        const bool abstract = path.starts_with('@');
        addresses.push_back(
            address_of(host, asio::local::stream_protocol::endpoint(
                                 abstract ? std::string(1, '\0') + path.substr(1) : path)));
        co_return addresses;
    }
    const std::string& name = host.hostaddr.empty() ? host.host : host.hostaddr;
    error_code failure;
    const asio::ip::address numeric = asio::ip::make_address(name, failure);
    if (!failure) {
        addresses.push_back(address_of(host, asio::ip::tcp::endpoint(numeric, host.port)));
        co_return addresses;
    }
    resolver lookup(on);
    const std::string service = std::to_string(host.port);
    auto [lookup_failure, found] = co_await lookup.async_resolve(
        name, service, asio::ip::resolver_base::numeric_service, as_tuple_awaitable);
    if (lookup_failure) {
        error += "could not translate host name \"" + name +
                 "\" to address: " + lookup_failure.message() + "\n";
        co_return addresses;
    }
    for (const auto& entry : found) {
        if (addresses.size() == addresses_max) break;
        addresses.push_back(address_of(host, entry.endpoint()));
    }
    if (random_order) std::shuffle(addresses.begin(), addresses.end(), random_source());
    co_return addresses;
}

// Asks the server for TLS. True when it is to be started, false when the stream stays plain.
awaitable<bool> request_tls(stream& server, ssl_mode mode, deadline& limit, std::string& error) {
    const std::vector<std::byte> request = protocol::build_ssl_request();
    const bool written = co_await write_all(server, request, limit);
    std::byte answer{};
    while (written) {
        // One byte exactly: what follows it belongs to TLS (CVE-2021-23222).
        const io_result result = server.read_some(std::span(&answer, 1));
        if (result.status == io_status::ok) break;
        if (result.status != io_status::want_read) {
            error = "server closed the connection during SSL negotiation";
            co_return false;
        }
        const bool ready = co_await wait_until_ready(server, io_status::want_read, limit);
        if (!ready) break;
    }
    if (limit.expired()) {
        error = "timeout expired";
    } else if (answer == std::byte{'S'}) {
        co_return true;
    } else if (answer == std::byte{'N'}) {
        if (mode >= ssl_mode::require) error = "server does not support SSL, but SSL was required";
    } else if (answer == std::byte{'E'}) {
        error = "server sent an error response during SSL exchange";
    } else {
        error = "received invalid response to SSL negotiation";
    }
    co_return false;
}

// True once the stream is as encrypted as `mode` wants it.
awaitable<bool> encrypt(stream& server, const upstream& target, const server_address& address,
                        ssl_mode mode, deadline& limit, std::string& error) {
    const bool direct = target.options.negotiation == ssl_negotiation::direct;
    if (!direct) {
        const bool start = co_await request_tls(server, mode, limit, error);
        if (!start) co_return error.empty();
    }
    server.start_tls(target.tls);
    if (!set_server_name(server.tls(), target.options, address.host, error)) co_return false;
    std::string reason;
    for (;;) {
        const io_result result = server.connect_tls(reason);
        if (result.status == io_status::ok) co_return true;
        if (result.status != io_status::want_read && result.status != io_status::want_write) break;
        const bool ready = co_await wait_until_ready(server, result.status, limit);
        if (!ready) {
            reason = "timeout expired";
            break;
        }
    }
    error = "SSL error: " + reason;
    co_return false;
}

ssl_mode effective_mode(const upstream& target, const server_address& address, encryption wanted) {
    if (address.is_unix || !target.tls) return ssl_mode::disable;
    if (wanted == encryption::plain_only) return ssl_mode::disable;
    if (wanted == encryption::tls_only) return std::max(target.options.ssl, ssl_mode::require);
    // allow: plain text first.
    return target.options.ssl == ssl_mode::allow ? ssl_mode::disable : target.options.ssl;
}

// One address, once.
awaitable<connect_outcome> try_address(executor on, std::shared_ptr<const upstream> target,
                                       server_address address, ssl_mode mode) {
    connect_outcome outcome;
    outcome.address = address;
    const endpoint where = endpoint_of(address);
    stream_socket socket(on);
    error_code failure;
    socket.open(where.protocol(), failure);
    if (failure) {
        outcome.error = failed_prefix(address) + failure.message();
        co_return outcome;
    }
    socket.non_blocking(true, failure);
    set_server_socket_options(socket.native_handle(), target->options.keepalive, address.is_unix);
    deadline limit(on, target->options.connect_timeout);
    limit.watch(&socket);
    const auto [connect_failure] = co_await socket.async_connect(where, as_tuple_awaitable);
    limit.watch(nullptr);
    if (connect_failure) {
        outcome.error = failed_prefix(address) +
                        (limit.expired() ? "timeout expired" : connect_failure.message());
        co_return outcome;
    }
    stream server(std::move(socket));
    if (mode != ssl_mode::disable) {
        std::string error;
        const bool ok = co_await encrypt(server, *target, address, mode, limit, error);
        if (!ok) {
            outcome.error = failed_prefix(address) + error;
            co_return outcome;
        }
    }
    outcome.address.tls = server.is_tls();
    outcome.connection.emplace(std::move(server));
    co_return outcome;
}

awaitable<connect_outcome> try_address_as_configured(executor on,
                                                     std::shared_ptr<const upstream> target,
                                                     server_address address) {
    const ssl_mode mode = effective_mode(*target, address, encryption::as_configured);
    connect_outcome outcome = co_await try_address(on, target, address, mode);
    // libpq's prefer: a TLS handshake that fails is tried again without.
    const bool tls_failed = outcome.error.find("SSL") != std::string::npos;
    if (!outcome.connection && mode == ssl_mode::prefer && tls_failed) {
        connect_outcome plain = co_await try_address(on, target, address, ssl_mode::disable);
        if (plain.connection) co_return plain;
    }
    co_return outcome;
}

// The selector answers on any thread; a timer that never expires is what is waited for.
struct pending_selection {
    explicit pending_selection(executor on) : answered(on) {
        answered.expires_at(steady_timer::time_point::max());
    }
    steady_timer answered;
    selection answer;
};

awaitable<selection> select_server(executor on, std::shared_ptr<server_selector> selector) {
    const auto pending = std::make_shared<pending_selection>(on);
    selector->select([on, pending](const selection& answer) {
        asio::post(on, [pending, answer] {
            pending->answer = answer;
            pending->answered.cancel();
        });
    });
    co_await pending->answered.async_wait(as_tuple_awaitable);
    co_return pending->answer;
}

awaitable<connect_outcome> connect_to_hosts(executor on, std::shared_ptr<const upstream> target,
                                            std::vector<upstream_host> hosts) {
    connect_outcome outcome;
    std::string errors;
    for (const upstream_host& host : hosts) {
        const std::vector<server_address> addresses =
            co_await addresses_of(on, host, target->options.random_order, errors);
        for (const server_address& address : addresses) {
            outcome = co_await try_address_as_configured(on, target, address);
            if (outcome.connection) co_return outcome;
            errors += outcome.error + "\n";
        }
    }
    if (!errors.empty()) errors.pop_back();
    outcome.error = std::move(errors);
    co_return outcome;
}

}  // namespace

awaitable<connect_outcome> connect_to_upstream(executor on,
                                               std::shared_ptr<const upstream> target) {
    std::vector<upstream_host> hosts = target->options.hosts;
    if (target->selector) {
        const selection chosen = co_await select_server(on, target->selector);
        if (!chosen.found) {
            connect_outcome outcome;
            outcome.error = chosen.error;
            co_return outcome;
        }
        hosts = {chosen.host};
    } else if (target->options.random_order) {
        std::shuffle(hosts.begin(), hosts.end(), random_source());
    }
    connect_outcome outcome = co_await connect_to_hosts(on, target, std::move(hosts));
    if (!outcome.connection && target->selector) target->selector->invalidate();
    co_return outcome;
}

awaitable<connect_outcome> connect_to_address(executor on, std::shared_ptr<const upstream> target,
                                              server_address address, encryption wanted) {
    const ssl_mode mode = effective_mode(*target, address, wanted);
    co_return co_await try_address(on, target, std::move(address), mode);
}

}  // namespace pgfold::net
