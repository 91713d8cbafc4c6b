// One statement that stands for many lookups: how it is sent, and what the server may answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/catalog/catalog_builder.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/batch_composer.hpp"
#include "unit/fold/looped_results.hpp"

namespace pgfold::fold {
namespace {

using test::analyzed_lookup;
using test::bytes;
using testing::ElementsAre;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

using enum answer_state;

constexpr std::uint32_t int4 = 23;
constexpr std::uint32_t text = 25;
const std::vector<backend::column> child_columns = {{"name", 7, 2, text}};

std::string kinds_in(const bytes& messages) {
    std::string kinds;
    protocol::frame_reader reader;
    reader.feed(messages);
    while (true) {
        const auto f = reader.next([](std::uint8_t, std::uint32_t body) { return body; });
        if (f.state != protocol::frame_state::message) return kinds;
        kinds += static_cast<char>(f.type);
    }
}

class RewrittenBatch : public testing::TestWithParam<bool> {
protected:
    RewrittenBatch()
        : lookup_(extended() ? analyzed_lookup("SELECT name FROM t WHERE id = $1",
                                               frontend::bind("", "s", {"0"}), {int4})
                             : analyzed_lookup("SELECT name FROM t WHERE id = 0")) {
        const auto asked = lookup_.asked();
        group_ = std::make_shared<answer_group>(asked, key_, nullptr, kept_);
        EXPECT_TRUE(group_->ask_as(asked));
        const auto undescribed = book_.find(asked, key_, *catalog_);
        EXPECT_FALSE(undescribed->is_described());
        book_.learn(*undescribed, {int4}, body_of(backend::row_description(child_columns)));
        group_->rewrites = book_.find(asked, key_, *catalog_);
        EXPECT_TRUE(group_->rewrites->any.query) << group_->rewrites->any.refusal;
        EXPECT_TRUE(group_->rewrites->lateral.query) << group_->rewrites->lateral.refusal;
        group_->planned = {{"3"}, {"2"}, {"1"}};
    }
    [[nodiscard]] static bool extended() { return GetParam(); }

    void send(batch_strategy strategy, bool in_transaction = false) {
        auto batch = compose_batch(
            *group_,
            {.number = 1, .strategy = strategy, .keys_max = 10, .in_transaction = in_transaction},
            sent_);
        EXPECT_EQ(batch.strategy, strategy);
        EXPECT_EQ(batch.keys, 3U);
        receiver_ = std::make_unique<batch_receiver>(group_, std::move(batch.steps),
                                                     std::move(batch.rewritten));
    }

    void receive(const bytes& messages) {
        protocol::frame_reader reader;
        reader.feed(messages);
        while (true) {
            const auto f = reader.next([](std::uint8_t, std::uint32_t body) { return body; });
            if (f.state == protocol::frame_state::need_more) return;
            receiver_->on_message(f);
        }
    }

    // What the server says to both descriptions.
    [[nodiscard]] static bytes described(std::vector<backend::column> child = child_columns,
                                         std::uint32_t parameter = int4) {
        bytes out;
        if (!extended()) out = out + backend::close_complete() + backend::parse_complete();
        out = out + backend::parameter_description({parameter}) + backend::row_description(child);
        if (!extended()) out = out + backend::close_complete();
        child.push_back({"pgfold_key1", 7, 1, int4});
        return out + backend::close_complete() + backend::parse_complete() +
               backend::parameter_description({1007}) + backend::row_description(child) +
               backend::bind_complete();
    }
    [[nodiscard]] static bytes row(const std::string& name, const std::string& key_as_int4) {
        return backend::data_row({name, key_as_int4});
    }
    [[nodiscard]] static bytes end() {
        return backend::complete("SELECT 2") + backend::close_complete() + backend::ready();
    }

    [[nodiscard]] answer_state state(int key) const {
        return group_->find({std::to_string(key)})->state;
    }
    [[nodiscard]] rewritten_answers& rewritten() { return *receiver_->rewritten(); }

