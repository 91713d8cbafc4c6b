// What folding on one session shares with the others.
#pragma once

#include <memory>
#include <string>

#include "analyzer/detect/result_window.hpp"
#include "analyzer/detect/sibling_results.hpp"
#include "proxy/cache/result_cache.hpp"
#include "proxy/cache/shared/shared_level.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/catalog_load.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/fold/session_pool.hpp"
#include "proxy/freshness/known_effects.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "proxy/session/cancel_mark.hpp"

namespace pgfold::session {

// The references must outlive the session.
struct folding_resources {
    std::shared_ptr<const fold::fold_settings> settings;
    std::shared_ptr<fold::association_table> associations;
    std::shared_ptr<fold::catalog_claims> catalog_claims;
    freshness::table_versions& versions;
    freshness::known_effects& effects;     // of the thread
    const detect::result_window& results;  // the detector's, of this connection
    std::shared_ptr<const cancel_mark> canceled;
    // Of loops that a pool spreads over several connections; null: none are looked for.
    std::shared_ptr<fold::session_pools> pools;
    const detect::sibling_results* siblings = nullptr;  // the detector's, of this connection
    std::string server;                                 // that the connection leads to
    std::shared_ptr<cache::result_cache> cache = nullptr;
    std::shared_ptr<const cache::cache_settings> cache_settings = nullptr;  // null: off
    cache::shared_level* shared_cache = nullptr;                            // null: there is none
};

}  // namespace pgfold::session
