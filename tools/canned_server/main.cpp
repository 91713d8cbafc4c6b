// pgfold_canned_server [--port N] [--threads N]
//
// Prints "ready: 127.0.0.1:PORT" on one line of stderr once it accepts connections.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <cstdio>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "tools/canned_server/canned_conversation.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t request_bytes_max = 64 * 1024;

struct worker {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;
};

asio::awaitable<void> serve(tcp::socket client) {
    boost::system::error_code ignored;
    client.set_option(tcp::no_delay(true), ignored);
    pgfold::canned::canned_conversation talk;
    std::vector<char> buffer(request_bytes_max);
    std::string replies;
    std::size_t held = 0;
    while (!talk.is_over() && held < buffer.size()) {
        auto [error, size] = co_await client.async_read_some(
            asio::buffer(buffer.data() + held, buffer.size() - held), no_throw);
        if (error) co_return;
        held += size;
        const std::size_t used = talk.answer({buffer.data(), held}, replies);
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                  buffer.begin() + static_cast<std::ptrdiff_t>(held), buffer.begin());
        held -= used;
        if (replies.empty()) continue;
        auto [failed, written] =
            co_await asio::async_write(client, asio::buffer(replies), no_throw);
        if (failed) co_return;
        replies.clear();
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, std::list<worker>& workers) {
    for (auto next = workers.begin();;
         next = std::next(next) == workers.end() ? workers.begin() : std::next(next)) {
        tcp::socket client(next->context);
        auto [error] = co_await acceptor.async_accept(client, no_throw);
        if (error) co_return;
        asio::co_spawn(next->context, serve(std::move(client)), asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Answers every query with the same row", "pgfold_canned_server");
    std::uint16_t port = 0;
    unsigned threads = 1;
    app.add_option("--port", port, "0 picks a free one")->capture_default_str();
    app.add_option("--threads", threads)->check(CLI::Range(1, 256))->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    // Blocked before any thread starts, so that sigwait is where they arrive.
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGINT);
    sigaddset(&stop_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    try {
        std::list<worker> workers(threads);
        tcp::acceptor acceptor(workers.front().context,
                               tcp::endpoint(asio::ip::address_v4::loopback(), port));
        asio::co_spawn(workers.front().context, accept(acceptor, workers), asio::detached);
        for (worker& one : workers)
            one.thread = std::thread([&one] { one.context.run(); });
        std::fprintf(stderr, "ready: 127.0.0.1:%u\n",
                     static_cast<unsigned>(acceptor.local_endpoint().port()));
        int received = 0;
        sigwait(&stop_signals, &received);
        for (worker& one : workers)
            one.context.stop();
        for (worker& one : workers)
            one.thread.join();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "pgfold_canned_server: %s\n", error.what());
        return 1;
    }
}
