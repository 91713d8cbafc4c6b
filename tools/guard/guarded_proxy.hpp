// A pgfold of one command: a private port and Unix socket, no admin HTTP, nothing that signals
// could end. Everything it has seen is there once it has been stopped.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/finding.hpp"
#include "config/config.hpp"
#include "tools/guard/database_url.hpp"

namespace pgfold::guard {

struct folding_totals {
    std::uint64_t lookups_answered = 0;  // by pgfold
    std::uint64_t statements_sent = 0;   // for that; each lookup of a pipeline is one
    std::uint64_t round_trips_saved = 0;
};

struct observed {
    std::vector<detect::finding> findings;         // by total time, largest first
    std::map<std::string, std::uint64_t> queries;  // by label; "" is what nothing was said about
    folding_totals folding;
};

class guarded_proxy {
public:
    guarded_proxy();
    ~guarded_proxy();
    guarded_proxy(const guarded_proxy&) = delete;
    guarded_proxy& operator=(const guarded_proxy&) = delete;

    // Why it cannot start, one line each; empty: it accepts connections.
    [[nodiscard]] std::vector<std::string> start(config::settings settings);
    [[nodiscard]] server_place place() const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& upstream() const;

    // Ends the sessions that are left and gives what was seen.
    [[nodiscard]] observed stop();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::guard
