// What the server may answer to a batch, good and bad.

#include "proxy/fold/batch_receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/fold/batch_writer.hpp"
#include "unit/fold/looped_results.hpp"

namespace pgfold::fold {
namespace {

using namespace std::string_literals;
using test::analyzed_lookup;
using test::bytes;
using testing::ElementsAre;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

using enum answer_state;

bytes described() {
    return backend::row_description({{"name", 7, 2, 25}});
}

// A batch for keys 1, 2, 3 …, and what becomes of them.
class batch {
public:
    explicit batch(bool extended, int keys = 3, bool in_transaction = false,
                   bool asks_isolation = false,
                   std::shared_ptr<kept_bytes> kept = std::make_shared<kept_bytes>(1 << 20))
        : extended_(extended),
          kept_(std::move(kept)),
          lookup_(extended ? analyzed_lookup("SELECT name FROM t WHERE id = $1",
                                             frontend::bind("", "s", {"0"}), {23})
                           : analyzed_lookup("SELECT name FROM t WHERE id = 0")) {
        const auto asked = lookup_.asked();
        group_ =
            std::make_shared<answer_group>(asked, std::vector<std::uint16_t>{0}, nullptr, kept_);
        EXPECT_TRUE(group_->ask_as(asked));
        std::vector<batch_step> steps;
        batch_writer writer(sent_, steps, extended);
        if (in_transaction) writer.open_savepoint();
        if (asks_isolation) writer.ask_isolation();
        writer.describe("s");
        for (int key = 1; key <= keys; ++key) {
            EXPECT_TRUE(writer.lookup(*group_->form, {std::to_string(key)}));
            writer.expect(group_->add({std::to_string(key)}, 1));
        }
        writer.end_lookups();
        if (in_transaction) writer.close_savepoint();
        receiver_ = std::make_unique<batch_receiver>(group_, std::move(steps));
    }

    batch& receive(const bytes& messages) {
        protocol::frame_reader reader;
        reader.feed(messages);
        while (true) {
            const auto f = reader.next([](std::uint8_t, std::uint32_t body) { return body; });
            if (f.state == protocol::frame_state::need_more) return *this;
            receiver_->on_message(f);
        }
    }
    // The answer to one lookup, as it begins in this protocol.
    [[nodiscard]] bytes rows(const std::vector<std::string>& names) const {
        bytes out = extended_ ? backend::bind_complete() : described();
        for (const auto& name : names)
            out = out + backend::data_row({name});
        return out + backend::complete("SELECT " + std::to_string(names.size())) + end();
    }
    [[nodiscard]] bytes end() const { return extended_ ? bytes{} : backend::ready(); }

    [[nodiscard]] const kept_answer& answer(int key) const {
        return *group_->find({std::to_string(key)});
    }
    [[nodiscard]] std::vector<answer_state> states() const {
        std::vector<answer_state> all;
        for (const auto& one : group_->answers())
            all.push_back(one.state);
        return all;
    }
    [[nodiscard]] batch_receiver& receiver() { return *receiver_; }
    [[nodiscard]] answer_group& group() { return *group_; }
    [[nodiscard]] std::size_t kept() const { return kept_->used(); }
    void use(int key) { group_->find({std::to_string(key)})->used = true; }
    void let_group_go() { group_.reset(); }

private:
    bool extended_;
    std::shared_ptr<kept_bytes> kept_;
    analyzed_lookup lookup_;
    std::shared_ptr<answer_group> group_;
    bytes sent_;
    std::unique_ptr<batch_receiver> receiver_;
};

TEST(BatchReceiver, ExtendedRowsAreKeptAsTheyCame) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described());
    b.receive(b.rows({"a", "b"}) + b.rows({}) + b.rows({"c"}));
    EXPECT_FALSE(b.receiver().complete());
    b.receive(backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, complete, complete));
    EXPECT_EQ(b.answer(1).bytes, backend::data_row({"a"}) + backend::data_row({"b"}));
    EXPECT_EQ(b.answer(1).rows, 2u);
    EXPECT_TRUE(b.answer(2).bytes.empty());
    EXPECT_EQ(b.answer(2).rows, 0u);
    EXPECT_EQ(b.group().row_description, body_of(described()));
    EXPECT_EQ(b.receiver().failures(), 0u);
    EXPECT_EQ(b.kept(), 3 * backend::data_row({"a"}).size());
}

TEST(BatchReceiver, SimpleQueriesAreAnsweredOneByOne) {
    batch b(false);
    b.receive(b.rows({"a", "b"}));
    EXPECT_THAT(b.states(), ElementsAre(complete, asked, asked));
    EXPECT_FALSE(b.receiver().complete());
    b.receive(b.rows({}) + b.rows({"c"}));
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, complete, complete));
    EXPECT_EQ(b.answer(3).bytes, backend::data_row({"c"}));
}

