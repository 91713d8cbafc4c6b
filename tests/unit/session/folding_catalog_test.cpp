// When a session that folds asks for the catalog, and what comes of standbys.
#include <gtest/gtest.h>

#include <optional>

#include "unit/session/folding_conversation.hpp"

namespace pgfold::test {
namespace {

const std::string stamp_mark = "pg_catalog.md5(";

bool asks_for(const bytes& sent, std::string_view text) {
    return protocol::as_text(sent).find(text) != std::string_view::npos;
}
bytes lookup(int key) {
    return frontend::query("SELECT name, n FROM child WHERE parent_id = " + std::to_string(key));
}

class FoldingCatalog : public testing::Test {
protected:
    static catalog::catalog_ptr with_stamp(std::string_view stamp) {
        catalog::made_catalog rows;
        rows.table(shop_server::parent_table, "parent", "r", {"id"});
        rows.table(shop_server::child_table, "child", "r", {"parent_id", "name", "n"});
        rows.add(catalog::catalog_part::stamp, {stamp});
        return rows.build();
    }
    void SetUp() override {
        catalog().invalidate();
        ASSERT_TRUE(catalog().publish(with_stamp("one"), catalog().generation()));
        shared.claims->take("shop", pgfold::fold::catalog_question::load, shared.now)
            ->finish(shared.now, true);
    }
    catalog::database_catalog& catalog() { return shared.versions.database("shop")->catalog(); }

    // A session that folds.
    void fold(folding_conversation& c) {
        c.exchange(frontend::query("SELECT id FROM parent"));
        for (int key = 1; key <= 3; ++key)
            c.exchange(lookup(key));
        EXPECT_EQ(c.take_answered_here(), 1u);
    }
    // What the session says of its own accord behind an answer of the server's.
    bytes said_behind_an_answer(folding_conversation& c) {
        c.from_client(frontend::query("SHOW x"));
        (void)c.take_to_server();
        c.from_server(backend::complete("SHOW") + backend::ready());
        EXPECT_EQ(c.take_to_client(), backend::complete("SHOW") + backend::ready());
        return c.take_to_server();
    }

    folding_surroundings shared;
};

TEST_F(FoldingCatalog, IsLookedAtAgainOnceAMinuteWhileItIsReliedOn) {
    shared.log_in_as_version = "15.3";
    folding_conversation c(shared);
    EXPECT_EQ(said_behind_an_answer(c), bytes()) << "it has not folded anything";
    fold(c);
    shared.now += std::chrono::seconds(61);
    const bytes said = said_behind_an_answer(c);
    EXPECT_TRUE(asks_for(said, stamp_mark));
    EXPECT_FALSE(asks_for(said, "pg_proc p")) << "the stamp only";
    // The answer is not for the client. It is another stamp.
    const auto generation = catalog().generation();
    c.from_server(backend::parse_complete() + backend::bind_complete() +
                  backend::complete("BEGIN") + backend::parse_complete() +
                  backend::bind_complete() + backend::complete("SET") + backend::parse_complete() +
                  backend::bind_complete() + backend::data_row({"two"}) +
                  backend::complete("SELECT 1") + backend::parse_complete() +
                  backend::bind_complete() + backend::complete("COMMIT") + backend::ready());
    EXPECT_NE(catalog().generation(), generation);
    EXPECT_EQ(catalog().current().known, nullptr);
    EXPECT_EQ(c.take_to_server(), bytes()) << "its ROLLBACK is still to be answered";
    c.from_server(backend::parse_complete() + backend::bind_complete() +
                  backend::complete("ROLLBACK") + backend::ready());
    EXPECT_EQ(c.take_to_client(), bytes());
    EXPECT_TRUE(asks_for(c.take_to_server(), "pg_proc p")) << "now all of it is read";
}

TEST_F(FoldingCatalog, ASessionThatEndsWhileItReadsOneHoldsNobodyUp) {
    shared.log_in_as_version = "15.3";
    catalog().invalidate();
    catalog().forget_previous();
    auto first = std::make_optional<folding_conversation>(shared);
    EXPECT_TRUE(asks_for(first->take_to_server(), "pg_proc p"));
    folding_conversation second(shared);
    EXPECT_EQ(second.take_to_server(), bytes()) << "the first one is at it";
    first.reset();
    folding_conversation third(shared);
    EXPECT_TRUE(asks_for(third.take_to_server(), "pg_proc p"));
}

TEST_F(FoldingCatalog, StandbysComeAndGo) {
    const auto& database = *shared.versions.database("shop");
    const auto says = [](std::string_view value) {
        return backend::parameter_status("in_hot_standby", std::string(value));
    };
    auto one = std::make_optional<folding_conversation>(shared);
    EXPECT_FALSE(database.has_writers_elsewhere());
    one->from_server(says("on"));
    one->from_server(says("on"));
    EXPECT_TRUE(database.has_writers_elsewhere());
    auto two = std::make_optional<folding_conversation>(shared);
    two->from_server(says("on"));
    one->from_server(says("off"));  // promoted
    EXPECT_TRUE(database.has_writers_elsewhere());
    two.reset();
    EXPECT_FALSE(database.has_writers_elsewhere());
    one->from_server(says("on"));
    EXPECT_TRUE(database.has_writers_elsewhere());
    one.reset();
    EXPECT_FALSE(database.has_writers_elsewhere());
}

// One client's server is a standby, another's the primary: what is written through here is seen.
TEST_F(FoldingCatalog, AStandbyElsewhereIsNoExcuse) {
    folding_conversation c(shared), standby(shared), writer(shared);
    standby.from_server(backend::parameter_status("in_hot_standby", "on"));
    fold(c);
    c.change_servers([](auto& server) { server.write(); });
    writer.exchange(frontend::query("UPDATE child SET n = 1"));
    c.exchange(lookup(4));
    EXPECT_EQ(c.take_answered_here(), 0u);
}

}  // namespace
}  // namespace pgfold::test
