// Which keys a loop will ask for, told from the results before it.

#include "proxy/fold/prediction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fold/looped_results.hpp"

namespace pgfold::fold {
namespace {

using test::analyzed_lookup;
using testing::ElementsAre;
using testing::IsEmpty;
namespace frontend = test::frontend;
namespace backend = test::backend;

constexpr std::uint32_t int4 = 23, text = 25;

const std::vector<backend::column> id_column = {{"id", 100, 1}};

std::string child(const std::string& key) {
    return "SELECT name FROM employee WHERE organization_id = " + key;
}

class Prediction : public testing::Test {
protected:
    // Two lookups with a result of nothing before the second.
    std::optional<key_origin> cold(const std::string& first, const std::string& second) {
        analyzed_lookup asked(second);
        return find_origin(results.window, *asked.statement(), results.seen(first),
                           results.seen(second));
    }
    association learned(const key_origin& origin, const std::string& lookup) {
        return {"shop",
                origin.result->record->statement,
                analyzed_lookup(lookup).statement(),
                origin.feed,
                {}};
    }

    analyzed_lookup parent{"SELECT id FROM organization"};
    looped_results results;
};

TEST_F(Prediction, TwoLookupsInARowTellTheColumnAndTheRest) {
    results.add(parent, id_column, {{"3"}, {"1"}, {"4"}, {"15"}, {"9"}});
    const auto origin = cold(child("3"), child("1"));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->place, 1u);
    EXPECT_FALSE(origin->backward);
    EXPECT_FALSE(repeats_keys(*origin));
    // What stands before the lookup comes last.
    EXPECT_THAT(following_keys(*origin, 1000),
                ElementsAre(key_tuple{"4"}, key_tuple{"15"}, key_tuple{"9"}, key_tuple{"3"}));
    EXPECT_THAT(following_keys(*origin, 2), ElementsAre(key_tuple{"4"}, key_tuple{"15"}));
}

TEST_F(Prediction, BackwardLoopsTakeWhatStandsBefore) {
    results.add(parent, id_column, {{"1"}, {"2"}, {"3"}, {"4"}});
    const auto origin = cold(child("4"), child("3"));
    ASSERT_TRUE(origin);
    EXPECT_TRUE(origin->backward);
    EXPECT_THAT(following_keys(*origin, 1000), ElementsAre(key_tuple{"2"}, key_tuple{"1"}));
}

TEST_F(Prediction, EachKeyIsAskedForOnceAndNullNever) {
    results.add(parent, id_column, {{"1"}, {"2"}, {std::nullopt}, {"2"}, {"1"}, {"3"}, {"3"}});
    const auto origin = cold(child("1"), child("2"));
    ASSERT_TRUE(origin);
    EXPECT_TRUE(repeats_keys(*origin));
    // The lookup's own comes again.
    EXPECT_THAT(following_keys(*origin, 1000),
                ElementsAre(key_tuple{"2"}, key_tuple{"3"}, key_tuple{"1"}));
}

TEST_F(Prediction, ALoopMayPassOverAFewRowsButNotMany) {
    looped_results::rows rows;
    for (int i = 1; i <= 30; ++i)
        rows.push_back({std::to_string(i)});
    results.add(parent, id_column, rows);
    EXPECT_TRUE(cold(child("1"), child("9")));
    EXPECT_FALSE(cold(child("1"), child("10")));
    EXPECT_FALSE(cold(child("1"), child("31")));
    EXPECT_FALSE(cold(child("1"), child("1")));
}

TEST_F(Prediction, OfSeveralColumnsTheOneThatStepsByOneIsTaken) {
    results.add(parent, {{"rank", 100, 2}, {"id", 100, 1}},
                {{"1", "1"}, {"5", "2"}, {"2", "3"}, {"3", "4"}});
    const auto origin = cold(child("1"), child("2"));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->feed.columns.columns[0], 1);
}

TEST_F(Prediction, OfTwoThatStepByOneTheOneWithTheNameIsTaken) {
    results.add(parent, {{"rank", 100, 2}, {"organization_id", 100, 1}, {"n", 100, 3}},
                {{"1", "1", "1"}, {"2", "2", "2"}, {"7", "3", "8"}});
    const auto origin = cold(child("1"), child("2"));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->feed.columns.columns[0], 1);
}