TEST(BatchReceiver, AnErrorInTheMiddleOfAnExtendedBatchFailsWhatComesAfter) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::bind_complete() + backend::data_row({"half"}) + backend::error("22012"));
    EXPECT_FALSE(b.receiver().complete());
    b.receive(backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, failed));
    EXPECT_TRUE(b.answer(2).bytes.empty());
    EXPECT_EQ(b.receiver().failures(), 2u);
    EXPECT_FALSE(b.receiver().canceled());
}

TEST(BatchReceiver, AnErrorOfASimpleQueryFailsThatOneAlone) {
    batch b(false);
    b.receive(b.rows({"a"}) + backend::error("22012") + backend::ready() + b.rows({"c"}));
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
}

TEST(BatchReceiver, Cancellation) {
    batch b(false);
    b.receive(backend::error("57014") + backend::ready() + b.rows({"b"}) + b.rows({"c"}));
    EXPECT_TRUE(b.receiver().canceled());
    EXPECT_THAT(b.states(), ElementsAre(failed, complete, complete));
}

TEST(BatchReceiver, ANoticeIsForTheClientsOwnLookup) {
    for (const bool extended : {true, false}) {
        batch b(extended);
        if (extended) b.receive(backend::parameter_description({23}) + described());
        b.receive(b.rows({"a"}));
        b.receive((extended ? backend::bind_complete() : described()) + backend::notice() +
                  backend::data_row({"b"}) + backend::complete("SELECT 1") + b.end());
        b.receive(b.rows({"c"}));
        if (extended) b.receive(backend::ready());
        EXPECT_TRUE(b.receiver().complete());
        EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
        EXPECT_EQ(b.receiver().failures(), 1u);
        EXPECT_TRUE(b.answer(2).bytes.empty());
    }
}

TEST(BatchReceiver, TooManyBytesEndWhatIsKeptNotWhatIsRead) {
    const std::size_t row = backend::data_row({"a"}).size();
    batch b(true, 3, false, false, std::make_shared<kept_bytes>(2 * row));
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a", "b"}) +
              b.rows({"c"}) + b.rows({}) + backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
    EXPECT_EQ(b.kept(), 2 * row);
}

TEST(BatchReceiver, TheLimitIsThatOfTheSession) {
    const std::size_t row = backend::data_row({"a"}).size();
    const auto kept = std::make_shared<kept_bytes>(3 * row);
    const bytes beginning = backend::parameter_description({23}) + described();
    std::optional<batch> first(std::in_place, true, 2, false, false, kept);
    first->receive(beginning + first->rows({"a"}) + first->rows({"b"}) + backend::ready());
    EXPECT_THAT(first->states(), ElementsAre(complete, complete));
    {
        batch second(true, 2, false, false, kept);
        second.receive(beginning + second.rows({"c"}) + second.rows({"d"}) + backend::ready());
        EXPECT_THAT(second.states(), ElementsAre(complete, failed));
        EXPECT_EQ(kept->used(), 3 * row);
        // Half an answer is none, and takes no room.
        batch third(true, 1, false, false, kept);
        third.receive(beginning + third.rows({"e"}) + backend::ready());
        EXPECT_THAT(third.states(), ElementsAre(failed));
    }
    EXPECT_EQ(kept->used(), 2 * row);
    first.reset();
    EXPECT_EQ(kept->used(), 0u);
}

TEST(BatchReceiver, WhatHasBeenAnsweredMakesRoom) {
    const std::size_t row = backend::data_row({"a"}).size();
    batch b(true, 3, false, false, std::make_shared<kept_bytes>(2 * row));
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) + b.rows({"b"}));
    b.use(1);
    b.receive(b.rows({"c"}) + backend::ready());
    EXPECT_THAT(b.states(), ElementsAre(failed, complete, complete));
    EXPECT_EQ(b.kept(), 2 * row);
}

TEST(BatchReceiver, ARowThatWasNotReadWholeIsNoAnswer) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::bind_complete());
    b.receiver().on_message({protocol::frame_state::prefix, 'D', 1 << 30, {}});
    b.receive(backend::complete("SELECT 1") + b.rows({"c"}) + backend::ready());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
}

TEST(BatchReceiver, RowsThatLookDifferentAreNoAnswer) {
    batch b(false);
    b.receive(b.rows({"a"}));
    b.receive(backend::row_description({{"name", 7, 2, 1043}}) + backend::data_row({"b"}) +
              backend::complete("SELECT 1") + backend::ready());
    b.receive(b.rows({"c"}));
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
    EXPECT_EQ(b.group().row_description, body_of(described()));
}

TEST(BatchReceiver, WhatIsNoPlainAnswerFails) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::bind_complete() + backend::data_row({"b"}) + backend::suspended() +
              b.rows({"c"}) + backend::ready());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, complete));
    batch empty(false);
    empty.receive(backend::empty_query() + backend::ready() + empty.rows({"b"}) +
                  empty.rows({"c"}));
    EXPECT_THAT(empty.states(), ElementsAre(failed, complete, complete));
}

