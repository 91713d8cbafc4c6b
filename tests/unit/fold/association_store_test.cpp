// What is learned survives as text, and nothing else is taken for it.
#include "proxy/fold/association_store.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "unit/fold/corpus.hpp"

namespace pgfold::fold {
namespace {

using namespace std::chrono_literals;

key_feed feed_of(std::uint16_t column, std::uint8_t comparison = 0) {
    key_feed feed;
    feed.columns.columns[0] = column;
    feed.columns.size = 1;
    feed.keys[0] = comparison;
    return feed;
}

// A process: its templates have hashes of their own.
struct process {
    sql::template_ptr statement(std::string_view text) { return analyzer.analyze(text).statement; }
    association_ptr learn(std::string_view parent, std::string_view child,
                          const key_feed& feed = feed_of(0), std::string_view database = "shop") {
        return table.learn(database, statement(parent), statement(child), feed, {"id"});
    }
    restored restore(std::string_view text) { return restore_associations(text, table, templates); }

    std::shared_ptr<sql::template_table> templates = sql::make_template_table();
    sql::statement_analyzer analyzer{templates};
    association_table table;
};

constexpr const char* parent_text = "SELECT id FROM organization WHERE kind = 7";
constexpr const char* child_text =
    "SELECT name FROM employee WHERE active AND level > 3 AND organization_id = 1 LIMIT 21";

TEST(AssociationStore, WhatIsLearnedIsFoundAgainByTheSameStatements) {
    process before;
    const auto learned = before.learn(parent_text, child_text, feed_of(3));
    learned->record_loop(20, 20);
    learned->record_loop(20, 20);
    learned->record_pace(250us);
    learned->record_cost(40us);
    const std::string text = associations_to_text(before.table);

    process after;
    const restored result = after.restore(text);
    EXPECT_EQ(result.status, restore_status::ok) << result.problem;
    EXPECT_EQ(result.associations, 1u);
    EXPECT_EQ(result.left_out, 0u);
    // Other values, the same statements.
    const auto child = after.statement(
        "SELECT name FROM employee WHERE active AND level > 9 AND organization_id = 44 LIMIT 5");
    EXPECT_NE(child->hash_low, learned->child()->hash_low);
    const auto known = after.table.of_child("shop", *child);
    ASSERT_EQ(known.size(), 1u);
    EXPECT_EQ(known[0]->child(), child);
    EXPECT_EQ(known[0]->parent(), after.statement("SELECT id FROM organization WHERE kind = 8"));
    EXPECT_EQ(known[0]->feed(), feed_of(3));
    EXPECT_EQ(known[0]->column_names(), std::vector<std::string>{"id"});
    const association::standing standing = known[0]->current_standing();
    EXPECT_EQ(standing.trust, 2u);
    EXPECT_EQ(standing.pace, 250us);
    EXPECT_EQ(standing.cost, 40us);
    EXPECT_EQ(known[0]->first_chunk(1000, 100ms), 200u) << "half of 100 ms at its pace";
    EXPECT_TRUE(after.table.of_child("store", *child).empty());
}

TEST(AssociationStore, HowItIsAskedBestIsNotLearnedAgain) {
    using enum batch_strategy;
    process before;
    strategy_choice& learned = before.learn(parent_text, child_text)->strategies();
    for (int i = 0; i < 3; ++i)
        learned.record(pipeline, 10, 10ms);
    learned.record(any, 10, 1ms);
    learned.record_failure(lateral, "refused");
    process after;
    EXPECT_EQ(after.restore(associations_to_text(before.table)).associations, 1u);
    strategy_choice& known = after.table.all()[0]->strategies();
    const strategy_offer both{.any = true, .lateral = true};
    EXPECT_EQ(known.next(fold_strategy::automatic, both, 500).strategy, any);
    EXPECT_EQ(known.next(fold_strategy::automatic, both, 500).keys_max, 500u) << "no first try";
    EXPECT_EQ(known.next(fold_strategy::fold, {.lateral = true}, 500).strategy, pipeline);
    EXPECT_EQ(known.current().costs[static_cast<std::size_t>(any)].per_key, 100us);
}

TEST(AssociationStore, WhatEarlierReleasesHaveWrittenStillCounts) {
    process before;
    before.learn(parent_text, child_text)->record_pace(250us);
    std::string text = associations_to_text(before.table);
    const auto from = text.find(R"(,"strategies":)");
    text.erase(from, text.find("}}\n", from) + 1 - from);
    process after;
    EXPECT_EQ(after.restore(text).associations, 1u) << text;
    EXPECT_EQ(after.table.all()[0]->current_standing().pace, 250us);
}

TEST(AssociationStore, LiteralsAndParametersAreDifferentStatements) {
    process before;
    before.learn("SELECT id FROM o", "SELECT name FROM e WHERE a = $1 AND b = 2", feed_of(0, 1));
    process after;
    EXPECT_EQ(after.restore(associations_to_text(before.table)).associations, 1u);
    const auto found = [&](std::string_view child) {
        return after.table.of_child("shop", *after.statement(child)).size();
    };
    EXPECT_EQ(found("SELECT name FROM e WHERE a = $1 AND b = 5"), 1u);
    EXPECT_EQ(found("SELECT name FROM e WHERE a = 5 AND b = 5"), 0u);
    EXPECT_EQ(found("SELECT name FROM e WHERE a = $1 AND b = $2"), 0u);
}

TEST(AssociationStore, LoopsThatDidNotPayAreStillSatOut) {
    process before;
    const auto bad = before.learn(parent_text, child_text);
    for (int i = 0; i < 3; ++i)
        bad->record_loop(16, 1);
    process after;
    EXPECT_EQ(after.restore(associations_to_text(before.table)).associations, 1u);
    EXPECT_EQ(after.table.all()[0]->current_standing().bad_in_a_row, 3u);
    EXPECT_EQ(after.table.all()[0]->current_standing().sitting_out, 16u);
    EXPECT_FALSE(after.table.all()[0]->wants_batch());
}

TEST(AssociationStore, NoValuesAndOneLineEach) {
    process before;
    before.learn("SELECT id FROM o WHERE secret = 'hunter2' AND pin = 4711",
                 "SELECT name FROM e WHERE o_id = 98765 AND \"odd \\ \"\" name\" = E'hunter3'");
    before.learn("SELECT 1 AS id", child_text);
    const std::string text = associations_to_text(before.table);
    for (const char* value : {"hunter", "4711", "98765"})
        EXPECT_EQ(text.find(value), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
    process after;
    EXPECT_EQ(after.restore(text).associations, 2u);
}

TEST(AssociationStore, EveryStatementOfTheCorpus) {
    process before;
    std::set<std::string> children;
    for (const std::string& text : test::corpus()) {
        const auto child = before.statement(text);
        if (!child || !child->foldable.ok || child->keys.empty()) continue;
        if (before.table.learn("shop", child, child, feed_of(0), {"id"}))
            children.insert(child->normalized_text);
    }
    ASSERT_GT(children.size(), 50u);
    process after;
    const restored result = after.restore(associations_to_text(before.table));
    EXPECT_EQ(result.left_out, 0u);
    EXPECT_EQ(result.associations, before.table.all().size());
    for (const auto& known : after.table.all())
        EXPECT_TRUE(children.contains(known->child()->normalized_text));
}

TEST(AssociationStore, WhatIsNotUtf8IsLeftOut) {
    process before;
    before.learn("SELECT id FROM o", "SELECT \"caf\xe9\" FROM e WHERE id = 1");
    before.learn("SELECT id FROM o", child_text);
    process after;
    EXPECT_EQ(after.restore(associations_to_text(before.table)).associations, 1u);
}

TEST(AssociationStore, NothingIsTakenForWhatItIsNot) {
    const std::pair<const char*, restore_status> cases[] = {
        {"", restore_status::foreign},
        {"listen: 127.0.0.1:5432\n", restore_status::foreign},
        {"[]", restore_status::foreign},
        {"{}", restore_status::foreign},
        {R"({"format":"other","version":1,"associations":[]})", restore_status::foreign},
        {R"({"format":"pgfold associations","version":2,"associations":[]})",
         restore_status::foreign},
        {R"({"format":"pgfold associations","version":1,"associations":{}})",
         restore_status::damaged},
        {"{\"format\":\"pgfold associations\",\"version\":1,\"associations\":[\n{\"data",
         restore_status::damaged},
        {R"({"format": "pgfold associations", "version": 1, "associations": []})",
         restore_status::ok},
    };
    for (const auto& [text, expected] : cases) {
        process one;
        EXPECT_EQ(one.restore(text).status, expected) << text;
        EXPECT_TRUE(one.table.all().empty());
    }
}

// Each of them would be restored but for the change.
TEST(AssociationStore, LinesThatDoNotFitAreLeftOut) {
    process before;
    before.learn(parent_text, child_text);
    const std::string good = associations_to_text(before.table);
    const std::pair<const char*, const char*> changes[] = {
        {"organization_id", "organization_ix"},  // no longer what its fingerprint says
        {"\"bound_parameters\":0", "\"bound_parameters\":2"},
        {"\"bound_parameters\":0", "\"bound_parameters\":70000"},
        {"\"comparison\":0", "\"comparison\":1"},
        {"\"comparison\":0", "\"comparison\":-1"},
        {"\"column\":0", "\"column\":65536"},
        {"\"keys\":[", "\"keys\":[],\"were\":["},
        {"\"trust\":0", "\"trust\":\"0\""},
        {"\"pace_ns\"", "\"pace\""},
        {"\"database\":\"shop\"", "\"database\":7"},
        {"SELECT name", "SELECT FROM name FROM"},
        {"SELECT name FROM employee", "DELETE FROM employee"},
    };
    for (const auto& [from, to] : changes) {
        std::string text = good;
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, std::string_view(from).size(), to);
        process after;
        const restored result = after.restore(text);
        EXPECT_EQ(result.status, restore_status::ok) << text;
        EXPECT_EQ(result.left_out, 1u) << text;
        EXPECT_TRUE(after.table.all().empty()) << text;
    }
}

TEST(AssociationStore, TheRevisionTellsWhetherThereIsSomethingToSave) {
    process one;
    const auto empty = revision_of(one.table);
    const auto learned = one.learn(parent_text, child_text);
    const auto known = revision_of(one.table);
    EXPECT_NE(known, empty);
    EXPECT_EQ(revision_of(one.table), known);
    learned->record_loop(10, 10);
    EXPECT_NE(revision_of(one.table), known);
}

}  // namespace
}  // namespace pgfold::fold
