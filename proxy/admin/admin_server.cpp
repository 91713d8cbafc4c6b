#include "proxy/admin/admin_server.hpp"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <set>
#include <thread>

#include "config/listen_address.hpp"
#include "proxy/admin/http_connection.hpp"
#include "proxy/admin/live/live_view.hpp"
#include "proxy/admin/request_handler.hpp"
#include "proxy/sockets/shared_port.hpp"

namespace pgfold::admin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds stop_grace{1};  // for responses that are under way
constexpr std::chrono::milliseconds accept_pause{100};

// Signals are for the threads that wait for them.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

struct admin_server::implementation {
    implementation(admin_context given, server_limits bounds)
        : context(std::move(given)), limits(bounds) {
        if (context.version.empty()) context.version = PGFOLD_VERSION;
    }

    std::string listen(const std::string& address, bool shared);
    std::string adopt(int descriptor);
    asio::awaitable<void> accept_connections();
    void serve(tcp::socket socket);
    void leave();
    void begin_stop();
    void end_stop_if_done();

    admin_context context;
    server_limits limits;
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    asio::steady_timer grace{io}, leaving{io};
    std::set<std::shared_ptr<http_connection>> connections;  // on the thread only
    bool stopping = false;
    std::uint16_t port = 0;
    std::string host;
    // Made by start(): the threads that it makes must not take signals either.
    std::unique_ptr<request_handler> handler;
    live_view live{context, io.get_executor(), limits.live_interval};
    std::thread thread;
};

std::string admin_server::implementation::listen(const std::string& address, bool shared) {
    const std::string where = "admin server on " + address + ": ";
    const auto parsed = config::parse_listen_address(address);
    if (!parsed.error.empty()) return where + parsed.error;
    if (parsed.value.is_unix()) return where + "cannot be a Unix socket";
    error_code error;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(parsed.value.host, std::to_string(parsed.value.port),
                                        tcp::resolver::passive, error);
    if (error) return where + error.message();
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && shared && !sockets::share_port(acceptor.native_handle()))
        error = error_code(errno, boost::system::system_category());
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port = acceptor.local_endpoint(error).port();
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return where + error.message();
    }
    host = parsed.value.host;
    return {};
}

std::string admin_server::implementation::adopt(int descriptor) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    error_code error;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0)
        error = error_code(errno, boost::system::system_category());
    if (!error && bound.ss_family != AF_INET && bound.ss_family != AF_INET6)
        return "admin server: the inherited socket is not a TCP socket";
    if (!error)
        acceptor.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor, error);
    const tcp::endpoint endpoint = error ? tcp::endpoint() : acceptor.local_endpoint(error);
    if (error) return "admin server on an inherited socket: " + error.message();
    host = endpoint.address().to_string();
    port = endpoint.port();
    return {};
}

asio::awaitable<void> admin_server::implementation::accept_connections() {
    while (!stopping) {
        error_code error;
        tcp::socket socket =
            co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (stopping || error == asio::error::operation_aborted) co_return;
        if (error) {  // out of file descriptors, most likely: do not spin
            asio::steady_timer pause(io, accept_pause);
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        if (connections.size() < limits.connections_max) serve(std::move(socket));
    }
}

void admin_server::implementation::serve(tcp::socket socket) {
    const auto connection = std::make_shared<http_connection>(std::move(socket), limits);
    connections.insert(connection);
    // What escapes from a connection ends only that connection.
    asio::co_spawn(io, http_connection::run(connection, *handler),
                   [this, connection](const std::exception_ptr&) {
                       connections.erase(connection);
                       end_stop_if_done();
                   });
}

void admin_server::implementation::leave() {
    if (stopping || !sockets::turn_away(acceptor.native_handle())) return;
    leaving.expires_after(sockets::handshake_time);
    leaving.async_wait([this](error_code error) {
        if (!error) acceptor.close(error);
    });
}

void admin_server::implementation::begin_stop() {
    stopping = true;
    live.stop();
    leaving.cancel();
    error_code ignored;
    acceptor.close(ignored);
    grace.expires_after(stop_grace);
    grace.async_wait([this](error_code error) {
        if (error) return;
        for (const auto& connection : connections)
            connection->close();
        asio::post(io, [this] { io.stop(); });  // behind what the closing has woken
    });
    for (const auto& connection : connections)
        connection->close_when_idle();
    end_stop_if_done();
}

void admin_server::implementation::end_stop_if_done() {
    if (stopping && connections.empty()) grace.cancel();
}

admin_server::admin_server(admin_context context, server_limits limits)
    : implementation_(std::make_unique<implementation>(std::move(context), limits)) {}

admin_server::~admin_server() {
    stop();
}

std::string admin_server::start(const std::string& address, int inherited, bool shared) {
    implementation& server = *implementation_;
    std::string problem = inherited < 0 ? server.listen(address, shared) : server.adopt(inherited);
    if (!problem.empty()) return problem;
    const signals_blocked blocked;  // inherited by the threads made here
    server.handler =
        std::make_unique<request_handler>(server.context, server.live, server.limits.probe_timeout);
    asio::co_spawn(server.io, server.accept_connections(), [](const std::exception_ptr&) {});
    asio::co_spawn(server.io, server.live.run(), [](const std::exception_ptr&) {});
    server.thread = std::thread([&server] {
        pthread_setname_np(pthread_self(), "pgfold-admin");
        server.io.run();
    });
    return {};
}

void admin_server::leave() {
    asio::post(implementation_->io, [this] { implementation_->leave(); });
}

std::uint16_t admin_server::port() const {
    return implementation_->port;
}

std::string admin_server::url() const {
    return "http://" +
           config::listen_address{implementation_->host, implementation_->port, {}}.to_string();
}

void admin_server::stop() {
    implementation& server = *implementation_;
    if (!server.thread.joinable()) return;
    asio::post(server.io, [&server] { server.begin_stop(); });
    server.thread.join();
}

}  // namespace pgfold::admin