TEST_F(Prediction, ASupersededResultIsNoSource) {
    results.add(parent, id_column, {{"1"}, {"2"}, {"3"}});
    results.add(parent, id_column, {{"7"}, {"8"}, {"9"}});
    EXPECT_FALSE(cold(child("1"), child("2")));
    EXPECT_TRUE(cold(child("7"), child("8")));
}

TEST_F(Prediction, AResultThatCameAfterTheFirstLookupIsNoSource) {
    const auto before = results.seen(child("1"));
    results.add(parent, id_column, {{"1"}, {"2"}, {"3"}});
    analyzed_lookup asked(child("2"));
    EXPECT_FALSE(find_origin(results.window, *asked.statement(), before, results.seen(child("2"))));
    EXPECT_TRUE(cold(child("1"), child("2")));
}

TEST_F(Prediction, ColumnsThatCannotHoldKeysAreNotSearched) {
    constexpr std::uint32_t boolean = 16, float8 = 701;
    results.add(parent, {{"b", 100, 2, float8}, {"c", 100, 3, boolean}},
                {{"1", "1"}, {"2", "2"}, {"3", "3"}});
    EXPECT_FALSE(cold(child("1"), child("2")));
}

TEST_F(Prediction, TextKeys) {
    results.add(parent, {{"code", 100, 1, text}}, {{"de"}, {"fr"}, {"it"}});
    const auto of = [](const std::string& key) {
        return "SELECT name FROM country WHERE code = '" + key + "'";
    };
    const auto origin = cold(of("de"), of("fr"));
    ASSERT_TRUE(origin);
    EXPECT_THAT(following_keys(*origin, 1), ElementsAre(key_tuple{"it"}));
}

TEST_F(Prediction, CompositeKeysAreTakenRowByRow) {
    results.add(parent, {{"order_id", 100, 1}, {"line", 100, 2}},
                {{"1", "2"}, {"2", "1"}, {"3", "3"}, {std::nullopt, "1"}, {"4", "1"}});
    const auto of = [](const char* order, const char* line) {
        return std::string("SELECT name FROM item WHERE order_id = ") + order +
               " AND line = " + line;
    };
    const auto origin = cold(of("1", "2"), of("2", "1"));
    ASSERT_TRUE(origin);
    ASSERT_EQ(origin->feed.columns.size, 2);
    EXPECT_THAT(following_keys(*origin, 2), ElementsAre(key_tuple{"3", "3"}, key_tuple{"4", "1"}));
    EXPECT_FALSE(cold(of("1", "2"), of("2", "3")));
}

TEST_F(Prediction, AKeyThatStayedTheSameBelongsToTheTupleIfItDiffersLater) {
    results.add(parent, {{"order_id", 100, 1}, {"line", 100, 2}, {"shop", 100, 3}},
                {{"1", "1", "5"}, {"1", "2", "5"}, {"2", "1", "5"}});
    const std::string of = "SELECT name FROM item WHERE order_id = 1 AND line = ";
    const auto origin = cold(of + "1", of + "2");
    ASSERT_TRUE(origin);
    ASSERT_EQ(origin->feed.columns.size, 2);
    const auto keys = following_keys(*origin, 1);
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_THAT(keys[0], testing::UnorderedElementsAre("1", "2"));

    // A column of one value is a condition of the loop, not a key of its rows.
    const std::string in_shop = "SELECT name FROM item WHERE shop = 5 AND line = ";
    const auto constant = cold(in_shop + "1", in_shop + "2");
    ASSERT_TRUE(constant);
    EXPECT_EQ(constant->feed.columns.size, 1);
}

TEST_F(Prediction, AColumnThatOnlyRepeatsAnArgumentIsNoSource) {
    analyzed_lookup asked_with(
        "SELECT id, organization_id FROM department WHERE "
        "organization_id = 1");
    results.add(asked_with, {{"id", 100, 1}, {"organization_id", 100, 2}},
                {{"7", "1"}, {"8", "1"}, {"9", "1"}});
    const std::string of = "SELECT name FROM seat WHERE organization_id = 1 AND department_id = ";
    const auto origin = cold(of + "7", of + "8");
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->feed.columns.size, 1);
    EXPECT_EQ(origin->feed.columns.columns[0], 0);
}

