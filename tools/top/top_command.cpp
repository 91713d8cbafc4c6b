#include "tools/top/top_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "config/listen_address.hpp"
#include "tools/top/rate_meter.hpp"
#include "tools/top/screen_text.hpp"
#include "tools/top/snapshot.hpp"
#include "tools/top/terminal_screen.hpp"

namespace pgfold::top {
namespace {

constexpr int exit_no_answer = 1, exit_usage = 2;
constexpr std::size_t columns_default = 120, columns_min = 60;

volatile std::sig_atomic_t told_to_end = 0;

void end_on_signal(int) {
    told_to_end = 1;
}

std::size_t columns_of_pipe() {
    const char* const wanted = std::getenv("COLUMNS");
    const long columns = wanted == nullptr ? 0 : std::strtol(wanted, nullptr, 10);
    return columns > 0 ? std::max(columns_min, static_cast<std::size_t>(columns)) : columns_default;
}

int print_once(const admin_client& client, const top_options& options) {
    const snapshot now = take_snapshot(client, options.sort);
    if (!now.error.empty()) {
        std::cerr << "pgfold: nothing at http://" << options.admin << ": " << now.error << '\n';
        return exit_no_answer;
    }
    screen_request request;
    request.columns = columns_of_pipe();
    request.sort = options.sort;
    request.address = options.admin;
    request.keys = false;
    for (const screen_line& line : lay_out(now, request))
        std::cout << line.text << '\n';
    return 0;
}

int watch(const admin_client& client, const top_options& options) {
    using clock = std::chrono::steady_clock;
    std::signal(SIGTERM, end_on_signal);
    std::signal(SIGINT, end_on_signal);
    terminal_screen screen;
    screen_request request;
    request.sort = options.sort;
    request.address = options.admin;
    rate_meter meter;
    snapshot now;
    bool stale = true;
    clock::time_point due = clock::now();
    while (told_to_end == 0) {
        if (stale || (!request.paused && clock::now() >= due)) {
            now = take_snapshot(client, request.sort);
            meter.measure(now, clock::now());
            due = clock::now() + options.interval;
            stale = false;
        }
        request.columns = screen.columns();
        request.lines = screen.lines();
        screen.show(lay_out(now, request));
        const auto rest =
            request.paused
                ? options.interval
                : std::chrono::duration_cast<std::chrono::milliseconds>(due - clock::now());
        const auto& orders = sort_orders();
        switch (screen.wait(std::clamp(rest, std::chrono::milliseconds(10), options.interval))) {
            case terminal_screen::key::quit:
                return 0;
            case terminal_screen::key::sort: {
                const auto known = std::find(orders.begin(), orders.end(), request.sort);
                const std::size_t next = static_cast<std::size_t>(known - orders.begin()) + 1;
                request.sort = orders[next % orders.size()];
                stale = true;
                break;
            }
            case terminal_screen::key::first_sort:
                request.sort = orders.front();
                stale = true;
                break;
            case terminal_screen::key::connections:
                request.connections = !request.connections;
                break;
            case terminal_screen::key::pause:
                request.paused = !request.paused;
                break;
            case terminal_screen::key::resized:
            case terminal_screen::key::none:
                break;
        }
    }
    return 0;
}

}  // namespace

int top_command(const top_options& options) {
    const auto address = config::parse_listen_address(options.admin);
    if (!address.error.empty() || address.value.is_unix()) {
        std::cerr << "pgfold: --admin: "
                  << (address.error.empty() ? "cannot be a Unix socket" : address.error) << '\n';
        return exit_usage;
    }
    const admin_client client(address.value.host, address.value.port);
    if (options.once || isatty(STDOUT_FILENO) == 0) return print_once(client, options);
    return watch(client, options);
}

}  // namespace pgfold::top
