// What all threads of the proxy share. Everything in it is safe to use from any of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "analyzer/detect/detector.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/cache/result_cache.hpp"
#include "proxy/capture/traffic_capture.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/catalog_load.hpp"
#include "proxy/fold/session_pool.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "proxy/net/cancel_registry.hpp"
#include "proxy/net/replication/replication_manager.hpp"
#include "proxy/net/runtime_config.hpp"

namespace pgfold::net {

struct shared_state {
    explicit shared_state(std::shared_ptr<const runtime_config> initial,
                          const freshness::freshness_rules& rules = {})
        : findings(detector_settings_of(*initial)),
          templates(sql::make_template_table()),
          replication([this] { return config.current(); }),
          versions(std::make_shared<catalog::catalog_directory>(), rules, {},
                   replication.hooks(*initial)),
          cache(std::make_shared<cache::result_cache>(*initial->caching)) {
        config.replace(std::move(initial));
    }

    runtime_config_holder config;
    cancel_registry cancel_keys;
    detect::detector_hub findings;
    std::shared_ptr<sql::template_table> templates;
    std::shared_ptr<fold::association_table> associations =
        std::make_shared<fold::association_table>();
    std::shared_ptr<fold::catalog_claims> catalog_claims = std::make_shared<fold::catalog_claims>();
    replication_manager replication;
    std::shared_ptr<fold::session_pools> pools = std::make_shared<fold::session_pools>();
    freshness::table_versions versions;
    std::shared_ptr<capture::traffic_capture> capture;  // null: none; set before the threads start
    std::shared_ptr<cache::result_cache> cache;
    std::shared_ptr<cache::shared_level> shared_cache;  // null: none; set before the threads start
    std::atomic<std::uint64_t> last_connection_id{0};
    std::atomic<std::uint32_t> sessions{0};  // clients past their startup packet: what is limited
    std::atomic<bool> draining{false};
};

}  // namespace pgfold::net
