// A process to look at: counters, statistics, findings and connections with known numbers.
#pragma once

#include <memory>
#include <vector>

#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

struct sample_process {
    sample_process();

    std::vector<std::unique_ptr<telemetry::thread_counters>> counters;  // of two threads
    std::vector<std::unique_ptr<statistics::statistics_shard>> shards;
    std::vector<detect::finding> findings;
    std::vector<fold::association_ptr> associations;
    std::vector<connection_snapshot> connections;
    std::shared_ptr<config::settings> settings = std::make_shared<config::settings>();
    std::string upstream = "host=127.0.0.1 port=1 sslmode=disable gssencmode=disable";
    reload_outcome next_reload{true, {}, {"listen"}};
    int reloads = 0;
    int drains = 0;
    bool draining = false;

    // Points into this object.
    [[nodiscard]] admin_context context();
};

[[nodiscard]] sql::template_ptr make_template(std::string text, std::uint64_t fingerprint);

}  // namespace pgfold::admin
