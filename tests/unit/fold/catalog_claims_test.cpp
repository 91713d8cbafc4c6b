// Who may load a database's catalog, and when the next one may.
#include <gtest/gtest.h>

#include "proxy/fold/catalog_load.hpp"

namespace pgfold::fold {
namespace {

using namespace std::chrono_literals;

constexpr detect::timestamp start{1h};

TEST(CatalogClaims, OneAtATimeForEachDatabase) {
    catalog_claims claims;
    EXPECT_TRUE(claims.take("shop", start));
    EXPECT_FALSE(claims.take("shop", start + 1s));
    EXPECT_TRUE(claims.take("store", start + 1s));
}

TEST(CatalogClaims, RestFollowsALoad) {
    catalog_claims claims;
    EXPECT_TRUE(claims.take("shop", start));
    claims.give_back("shop", start + 100ms);
    EXPECT_FALSE(claims.take("shop", start + 2s));
    EXPECT_TRUE(claims.take("shop", start + 2101ms));
}

TEST(CatalogClaims, ASessionThatEndsWhileItLoadsHoldsNobodyUp) {
    const auto claims = std::make_shared<catalog_claims>();
    const auto target = std::make_shared<catalog::database_catalog>("shop");
    EXPECT_TRUE(claims->take("shop", start));
    { catalog_load ended_early(target, claims, 150'000); }
    EXPECT_FALSE(claims->take("shop", start + 100ms));
    EXPECT_TRUE(claims->take("shop", start + 250ms));
}

}  // namespace
}  // namespace pgfold::fold