// A statement that gives no rows: no answer may move on to another key.
TEST(BatchReceiver, AStatementWithoutRowsAnswersNothing) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + backend::no_data() + b.rows({"a"}) +
              b.rows({"b"}) + b.rows({"c"}) + backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(failed, failed, failed));
}

TEST(BatchReceiver, AServerThatSaysReadyTooEarlyHasFailedTheRest) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::ready('T'));
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, failed));
    EXPECT_EQ(b.receiver().status(), 'T');
    b.receive(b.rows({"x"}) + backend::ready());  // nothing is left to fill
    EXPECT_THAT(b.states(), ElementsAre(complete, failed, failed));
}

TEST(BatchReceiver, ASavepointAroundIsNoAnswer) {
    const bytes statement =
        backend::close_complete() + backend::parse_complete() + backend::bind_complete();
    batch b(true, 2, true);
    b.receive(statement + backend::complete("SAVEPOINT") + backend::close_complete());
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) + b.rows({"b"}) +
              backend::ready('T'));
    EXPECT_FALSE(b.receiver().complete());
    for (const char* tag : {"ROLLBACK", "RELEASE"})
        b.receive(statement + backend::complete(tag) + backend::close_complete());
    EXPECT_FALSE(b.receiver().complete());
    b.receive(backend::ready('T'));
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.states(), ElementsAre(complete, complete));

    batch simple(false, 2, true);
    simple.receive(backend::complete("SAVEPOINT") + backend::ready('T') + simple.rows({"a"}) +
                   simple.rows({"b"}));
    EXPECT_FALSE(simple.receiver().complete());
    simple.receive(backend::complete("ROLLBACK") + backend::complete("RELEASE") +
                   backend::ready('T'));
    EXPECT_TRUE(simple.receiver().complete());
    EXPECT_THAT(simple.states(), ElementsAre(complete, complete));
}

TEST(BatchReceiver, AnErrorUnderASavepointIsRolledBack) {
    const bytes statement =
        backend::close_complete() + backend::parse_complete() + backend::bind_complete();
    batch b(true, 2, true);
    b.receive(statement + backend::complete("SAVEPOINT") + backend::close_complete() +
              backend::error("57014") + backend::ready('E'));
    EXPECT_FALSE(b.receiver().complete());
    for (const char* tag : {"ROLLBACK", "RELEASE"})
        b.receive(statement + backend::complete(tag) + backend::close_complete());
    b.receive(backend::ready('T'));
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_EQ(b.receiver().status(), 'T');
    EXPECT_TRUE(b.receiver().canceled());
    EXPECT_THAT(b.states(), ElementsAre(failed, failed));
}

TEST(BatchReceiver, IsolationLevelsAreRead) {
    const bytes levels = backend::data_row({"repeatable read", "read committed"});
    batch b(true, 1, false, true);
    b.receive(backend::close_complete() + backend::parse_complete() + backend::bind_complete() +
              levels + backend::complete("SELECT 1") + backend::close_complete() +
              backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_THAT(b.receiver().settings(), ElementsAre("repeatable read", "read committed"));
    EXPECT_EQ(b.answer(1).bytes, backend::data_row({"a"}));

    batch simple(false, 1, false, true);
    simple.receive(backend::row_description({{"a"}, {"b"}}) + levels +
                   backend::complete("SELECT 1") + backend::ready() + simple.rows({"a"}));
    EXPECT_TRUE(simple.receiver().complete());
    EXPECT_THAT(simple.receiver().settings(), ElementsAre("repeatable read", "read committed"));
    EXPECT_EQ(simple.answer(1).rows, 1u);
    EXPECT_EQ(simple.group().row_description, body_of(described()));
}

TEST(BatchReceiver, NobodyWantsItAnyMore) {
    batch b(true);
    b.receive(backend::parameter_description({23}) + described() + b.rows({"a"}) +
              backend::bind_complete() + backend::data_row({"half"}));
    b.receiver().abandon();
    b.let_group_go();  // and with it everything that the steps pointed to
    b.receive(backend::data_row({"more"}) + backend::complete("SELECT 2") + b.rows({"c"}) +
              backend::notice() + backend::ready());
    EXPECT_TRUE(b.receiver().complete());
    EXPECT_EQ(b.receiver().group(), nullptr);
    EXPECT_EQ(b.receiver().failures(), 0u);

    batch simple(false);
    simple.receiver().abandon();
    simple.let_group_go();
    simple.receive(simple.rows({"a"}) + backend::error("57014") + backend::ready() +
                   simple.rows({"c"}));
    EXPECT_TRUE(simple.receiver().complete());
    EXPECT_TRUE(simple.receiver().canceled());
}

}  // namespace
}  // namespace pgfold::fold