TEST_F(Prediction, AKnownLoopNeedsOneLookup) {
    results.add(parent, id_column, {{"1"}, {"2"}, {"3"}});
    const association known = learned(*cold(child("1"), child("2")), child("1"));
    results.add(parent, id_column, {{"7"}, {"8"}, {"9"}});
    const auto origin = find_origin(results.window, known, results.seen(child("7")));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->place, 0u);
    EXPECT_THAT(following_keys(*origin, 1000), ElementsAre(key_tuple{"8"}, key_tuple{"9"}));
    // Nor of the older result, nor of another statement's.
    EXPECT_FALSE(find_origin(results.window, known, results.seen(child("1"))));
    analyzed_lookup other("SELECT id FROM customer");
    results.add(other, id_column, {{"20"}, {"21"}});
    EXPECT_FALSE(find_origin(results.window, known, results.seen(child("20"))));
}

TEST_F(Prediction, AParentThatHasFewerColumnsNowIsNoSource) {
    results.add(parent, {{"a", 100, 1}, {"id", 100, 2}}, {{"50", "1"}, {"60", "2"}});
    const association known = learned(*cold(child("1"), child("2")), child("1"));
    ASSERT_EQ(known.feed().columns.columns[0], 1);
    results.add(parent, id_column, {{"1"}, {"2"}});
    EXPECT_FALSE(find_origin(results.window, known, results.seen(child("1"))));
}

TEST_F(Prediction, KeysThatDoNotStandAloneInTheTextCannotBeFilledIn) {
    analyzed_lookup asked(child("1"));
    key_feed feed;
    feed.columns.size = 1;
    EXPECT_THAT(key_arguments(*asked.statement(), feed), ElementsAre(0));
    feed.keys[0] = 5;
    EXPECT_THAT(key_arguments(*asked.statement(), feed), IsEmpty());
}

// orders → items → product: the product's keys stand in items that the client has not read yet.
TEST_F(Prediction, KeysOfRowsThatWereFetchedAhead) {
    analyzed_lookup items("SELECT id, product_id FROM item WHERE order_id = 1");
    answer_group group(items.asked(), {0}, nullptr);
    group.row_description =
        body_of(backend::row_description({{"id", 200, 1}, {"product_id", 200, 2}}));
    const auto add = [&](const std::string& key, const looped_results::rows& rows) {
        kept_answer* answer = group.add({key}, 1);
        for (const auto& row : rows) {
            const auto message = backend::data_row(row);
            answer->bytes.insert(answer->bytes.end(), message.begin(), message.end());
            ++answer->rows;
        }
        answer->state = answer_state::complete;
        return answer;
    };
    add("1", {{"100", "41"}})->used = true;
    add("2", {{"101", "42"}, {"102", "43"}, {"103", std::nullopt}, {"104", "42"}});
    add("3", {});
    add("4", {{"105", "44"}})->state = answer_state::asked;
    add("5", {{"106", "45"}})->state = answer_state::failed;
    add("6", {{"107", "43"}, {"108", "46"}});

    key_feed feed;
    feed.columns.columns[0] = 1;
    feed.columns.size = 1;
    EXPECT_THAT(keys_of_kept(group, feed, 1000),
                ElementsAre(key_tuple{"42"}, key_tuple{"43"}, key_tuple{"46"}));
    EXPECT_THAT(keys_of_kept(group, feed, 2), ElementsAre(key_tuple{"42"}, key_tuple{"43"}));
    feed.columns.columns[0] = 2;
    EXPECT_THAT(keys_of_kept(group, feed, 1000), IsEmpty());
    feed.columns.columns = {0, 1};
    feed.columns.size = 2;
    EXPECT_THAT(keys_of_kept(group, feed, 1), ElementsAre(key_tuple{"101", "42"}));
    group.row_description.pop_back();
    EXPECT_THAT(keys_of_kept(group, feed, 1000), IsEmpty());
}

}  // namespace
}  // namespace pgfold::fold
