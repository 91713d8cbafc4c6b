#include "proxy/net/runtime_config.hpp"

#include <cstdlib>
#include <utility>

#include "proxy/net/analysis_log.hpp"

namespace pgfold::net {

bool find_upstream(const config::settings& settings, std::string& conninfo) {
    conninfo = settings.upstream;
    if (!conninfo.empty()) return true;
    if (const char* url = std::getenv("DATABASE_URL"); url != nullptr && *url != '\0') {
        conninfo = url;
        return true;
    }
    return environment_names_upstream();
}

std::shared_ptr<const runtime_config> make_runtime_config(config::settings settings,
                                                          std::vector<std::string>& errors) {
    auto result = std::make_shared<runtime_config>();
    if (!find_upstream(settings, result->conninfo)) {
        errors.emplace_back(
            "no upstream: say which PostgreSQL server pgfold stands in front of, with --upstream "
            "postgresql://HOST:PORT, the key `upstream` of the configuration, $DATABASE_URL or "
            "libpq's PGHOST and PGPORT");
    } else {
        std::string error;
        result->server = make_upstream(result->conninfo, settings.limits.connect_timeout, error);
        if (!result->server) {
            errors.push_back("upstream: " + error);
        } else {
            for (const std::string& name : result->server->options.left_to_clients) {
                result->warnings.push_back("upstream: " + name +
                                           " has no effect in pgfold, which relays "
                                           "authentication; set it at the client");
            }
        }
    }
    if (settings.tls.mode != config::tls_mode::disable) {
        std::string error;
        result->client_tls = make_client_side_context(settings.tls, error);
        if (!result->client_tls) errors.push_back("tls: " + error);
    }
    if (!errors.empty()) return nullptr;

    auto analysis = std::make_shared<session::analysis_settings>();
    analysis->slow_after = settings.detect.slow_query;
    analysis->on_slow_query = log_slow_query;
    result->analysis = std::move(analysis);
    result->folding = std::make_shared<const fold::fold_settings>(fold_settings_of(settings.batch));
    result->caching =
        std::make_shared<const cache::cache_settings>(cache_settings_of(settings.cache));
    result->settings = std::make_shared<const config::settings>(std::move(settings));
    return result;
}

detect::detector_settings detector_settings_of(const runtime_config& config) {
    const config::settings& settings = *config.settings;
    detect::detector_settings result;
    result.findings_max = config.findings_max;
    result.min_lookups = settings.detect.min_lookups;
    result.idle_gap = settings.detect.idle_gap;
    for (const config::suppress_rule& rule : settings.suppress) {
        detect::suppression suppressed;
        suppressed.fingerprint = rule.fingerprint;
        suppressed.table = rule.table;
        suppressed.route = rule.route;
        suppressed.tag = rule.tag;
        suppressed.class_name = rule.class_name;
        suppressed.reason = rule.reason;
        result.suppressions.push_back(std::move(suppressed));
    }
    return result;
}

fold::fold_settings fold_settings_of(const config::batch_settings& settings) {
    fold::fold_settings result;
    switch (settings.mode) {
        case config::batch_mode::off:
            result.mode = fold::fold_mode::off;
            break;
        case config::batch_mode::observe:
            result.mode = fold::fold_mode::observe;
            break;
        case config::batch_mode::on:
            result.mode = fold::fold_mode::on;
            break;
    }
    switch (settings.strategy) {
        case config::batch_strategy::automatic:
            result.strategy = fold::fold_strategy::automatic;
            break;
        case config::batch_strategy::pipeline:
            result.strategy = fold::fold_strategy::pipeline;
            break;
        case config::batch_strategy::fold:
            result.strategy = fold::fold_strategy::fold;
            break;
    }
    result.trigger = settings.trigger;
    result.keys_max = settings.max_keys;
    result.bytes_max = settings.max_bytes;
    result.age_max = settings.max_age;
    for (const config::batch_exclusion& rule : settings.exclude)
        result.exclude.push_back(
            {rule.table, rule.fingerprint, rule.role, rule.database, rule.application_name});
    return result;
}

cache::cache_settings cache_settings_of(const config::cache_settings& settings) {
    cache::cache_settings result;
    result.bytes = settings.memory;
    result.entry_bytes_max = settings.max_entry;
    for (const config::cache_rule& rule : settings.rules)
        result.rules.push_back(
            {rule.tables, rule.schema, rule.fingerprint, rule.pattern, rule.ttl, rule.max_entry});
    result.automatic = settings.automatic.enabled;
    result.writes_per_hour_max = settings.automatic.max_writes_per_hour;
    result.automatic_age_max = settings.automatic.ttl;
    return result;
}

}  // namespace pgfold::net
