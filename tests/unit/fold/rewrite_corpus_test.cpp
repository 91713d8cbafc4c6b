// The rewrites over every text that drivers and ORMs were seen to send.

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "analyzer/sql/parse_stack.hpp"
#include "analyzer/sql/syntax_tree.hpp"
#include "proxy/fold/batch/rewrite.hpp"
#include "unit/fold/analyzed_lookup.hpp"
#include "unit/fold/corpus.hpp"

namespace pgfold::fold {
namespace {

// int4 but for what the text itself casts to something else.
std::uint32_t key_type(const sql::key_comparison& key) {
    static const std::map<std::string, std::uint32_t> types = {
        {"int2", 21}, {"int8", 20}, {"uuid", 2950}, {"text", 25}, {"varchar", 1043}, {"oid", 26}};
    const auto found = types.find(key.cast);
    return found == types.end() ? 23 : found->second;
}

TEST(RewriteCorpus, WhatIsWrittenCanBeRead) {
    test::bytes description = test::backend::row_description({{"a"}, {"b"}});
    description.erase(description.begin(), description.begin() + 5);
    std::map<std::string, std::size_t> refusals;
    std::size_t children = 0, any = 0, lateral = 0;
    sql::parse_stack stack;
    for (const std::string& text : test::corpus()) {
        const test::analyzed_lookup lookup(text);
        if (!lookup.statement() || !lookup.statement()->foldable.ok) continue;
        std::vector<child_key> keys;
        std::set<std::uint16_t> seen;
        for (const auto& key : lookup.statement()->keys)
            if (seen.insert(key.parameter).second)
                keys.push_back({key.parameter, key_type(key), true});
        ++children;
        const batched_child child{.text = lookup.text(),
                                  .statement = *lookup.statement(),
                                  .literals = lookup.literals(),
                                  .settings = {},
                                  .keys = keys,
                                  .row_description = description};
        for (const bool is_any : {true, false}) {
            const auto result = is_any ? rewrite_any(child) : rewrite_lateral(child);
            if (!result.query) {
                EXPECT_NE(result.refusal, "");
                EXPECT_NE(result.refusal, "the rewritten text cannot be written with certainty")
                    << text;
                ++refusals[(is_any ? "any: " : "lateral: ") + result.refusal];
                continue;
            }
            ++(is_any ? any : lateral);
            bool readable = false;
            ASSERT_TRUE(stack.run([&] { readable = sql::parse(result.query->text) != nullptr; }));
            EXPECT_TRUE(readable) << result.query->text;
        }
    }
    RecordProperty("children", static_cast<int>(children));
    RecordProperty("any", static_cast<int>(any));
    RecordProperty("lateral", static_cast<int>(lateral));
    for (const auto& [reason, count] : refusals)
        std::cout << count << "  " << reason << '\n';
    std::cout << children << " children, any " << any << ", lateral " << lateral << '\n';
    EXPECT_GT(children, 100U);
    EXPECT_GT(any, children / 4);
    EXPECT_GT(lateral, children * 3 / 4);
}

}  // namespace
}  // namespace pgfold::fold
