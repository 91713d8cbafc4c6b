// What a replication stream says, on bytes that a server has sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "proxy/freshness/replication/progress.hpp"
#include "proxy/freshness/replication/publication.hpp"
#include "proxy/freshness/replication/stream_reader.hpp"
#include "unit/freshness/recorded_stream.hpp"

namespace pgfold::freshness {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct told {
    std::vector<catalog::oid> tables;
    bool everything;
    std::uint32_t transaction = 0;
};

class stream_reader_test : public testing::Test {
protected:
    void receive(std::initializer_list<std::string_view> messages) {
        for (const auto message : messages)
            reader_.on_copy_data(recorded::bytes(message));
    }
    // The message of the plugin in an XLogData.
    void receive_plugin(std::string_view hex) {
        receive({std::string("77") + std::string(48, '0') + std::string(hex)});
    }

    std::vector<told> told_;
    stream_reader reader_{[this](const std::vector<catalog::oid>& tables, bool everything,
                                 std::uint32_t transaction) {
        told_.push_back({tables, everything, transaction});
    }};
};

TEST_F(stream_reader_test, tells_of_a_change_at_its_commit) {
    receive({recorded::begin, recorded::relation_a, recorded::insert_a});
    EXPECT_THAT(told_, IsEmpty());
    receive({recorded::commit});
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_THAT(told_[0].tables, ElementsAre(recorded::a));
    EXPECT_FALSE(told_[0].everything);
    EXPECT_EQ(told_[0].transaction, recorded::transaction);
    EXPECT_EQ(reader_.position(), 0x194f988u);
    EXPECT_EQ(reader_.commits(), 1u);
}

TEST_F(stream_reader_test, knows_all_kinds_of_changes) {
    for (const auto change :
         {recorded::insert_a, recorded::update_a, recorded::update_key_a, recorded::delete_a}) {
        told_.clear();
        receive({recorded::begin, change, recorded::commit});
        ASSERT_EQ(told_.size(), 1u);
        EXPECT_THAT(told_[0].tables, ElementsAre(recorded::a));
    }
    for (const auto change :
         {recorded::insert_m, recorded::update_m_full, recorded::delete_m_full}) {
        told_.clear();
        receive({recorded::begin, recorded::type_mood, change, recorded::commit});
        ASSERT_EQ(told_.size(), 1u);
    }
    told_.clear();
    receive({recorded::begin, recorded::origin, recorded::truncate_a_b, recorded::commit});
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_THAT(told_[0].tables, UnorderedElementsAre(recorded::a, recorded::b));
    EXPECT_EQ(reader_.not_understood(), 0u);
}

TEST_F(stream_reader_test, a_transaction_tells_of_each_table_once) {
    receive({recorded::begin_three, recorded::insert_b, recorded::insert_b, recorded::insert_m,
             recorded::update_m_full, recorded::delete_m_full, recorded::commit_three});
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(told_[0].tables.size(), 2u);
    EXPECT_THAT(told_[0].tables, testing::Contains(recorded::b));
    EXPECT_EQ(reader_.position(), 0x194fdd0u);
}

TEST_F(stream_reader_test, a_keepalive_moves_the_position_but_not_within_a_transaction) {
    receive({recorded::keepalive});
    EXPECT_EQ(reader_.position(), 0x194f878u);
    receive({recorded::begin, recorded::insert_a, recorded::keepalive_after_update});
    EXPECT_EQ(reader_.position(), 0x194f878u);
    receive({recorded::commit});
    EXPECT_EQ(reader_.position(), 0x194f988u);
    receive({recorded::keepalive_after_update});
    EXPECT_EQ(reader_.position(), 0x194fa08u);
    receive({recorded::keepalive});
    EXPECT_EQ(reader_.position(), 0x194fa08u) << "never back";
}

TEST_F(stream_reader_test, a_server_that_wants_an_answer_gets_one) {
    receive({recorded::keepalive});
    EXPECT_FALSE(reader_.take_reply_request());
    std::string asking(recorded::keepalive);
    asking.back() = '1';
    receive({asking});
    EXPECT_TRUE(reader_.take_reply_request());
    EXPECT_FALSE(reader_.take_reply_request());
}

TEST_F(stream_reader_test, what_is_not_understood_changes_everything) {
    receive({recorded::begin});
    receive_plugin("5a00");  // 'Z'
    receive({recorded::insert_a, recorded::commit});
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_TRUE(told_[0].everything);

    receive_plugin("490000400158");  // an INSERT whose row is tagged 'X', and outside a transaction
    ASSERT_EQ(told_.size(), 2u);
    EXPECT_TRUE(told_[1].everything);

    receive({"", "7a00"});  // not a message of the stream
    ASSERT_EQ(told_.size(), 4u);
    EXPECT_TRUE(told_[3].everything);
    EXPECT_EQ(reader_.not_understood(), 4u);
}

// Whatever is cut off: a change never gets lost, and none is told of a table that was not meant.
TEST_F(stream_reader_test, cut_messages_are_understood_or_change_everything) {
    for (const auto change : {recorded::insert_a, recorded::update_key_a, recorded::truncate_a_b}) {
        for (std::size_t length = 0; length < change.size(); length += 2) {
            told_.clear();
            receive({recorded::begin, change.substr(0, length), recorded::commit});
            ASSERT_FALSE(told_.empty()) << length;
            const bool everything =
                std::ranges::any_of(told_, [](const told& t) { return t.everything; });
            EXPECT_TRUE(everything || told_.back().tables.front() == recorded::a) << length;
        }
    }
}

TEST_F(stream_reader_test, a_truncation_of_more_tables_than_it_lists_changes_everything) {
    receive({recorded::begin});
    receive_plugin("54ffffffff000000400100004008");
    receive({recorded::commit});
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_TRUE(told_[0].everything);
}

TEST_F(stream_reader_test, a_transaction_without_changes_tells_nothing) {
    receive({recorded::begin, recorded::commit});
    EXPECT_THAT(told_, IsEmpty());
    EXPECT_EQ(reader_.position(), 0x194f988u);
}

TEST(status_update_test, says_the_same_position_three_times) {
    const status_update update = build_status_update(0x0102030405060708, true);
    EXPECT_EQ(std::to_integer<char>(update[0]), 'r');
    for (const std::size_t at : {1u, 9u, 17u})
        for (std::size_t i = 0; i < 8; ++i)
            EXPECT_EQ(std::to_integer<std::size_t>(update[at + i]), i + 1);
    EXPECT_EQ(std::to_integer<int>(update[33]), 1);
    EXPECT_EQ(std::to_integer<int>(build_status_update(1, false)[33]), 0);
}

TEST(wal_position_test, is_two_hexadecimal_halves) {
    EXPECT_EQ(parse_wal_position("16/B374D848"), 0x16B374D848u);
    EXPECT_EQ(parse_wal_position("0/0"), 0u);
    for (const char* text : {"", "/", "16", "16/", "/1", "1/G", "1/2/3", "123456789/0", "-1/0"})
        EXPECT_EQ(parse_wal_position(text), std::nullopt) << text;
}

// What is known is as of the question, not of the answer: in between others may have written.
TEST(stream_progress_test, knows_what_was_visible_when_it_asked) {
    stream_progress progress;
    const stream_progress::time start{};
    progress.on_asked(start + 1s);
    EXPECT_FALSE(progress.reached(1000));
    progress.on_answer(100, start + 2s);
    EXPECT_FALSE(progress.reached(99));
    EXPECT_EQ(progress.known(), start);
    EXPECT_TRUE(progress.reached(100));
    EXPECT_EQ(progress.known(), start + 1s);
    EXPECT_FALSE(progress.reached(200)) << "once for each answer";
}

TEST(stream_progress_test, a_new_question_takes_the_place_of_the_old) {
    stream_progress progress;
    const stream_progress::time start{};
    progress.on_asked(start + 1s);
    progress.on_answer(100, start + 1s);
    progress.on_asked(start + 5s);
    EXPECT_FALSE(progress.reached(100)) << "its answer is still to come";
}

TEST(stream_progress_test, a_log_that_stays_behind_has_to_be_flushed) {
    stream_progress progress;
    const stream_progress::time start{};
    progress.on_asked(start);
    EXPECT_FALSE(progress.wants_flush(start + 1h));
    progress.on_answer(100, start + 1s);
    EXPECT_FALSE(progress.wants_flush(start + 1s));
    EXPECT_TRUE(progress.wants_flush(start + 2s));
    EXPECT_TRUE(progress.reached(100));
    EXPECT_FALSE(progress.wants_flush(start + 2s));
}

text_row situation(std::string_view wal_level, std::string_view standby, std::string_view exists,
                   std::string_view all, std::string_view via_root) {
    return {wal_level, standby, exists, all, via_root, "f"};
}

TEST(publication_test, what_cannot_be_followed_is_refused_in_words) {
    EXPECT_EQ(read_situation(situation("logical", "f", "f", "f", "t"), "p").refusal, "");
    EXPECT_EQ(read_situation(situation("logical", "f", "t", "t", "f"), "p").refusal, "");
    EXPECT_THAT(read_situation(situation("replica", "f", "f", "f", "f"), "p").refusal,
                HasSubstr("wal_level = logical"));
    EXPECT_THAT(read_situation(situation("logical", "t", "f", "f", "f"), "p").refusal,
                HasSubstr("standby"));
    EXPECT_THAT(read_situation(situation("logical", "f", "t", "f", "f"), "p").refusal,
                HasSubstr("does not publish all"));
    EXPECT_THAT(read_situation(situation("logical", "f", "t", "t", "t"), "p").refusal,
                HasSubstr("publish_via_partition_root"));
    EXPECT_NE(read_situation({}, "p").refusal, "");
}

TEST(publication_test, reads_which_tables_are_covered) {
    const auto coverage = read_coverage({"digest", "16385,16392", "777"});
    ASSERT_TRUE(coverage);
    EXPECT_EQ(coverage->tables, (table_set{16385, 16392}));
    EXPECT_EQ(coverage->next_transaction, 777u);
    EXPECT_TRUE(read_coverage({"digest", "", "777"})->tables.empty());
    EXPECT_FALSE(read_coverage({"digest", "16385,x", "777"}));
    EXPECT_FALSE(read_coverage({"digest", std::nullopt, "777"}));
    EXPECT_FALSE(read_coverage({}));
}

TEST(publication_test, a_state_without_news_is_empty) {
    const auto state = read_state({std::nullopt, std::nullopt, "12"});
    ASSERT_TRUE(state);
    EXPECT_EQ(state->stamp, "");
    EXPECT_EQ(state->digest, "");
    EXPECT_EQ(state->oldest_transaction, 12u);
    EXPECT_FALSE(read_state({"s", "d", std::nullopt}));
}

TEST(publication_test, waiting_helps_only_where_nobody_has_to_act) {
    for (const char* state : {"28P01", "28000", "42501", "55000", "42704", "3D000"})
        EXPECT_TRUE(is_lasting_refusal(state)) << state;
    for (const char* state : {"", "57P03", "53300", "53400", "08006", "57P01", "42710", "55P03"})
        EXPECT_FALSE(is_lasting_refusal(state)) << state;
}

}  // namespace
}  // namespace pgfold::freshness
