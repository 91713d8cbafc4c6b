// What sessions of one pgfold share, with the catalog of the server in tests/unit/session.
#pragma once

#include <memory>

#include "analyzer/detect/connection_detector.hpp"
#include "analyzer/detect/detector.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "proxy/session/session.hpp"
#include "unit/catalog/made_catalog.hpp"
#include "unit/session/shop_server.hpp"

namespace pgfold::test {

struct folding_surroundings {
    explicit folding_surroundings(std::string database) : name(std::move(database)) {
        catalog::made_catalog rows;
        rows.table(shop_server::parent_table, "parent", "r", {"id"});
        rows.table(shop_server::child_table, "child", "r", {"parent_id", "name", "n"});
        auto& known = versions.database(name)->catalog();
        published = known.publish(rows.build(), known.generation());
    }

    void fold(session::session& s, const detect::connection_detector& detector) {
        s.enable_folding(
            {settings, associations, claims, versions, effects, detector.recent_results()});
    }

    std::string name;
    bool published = false;
    std::shared_ptr<const fold::fold_settings> settings = std::make_shared<fold::fold_settings>();
    std::shared_ptr<fold::association_table> associations =
        std::make_shared<fold::association_table>();
    std::shared_ptr<fold::catalog_claims> claims = std::make_shared<fold::catalog_claims>();
    freshness::table_versions versions{std::make_shared<catalog::catalog_directory>()};
    freshness::known_effects effects{64};
};

}  // namespace pgfold::test