    const std::vector<std::uint16_t> key_{0};
    const std::shared_ptr<kept_bytes> kept_ = std::make_shared<kept_bytes>(1 << 20);
    const catalog::catalog_ptr catalog_ = catalog::catalog_builder().build();
    analyzed_lookup lookup_;
    rewrite_book book_;
    std::shared_ptr<answer_group> group_;
    bytes sent_;
    std::unique_ptr<batch_receiver> receiver_;

    const std::string one{"\0\0\0\1", 4}, three{"\0\0\0\3", 4}, nine{"\0\0\0\11", 4};
};

INSTANTIATE_TEST_SUITE_P(Protocol, RewrittenBatch, testing::Bool(),
                         [](const auto& p) { return p.param ? "extended" : "simple"; });

TEST_P(RewrittenBatch, IsDescribedAndRunInOneWrite) {
    send(batch_strategy::any);
    EXPECT_EQ(kinds_in(sent_), extended() ? "DCPDBECS" : "CPDCCPDBECS");
    EXPECT_TRUE(group_->planned.empty());
}

TEST_P(RewrittenBatch, IsUndoneInATransaction) {
    send(batch_strategy::any, true);
    const std::string kinds = kinds_in(sent_);
    if (extended())
        EXPECT_TRUE(kinds.ends_with("CS")) << kinds;  // RELEASE, closed again
    else
        EXPECT_EQ(kinds, "QCPDCCPDBECSQ");
}

TEST_P(RewrittenBatch, RowsFindTheirKeys) {
    send(batch_strategy::any);
    receive(described() + row("c", three) + row("a", one) + row("b", one));
    EXPECT_EQ(state(1), asked);  // more may come
    receive(end());
    EXPECT_TRUE(receiver_->complete());
    EXPECT_TRUE(rewritten().ok()) << rewritten().failure();
    EXPECT_EQ(receiver_->failures(), 0U);
    for (int key = 1; key <= 3; ++key)
        EXPECT_EQ(state(key), complete);
    EXPECT_EQ(group_->find({"1"})->bytes, backend::data_row({"a"}) + backend::data_row({"b"}));
    EXPECT_EQ(group_->find({"1"})->rows, 2U);
    EXPECT_EQ(group_->find({"2"})->rows, 0U);
    EXPECT_EQ(group_->find({"3"})->bytes, backend::data_row({"c"}));
    EXPECT_EQ(group_->row_description, body_of(backend::row_description(child_columns)));
}

TEST_P(RewrittenBatch, RowsOfALateralOneCarryTheNumberOfTheirKey) {
    send(batch_strategy::lateral);
    const auto number = [](char n) { return std::string(7, '\0') + n; };
    bytes out;
    if (!extended()) out = out + backend::close_complete() + backend::parse_complete();
    out = out + backend::parameter_description({int4}) + backend::row_description(child_columns);
    receive(out + backend::parameter_description({1007}) +
            backend::row_description({{"ord", 0, 0, 20}, child_columns[0], {"n", 0, 0, 20}}) +
            backend::data_row({number('\1'), "a", number('\1')}) +
            backend::data_row({number('\3'), "c", number('\1')}) + end());
    EXPECT_TRUE(rewritten().ok()) << rewritten().failure();
    EXPECT_EQ(group_->find({"1"})->bytes, backend::data_row({"a"}));
    EXPECT_EQ(group_->find({"2"})->rows, 0U);
    EXPECT_EQ(group_->find({"3"})->bytes, backend::data_row({"c"}));
}

// Nothing of it is used, and its keys can be planned again.
#define EXPECT_WORTHLESS(why)                                                                  \
    EXPECT_TRUE(receiver_->complete());                                                        \
    EXPECT_EQ(rewritten().failure(), why);                                                     \
    for (int key = 1; key <= 3; ++key)                                                         \
        EXPECT_EQ(state(key), failed);                                                         \
    rewritten().give_back_to(*group_);                                                         \
    EXPECT_THAT(group_->planned, ElementsAre(key_tuple{"3"}, key_tuple{"2"}, key_tuple{"1"})); \
    EXPECT_EQ(group_->find({"1"}), nullptr);                                                   \
    EXPECT_EQ(group_->unused, 0U);

TEST_P(RewrittenBatch, ARowOfNoKeyIsTheEndOfIt) {
    send(batch_strategy::any);
    receive(described() + row("a", one) + row("?", nine) + end());
    EXPECT_WORTHLESS("a row belongs to none of its keys");
}

TEST_P(RewrittenBatch, OtherColumnsAreTheEndOfIt) {
    send(batch_strategy::any);
    bytes out;
    if (!extended()) out = out + backend::close_complete() + backend::parse_complete();
    out = out + backend::parameter_description({int4}) + backend::row_description(child_columns);
    receive(out + backend::parameter_description({1007}) +
            backend::row_description({{"name", 0, 0, text}, {"pgfold_key1", 7, 1, int4}}) +
            backend::bind_complete() + row("a", one) + end());
    EXPECT_WORTHLESS("the batch's columns are not the lookup's");
    EXPECT_FALSE(rewritten().is_outdated());
}

TEST_P(RewrittenBatch, AKeyOfAnotherTypeThanItWasIsTheEndOfIt) {
    send(batch_strategy::any);
    receive(described(child_columns, 20) + row("a", one) + end());
    EXPECT_WORTHLESS("the lookup's parameters have changed their types");
    EXPECT_TRUE(rewritten().is_outdated());
}

TEST_P(RewrittenBatch, ARefusalIsTheEndOfIt) {
    send(batch_strategy::any);
    receive(described() + row("a", one) + backend::error("22012") + backend::ready());
    EXPECT_WORTHLESS("the server refused it");
}

TEST_P(RewrittenBatch, ANoticeIsForTheClientsOwnLookup) {
    send(batch_strategy::any);
    receive(described() + row("a", one) + backend::notice() + end());
    EXPECT_WORTHLESS("the server had something to say about it");
}

TEST_P(RewrittenBatch, TooManyBytesAreTheEndOfIt) {
    ASSERT_TRUE(kept_->take((1 << 20) - 30));
    send(batch_strategy::any);
    receive(described() + row("a", one) + row("b", one) + end());
    EXPECT_WORTHLESS("its rows take more than batch.max_bytes");
}

TEST_P(RewrittenBatch, MayBeAbandonedOnItsWay) {
    send(batch_strategy::any);
    receive(described() + row("a", one));
    receiver_->abandon();
    group_.reset();
    receive(row("b", one) + end());
    EXPECT_TRUE(receiver_->complete());
}

TEST(RewriteBook, ConstantsThatAreOthersEachTimeAreNotFollowedForEver) {
    rewrite_book book;
    const auto catalog = catalog::catalog_builder().build();
    const std::vector<std::uint16_t> key{1};
    std::size_t offered = 0;
    for (int i = 0; i < 100; ++i) {
        analyzed_lookup lookup("SELECT name FROM t WHERE day = '" + std::to_string(i) +
                               "' AND id = 7");
        const auto found = book.find(lookup.asked(), key, *catalog);
        if (!found) continue;
        ++offered;
        book.learn(*found, {int4}, body_of(backend::row_description(child_columns)));
    }
    EXPECT_GT(offered, 10U);
    EXPECT_LT(offered, 30U);
}

TEST(RewriteBook, WhatTheServerDoesNotDescribeIsLeftAlone) {
    rewrite_book book;
    const auto catalog = catalog::catalog_builder().build();
    analyzed_lookup lookup("SELECT name FROM t WHERE id = 7");
    const std::vector<std::uint16_t> key{0};
    book.give_up(*book.find(lookup.asked(), key, *catalog), "the server did not describe it");
    const auto found = book.find(lookup.asked(), key, *catalog);
    EXPECT_TRUE(found->is_built);
    EXPECT_FALSE(found->any.query);
    EXPECT_EQ(found->lateral.refusal, "the server did not describe it");
}

}  // namespace
}  // namespace pgfold::fold
