// Takes in what the server answers to one batch. None of it reaches the client.
//
// A batch is a list of steps in wire order: lookups or one statement that fetches for all of them,
// statements of our own whose outcome does not matter (SAVEPOINT …), and the points where the
// server says ReadyForQuery.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/rewritten_answers.hpp"
#include "proxy/protocol/frame_reader.hpp"

namespace pgfold::fold {

enum class step_kind : std::uint8_t {
    lookup,
    control,         // a statement of ours; its outcome shows in what follows
    setting,         // one of ours that shows settings
    describe_child,  // ParameterDescription and RowDescription
    describe_batch,  // likewise, of the statement that follows
    rewritten,       // brings the rows of all keys
    sync,            // ReadyForQuery
};

struct batch_step {
    step_kind kind = step_kind::sync;
    kept_answer* answer = nullptr;  // lookup
};

class batch_receiver {
public:
    // `rewritten`: of the steps of that kind, and of those that describe; may be null.
    batch_receiver(std::shared_ptr<answer_group> group, std::vector<batch_step> steps,
                   std::unique_ptr<rewritten_answers> rewritten = nullptr)
        : group_(std::move(group)), steps_(std::move(steps)), rewritten_(std::move(rewritten)) {}

    // One message of the server, but for ParameterStatus and NotificationResponse.
    void on_message(const protocol::frame& f);

    [[nodiscard]] bool complete() const { return next_ == steps_.size(); }
    [[nodiscard]] std::size_t failures() const { return failures_; }
    [[nodiscard]] bool canceled() const { return canceled_; }  // 57014
    [[nodiscard]] char status() const { return status_; }      // of the last ReadyForQuery
    // Isolation levels, of the transaction and by default; empty: not asked, or not told.
    [[nodiscard]] const std::vector<std::string>& settings() const { return settings_; }
    [[nodiscard]] const std::shared_ptr<answer_group>& group() const { return group_; }
    // Null: nothing of ours was asked. Its answers are gone once the batch is abandoned.
    [[nodiscard]] rewritten_answers* rewritten() const { return rewritten_.get(); }
    // Nobody wants the answers any more; they are read to the end and thrown away.
    void abandon();
    [[nodiscard]] bool abandoned() const { return abandoned_; }

private:
    void fail(kept_answer* answer);
    void fail_until_sync();
    void on_description(const protocol::frame& f);
    void end_rewritten();
    [[nodiscard]] bool fits(const protocol::frame& row_description);
    [[nodiscard]] bool fits_child(protocol::byte_span row_description);
    void keep_rewritten_row(const protocol::frame& f);
    void keep_settings(const protocol::frame& f);
    void keep_row(const protocol::frame& f);
    [[nodiscard]] kept_answer* current() const {
        return complete() || abandoned_ ? nullptr : steps_[next_].answer;
    }

    std::shared_ptr<answer_group> group_;
    std::vector<batch_step> steps_;
    std::unique_ptr<rewritten_answers> rewritten_;
    split_row row_;
    std::size_t next_ = 0;
    std::size_t failures_ = 0;
    std::vector<std::string> settings_;
    char status_ = 'I';
    bool canceled_ = false;
    bool abandoned_ = false;
};

}  // namespace pgfold::fold
