// Catalogs of a real server: read, found to hold, found to be wrong.
#include "proxy/fold/catalog_load.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "proxy/freshness/table_versions.hpp"
#include "unit/fold/raw_session.hpp"
#include "unit/suggestion/throwaway_postgres.hpp"

namespace pgfold::fold {
namespace {

class CatalogLoad : public testing::Test {
protected:
    static void SetUpTestSuite() {
        postgres = std::make_unique<test::throwaway_postgres>();
        postgres->execute("CREATE TABLE item (id int PRIMARY KEY)");
    }
    static void TearDownTestSuite() { postgres.reset(); }

    // One question; what comes of it is in the database's catalog. Returns whether all is wanted.
    bool ask(const catalog::catalog_ptr& compared_with = nullptr) {
        now += std::chrono::hours(1);
        catalog_load load(database, claims.take("postgres", catalog_question::load, now), 15'00'00,
                          compared_with);
        test::bytes request;
        load.append_request(request);
        asked = request.size();
        if (while_asked) while_asked();
        for (const test::server_message& message : session.ask(request, 2)) {
            EXPECT_FALSE(load.complete());
            load.on_message(
                {protocol::frame_state::message, static_cast<std::uint8_t>(message.type),
                 static_cast<std::uint32_t>(message.body.size()), message.body},
                now);
        }
        EXPECT_TRUE(load.complete());
        return load.wants_all();
    }
    [[nodiscard]] catalog::database_catalog& catalog() const { return database->catalog(); }
    [[nodiscard]] catalog::catalog_ptr known() const { return catalog().current().known; }
    [[nodiscard]] bool knows(std::string_view table) const {
        return !known()->resolve("", table, nullptr).empty();
    }

    inline static std::unique_ptr<test::throwaway_postgres> postgres;
    test::raw_session session{postgres->socket_folder()};
    freshness::table_versions versions{std::make_shared<catalog::catalog_directory>()};
    std::shared_ptr<freshness::database_versions> database = versions.database("postgres");
    catalog_claims claims;
    detect::timestamp now{};
    std::function<void()> while_asked;
    std::size_t asked = 0;
};

TEST_F(CatalogLoad, ReadsAllOfIt) {
    EXPECT_FALSE(ask());
    ASSERT_TRUE(known());
    EXPECT_TRUE(knows("item"));
    EXPECT_FALSE(known()->stamp().empty());
    EXPECT_FALSE(known()->has_nondeterministic_collations());
}

TEST_F(CatalogLoad, AfterDdlThatChangedNothingTheSameOneIsPublishedAgain) {
    (void)ask();
    const auto before = known();
    const auto bytes_of_load = asked;
    session.execute("BEGIN; CREATE TABLE never (id int); ROLLBACK");
    catalog().invalidate();
    EXPECT_FALSE(ask(catalog().previous()));
    EXPECT_EQ(known(), before);
    EXPECT_LT(asked, bytes_of_load / 2) << "only the stamp was asked for";
}

TEST_F(CatalogLoad, AfterDdlThatDidAllIsWanted) {
    (void)ask();
    session.execute("CREATE TABLE made (id int)");
    catalog().invalidate();
    EXPECT_TRUE(ask(catalog().previous()));
    EXPECT_EQ(known(), nullptr);
    EXPECT_EQ(catalog().previous(), nullptr);
    EXPECT_FALSE(ask());
    EXPECT_TRUE(knows("made"));
}

TEST_F(CatalogLoad, DdlFromBesideIsFound) {
    (void)ask();
    const auto before = known();
    const auto generation = catalog().generation();
    EXPECT_FALSE(ask(before));
    EXPECT_EQ(catalog().generation(), generation) << "nothing has changed, nobody is disturbed";

    const auto reads = std::make_shared<freshness::read_set>(freshness::read_set{
        database, generation, {&database->table(before->resolve("", "item", nullptr)[0]->id)}});
    const freshness::stamp stamp = freshness::database_versions::capture(reads);
    EXPECT_TRUE(freshness::database_versions::is_valid(stamp));
    postgres->execute("CREATE TABLE beside (id int)");
    EXPECT_TRUE(ask(before));
    EXPECT_EQ(known(), nullptr);
    EXPECT_FALSE(freshness::database_versions::is_valid(stamp));
    EXPECT_FALSE(ask());
    EXPECT_TRUE(knows("beside"));
    // Nobody writes any more: what is looked up in the new one can be kept.
    const auto again = std::make_shared<freshness::read_set>(
        freshness::read_set{database, catalog().generation(), reads->tables});
    EXPECT_TRUE(
        freshness::database_versions::is_valid(freshness::database_versions::capture(again)));
}

TEST_F(CatalogLoad, WhatDdlOvertakesIsNotPublished) {
    (void)ask();
    catalog().invalidate();
    while_asked = [this] { catalog().invalidate(); };
    EXPECT_FALSE(ask(catalog().previous()));
    EXPECT_EQ(known(), nullptr);
    EXPECT_FALSE(ask());
    EXPECT_EQ(known(), nullptr);
}

TEST_F(CatalogLoad, ARefusalIsNoAnswer) {
    (void)ask();
    const auto before = known();
    const auto generation = catalog().generation();
    postgres->execute("CREATE TABLE refused (id int)");
    EXPECT_FALSE(session.ask(test::frontend::query("BEGIN; SELECT 1 / 0")).empty());
    EXPECT_FALSE(ask(before)) << "the transaction is a failed one";
    EXPECT_EQ(known(), before);
    EXPECT_EQ(catalog().generation(), generation);
    // Whatever the client has set, it can be asked.
    session.execute(
        "SET search_path = nowhere; SET default_transaction_isolation = 'serializable';"
        "SET ROLE pg_monitor; SET row_security = off");
    EXPECT_TRUE(ask(before));
    EXPECT_NE(catalog().generation(), generation);
}

}  // namespace
}  // namespace pgfold::fold
