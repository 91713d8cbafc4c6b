#include "tools/relay/relay.hpp"

#include <sys/prctl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <vector>

#include "tools/relay/pump.hpp"

namespace pgfold::relay {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{10};  // out of file descriptors: wait for some

asio::awaitable<void> relay_connection(tcp::socket client, relay_settings settings) {
    auto executor = client.get_executor();
    if (settings.round_trip.count() > 0) {
        asio::steady_timer handshake(executor, settings.round_trip);
        co_await handshake.async_wait(no_throw);
    }
    auto both = std::make_shared<connection>(std::move(client), tcp::socket(executor));
    auto [error] = co_await both->server.async_connect(settings.upstream, no_throw);
    if (error) co_return;
    boost::system::error_code ignored;
    both->client.set_option(tcp::no_delay(true), ignored);
    both->server.set_option(tcp::no_delay(true), ignored);
    for (auto way : {direction::to_server, direction::to_client}) {
        if (settings.round_trip.count() > 0) {
            asio::co_spawn(executor, delay_bytes(both, way, settings.round_trip / 2),
                           asio::detached);
        } else {
            asio::co_spawn(executor, copy_bytes(both, way), asio::detached);
        }
    }
}

}  // namespace

struct relay_server::implementation {
    struct worker {
        asio::io_context context{1};
        asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
        std::thread thread;
    };

    explicit implementation(const relay_settings& with)
        : settings(with), workers(std::max(1U, with.threads)), acceptor(workers.front().context) {
        acceptor.open(settings.listen.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(settings.listen);
        acceptor.listen();
    }

    asio::awaitable<void> accept() {
        for (std::size_t next = 0;; next = (next + 1) % workers.size()) {
            auto& context = workers[next].context;
            tcp::socket client(context);
            auto [error] = co_await acceptor.async_accept(client, no_throw);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                asio::steady_timer pause(acceptor.get_executor(), accept_pause);
                co_await pause.async_wait(no_throw);
                continue;
            }
            asio::co_spawn(context, relay_connection(std::move(client), settings), asio::detached);
        }
    }

    relay_settings settings;
    std::vector<worker> workers;
    tcp::acceptor acceptor;
};

relay_server::relay_server(const relay_settings& settings)
    : implementation_(std::make_unique<implementation>(settings)) {}

relay_server::~relay_server() {
    stop();
}

tcp::endpoint relay_server::local_endpoint() const {
    return implementation_->acceptor.local_endpoint();
}

void relay_server::start() {
    auto& workers = implementation_->workers;
    asio::co_spawn(workers.front().context, implementation_->accept(), asio::detached);
    for (auto& worker : workers) {
        worker.thread = std::thread([&context = worker.context] {
            ::prctl(PR_SET_TIMERSLACK, 1UL);  // the default of 50 µs would blur short links
            context.run();
        });
    }
}

void relay_server::stop() {
    for (auto& worker : implementation_->workers)
        worker.context.stop();
    for (auto& worker : implementation_->workers) {
        if (worker.thread.joinable()) worker.thread.join();
    }
}

}  // namespace pgfold::relay
