#include "proxy/net/server_connector.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <cstring>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "proxy/net/socket_options.hpp"
#include "proxy/net/waiting.hpp"
#include "proxy/protocol/startup.hpp"

namespace pgfold::net {
namespace {

constexpr std::size_t addresses_max = 16;  // of one host

std::minstd_rand& random_source() {
    thread_local std::minstd_rand source{std::random_device{}()};
    return source;
}

server_address address_of(const upstream_host& host, const void* where, std::size_t length) {
    server_address address;
    address.length = length;
    std::memcpy(address.bytes.data(), where, length);
    address.host = host.host;
    address.name = host.to_string();
    address.is_unix = host.is_unix();
    return address;
}

int family_of(const server_address& address) {
    sockaddr_storage where{};
    std::memcpy(&where, address.bytes.data(), address.length);
    return where.ss_family;
}

// A leading @ is the abstract namespace. Nothing when the path is too long.
std::optional<server_address> unix_address(const upstream_host& host) {
    const std::string path = host.socket_path();
    sockaddr_un where{};
    if (path.size() >= sizeof where.sun_path) return std::nullopt;
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, path.data(), path.size());
    const bool abstract = path.starts_with('@');
    if (abstract) where.sun_path[0] = '\0';
    // An abstract name ends with the address, a path with a zero byte.
    return address_of(host, &where,
                      offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
}

std::optional<server_address> numeric_address(const upstream_host& host, const std::string& name) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(host.port);
    if (::inet_pton(AF_INET, name.c_str(), &v4.sin_addr) == 1)
        return address_of(host, &v4, sizeof v4);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(host.port);
    if (::inet_pton(AF_INET6, name.c_str(), &v6.sin6_addr) == 1)
        return address_of(host, &v6, sizeof v6);
    return std::nullopt;  // a name, or an address with a scope, which getaddrinfo understands
}

// "connection to server at "db1" (10.0.0.1), port 5432 failed: ", as libpq says it.
std::string failed_prefix(const server_address& address) {
    if (address.is_unix) {
        return "connection to server on socket \"" + address.name + "\" failed: ";
    }
    char text[INET6_ADDRSTRLEN] = "";
    std::uint16_t port = 0;
    if (family_of(address) == AF_INET6) {
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

// An answer that comes from another thread, for one that waits on the loop's. Starts with co_await:
// `ask` is called with what is to be called, once and from any thread, with the answer.
template <typename Answer, typename Ask>
class answer_from_elsewhere {
public:
    answer_from_elsewhere(event_loop& loop, Ask ask) : loop_(loop), ask_(std::move(ask)) {}

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        state_->waiting = waiting;
        ask_([mail = loop_.mail(), pending = std::weak_ptr(state_)](const Answer& answer) {
            mail->post([pending, answer] {
                const auto held = pending.lock();
                if (!held) return;  // nobody waits any more
                held->answer = answer;
                held->waiting.resume();
            });
        });
    }
    Answer await_resume() { return std::move(state_->answer); }

private:
    struct state {
        std::coroutine_handle<> waiting;
        Answer answer;
    };
    event_loop& loop_;
    Ask ask_;
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

template <typename Answer, typename Ask>
answer_from_elsewhere<Answer, Ask> ask_elsewhere(event_loop& loop, Ask ask) {
    return {loop, std::move(ask)};
}

// All addresses of one host. Numeric ones and sockets are not looked up.
task<std::vector<server_address>> addresses_of(event_loop& loop,
                                               std::shared_ptr<const upstream> target,
                                               upstream_host host, std::string& error) {
    std::vector<server_address> addresses;
    if (host.is_unix()) {
        if (auto address = unix_address(host)) {
            addresses.push_back(std::move(*address));
        } else {
            error += "Unix-domain socket path \"" + host.socket_path() + "\" is too long\n";
        }
        co_return addresses;
    }
    const std::string& name = host.hostaddr.empty() ? host.host : host.hostaddr;
    if (auto address = numeric_address(host, name)) {
        addresses.push_back(std::move(*address));
        co_return addresses;
    }
    const auto ask = [&](auto answer) { target->names->find(name, host.port, std::move(answer)); };
    const lookup_result found = co_await ask_elsewhere<lookup_result>(loop, ask);
    if (found.addresses.empty()) {
        error += "could not translate host name \"" + name + "\" to address: " + found.error + "\n";
        co_return addresses;
    }
    for (const looked_up_address& entry : found.addresses) {
        if (addresses.size() == addresses_max) break;
        addresses.push_back(address_of(host, &entry.bytes, entry.length));
    }
    if (target->options.random_order) {
        std::shuffle(addresses.begin(), addresses.end(), random_source());
    }
    co_return addresses;
}

// Asks the server for TLS. True when it is to be started, false when the stream stays plain.
task<bool> request_tls(stream& server, ssl_mode mode, deadline& limit, std::string& error) {
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
task<bool> encrypt(stream& server, const upstream& target, const server_address& address,
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

// Connects within the time limit. Why not, or empty.
task<std::string> connect_socket(stream& server, const server_address& address, deadline& limit) {
    sockaddr_storage where{};
    std::memcpy(&where, address.bytes.data(), address.length);
    int failure = 0;
    if (::connect(server.descriptor(), reinterpret_cast<const sockaddr*>(&where),
                  static_cast<socklen_t>(address.length)) != 0) {
        failure = errno;
    }
    if (failure == EINPROGRESS || failure == EINTR) {
        const bool decided = co_await wait_until_ready(server, io_status::want_write, limit);
        if (!decided) co_return "timeout expired";
        socklen_t length = sizeof failure;
        if (::getsockopt(server.descriptor(), SOL_SOCKET, SO_ERROR, &failure, &length) != 0) {
            failure = errno;
        }
    }
    co_return failure == 0 ? std::string() : std::generic_category().message(failure);
}

// One address, once.
task<connect_outcome> try_address(event_loop& loop, std::shared_ptr<const upstream> target,
                                  server_address address, ssl_mode mode) {
    connect_outcome outcome;
    outcome.address = address;
    const int descriptor =
        ::socket(family_of(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        outcome.error = failed_prefix(address) + std::generic_category().message(errno);
        co_return outcome;
    }
    stream server(descriptor);
    set_server_socket_options(descriptor, target->options.keepalive, address.is_unix);
    deadline limit(loop, target->options.connect_timeout);
    const std::string failure = co_await connect_socket(server, address, limit);
    if (!failure.empty()) {
        outcome.error = failed_prefix(address) + failure;
        co_return outcome;
    }
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

task<connect_outcome> try_address_as_configured(event_loop& loop,
                                                std::shared_ptr<const upstream> target,
                                                server_address address) {
    const ssl_mode mode = effective_mode(*target, address, encryption::as_configured);
    connect_outcome outcome = co_await try_address(loop, target, address, mode);
    // libpq's prefer: a TLS handshake that fails is tried again without.
    const bool tls_failed = outcome.error.find("SSL") != std::string::npos;
    if (!outcome.connection && mode == ssl_mode::prefer && tls_failed) {
        connect_outcome plain = co_await try_address(loop, target, address, ssl_mode::disable);
        if (plain.connection) co_return plain;
    }
    co_return outcome;
}

task<connect_outcome> connect_to_hosts(event_loop& loop, std::shared_ptr<const upstream> target,
                                       std::vector<upstream_host> hosts) {
    connect_outcome outcome;
    std::string errors;
    for (const upstream_host& host : hosts) {
        const std::vector<server_address> addresses =
            co_await addresses_of(loop, target, host, errors);
        for (const server_address& address : addresses) {
            outcome = co_await try_address_as_configured(loop, target, address);
            if (outcome.connection) co_return outcome;
            errors += outcome.error + "\n";
        }
    }
    if (!errors.empty()) errors.pop_back();
    outcome.error = std::move(errors);
    co_return outcome;
}

}  // namespace

task<connect_outcome> connect_to_upstream(event_loop& loop,
                                          std::shared_ptr<const upstream> target) {
    std::vector<upstream_host> hosts = target->options.hosts;
    if (target->selector) {
        const auto ask = [&](auto answer) { target->selector->select(std::move(answer)); };
        const selection chosen = co_await ask_elsewhere<selection>(loop, ask);
        if (!chosen.found) {
            connect_outcome outcome;
            outcome.error = chosen.error;
            co_return outcome;
        }
        hosts = {chosen.host};
    } else if (target->options.random_order) {
        std::shuffle(hosts.begin(), hosts.end(), random_source());
    }
    connect_outcome outcome = co_await connect_to_hosts(loop, target, std::move(hosts));
    if (!outcome.connection && target->selector) target->selector->invalidate();
    co_return outcome;
}

task<connect_outcome> connect_to_address(event_loop& loop, std::shared_ptr<const upstream> target,
                                         server_address address, encryption wanted) {
    const ssl_mode mode = effective_mode(*target, address, wanted);
    co_return co_await try_address(loop, target, std::move(address), mode);
}

}  // namespace pgfold::net
