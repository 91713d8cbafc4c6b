// pgfold_relay --upstream HOST:PORT [--listen HOST:PORT] [--round-trip-ms N] [--threads N]
//
// Prints "ready: HOST:PORT" on one line of stderr once it accepts connections.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/relay/relay.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint parse_endpoint(const std::string& text) {
    auto colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos) {
        const char* end = text.data() + text.size();
        auto parsed = std::from_chars(text.data() + colon + 1, end, port);
        if (parsed.ec == std::errc() && parsed.ptr == end) {
            boost::system::error_code error;
            auto address = asio::ip::make_address(text.substr(0, colon), error);
            if (!error) return {address, port};
        }
    }
    throw CLI::ValidationError("not an address and a port, as in 127.0.0.1:5432", text);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Relays TCP connections, over a link that can be made slow", "pgfold_relay");
    std::string listen = "127.0.0.1:0";
    std::string upstream;
    double round_trip_ms = 0;
    pgfold::relay::relay_settings settings;
    app.add_option("--listen", listen, "Address and port; port 0 picks a free one")
        ->capture_default_str();
    app.add_option("--upstream", upstream, "Address and port")->required();
    app.add_option("--round-trip-ms", round_trip_ms, "Delay, half of it each way")
        ->check(CLI::Range(0.0, 10'000.0));
    app.add_option("--threads", settings.threads)->check(CLI::Range(1, 256))->capture_default_str();

    // Blocked before any thread starts, so that sigwait is where they arrive.
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGINT);
    sigaddset(&stop_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    try {
        app.parse(argc, argv);
        settings.listen = parse_endpoint(listen);
        settings.upstream = parse_endpoint(upstream);
        settings.round_trip = std::chrono::nanoseconds(static_cast<long>(round_trip_ms * 1e6));
        pgfold::relay::relay_server server(settings);
        auto local = server.local_endpoint();
        server.start();
        std::fprintf(stderr, "ready: %s:%u\n", local.address().to_string().c_str(),
                     static_cast<unsigned>(local.port()));
        int received = 0;
        sigwait(&stop_signals, &received);
        return 0;
    } catch (const CLI::ParseError& error) {
        int status = app.exit(error);
        return status == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "pgfold_relay: %s\n", error.what());
        return 1;
    }
}
