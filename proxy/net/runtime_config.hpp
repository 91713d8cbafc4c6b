// Everything that a reload can change, as one immutable object. A connection takes what is in force
// when it begins; its session gets what can change under it when it is idle.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "analyzer/detect/detector.hpp"
#include "config/config.hpp"
#include "proxy/cache/cache_rules.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/net/upstream.hpp"
#include "proxy/session/connection_analysis.hpp"

namespace pgfold::net {

struct runtime_config {
    std::shared_ptr<const config::settings> settings;
    std::string conninfo;  // of the upstream: from the settings, $DATABASE_URL or empty for PG*
    std::shared_ptr<const upstream> server;
    tls_context client_tls;  // null when TLS towards clients is off
    std::shared_ptr<const session::analysis_settings> analysis;
    std::shared_ptr<const fold::fold_settings> folding;
    std::shared_ptr<const cache::cache_settings> caching;
    std::size_t findings_max = detect::detector_settings{}.findings_max;
    std::vector<std::string> warnings;  // for the log, once it is in force
};

// The upstream that `settings` and the environment name. False when there is none at all.
[[nodiscard]] bool find_upstream(const config::settings& settings, std::string& conninfo);

// Loads certificates and parses the upstream. Null with `errors` filled when something is wrong.
[[nodiscard]] std::shared_ptr<const runtime_config> make_runtime_config(
    config::settings settings, std::vector<std::string>& errors);

[[nodiscard]] detect::detector_settings detector_settings_of(const runtime_config& config);
[[nodiscard]] fold::fold_settings fold_settings_of(const config::batch_settings& settings);
[[nodiscard]] cache::cache_settings cache_settings_of(const config::cache_settings& settings);

// Thread-safe holder of the one in force.
class runtime_config_holder {
public:
    [[nodiscard]] std::shared_ptr<const runtime_config> current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void replace(std::shared_ptr<const runtime_config> next) {
        const std::lock_guard lock(mutex_);
        current_.swap(next);  // the old one goes outside the lock, in the caller's frame
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const runtime_config> current_;
};

}  // namespace pgfold::net
