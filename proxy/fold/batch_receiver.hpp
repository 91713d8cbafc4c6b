// Takes in what the server answers to one batch. None of it reaches the client.
//
// A batch is a list of steps in wire order: lookups, statements of our own whose outcome does not
// matter (SAVEPOINT …), and the points where the server says ReadyForQuery.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proxy/fold/kept_answers.hpp"
#include "proxy/protocol/frame_reader.hpp"

namespace pgfold::fold {

enum class step_kind : std::uint8_t {
    lookup,
    control,  // a statement of ours; its outcome shows in what follows
    setting,  // one of ours that shows settings
    sync,     // ReadyForQuery
};

struct batch_step {
    step_kind kind = step_kind::sync;
    kept_answer* answer = nullptr;  // lookup
};

class batch_receiver {
public:
    batch_receiver(std::shared_ptr<answer_group> group, std::vector<batch_step> steps,
                   std::size_t bytes_max)
        : group_(std::move(group)), steps_(std::move(steps)), bytes_max_(bytes_max) {}

    // One message of the server, but for ParameterStatus and NotificationResponse.
    void on_message(const protocol::frame& f);

    [[nodiscard]] bool complete() const { return next_ == steps_.size(); }
    [[nodiscard]] std::size_t failures() const { return failures_; }
    [[nodiscard]] bool canceled() const { return canceled_; }  // 57014
    [[nodiscard]] char status() const { return status_; }      // of the last ReadyForQuery
    // Isolation levels, of the transaction and by default; empty: not asked, or not told.
    [[nodiscard]] const std::vector<std::string>& settings() const { return settings_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] const std::shared_ptr<answer_group>& group() const { return group_; }
    // Nobody wants the answers any more; they are read to the end and thrown away.
    void abandon();
    [[nodiscard]] bool abandoned() const { return abandoned_; }

private:
    void fail(kept_answer* answer);
    void fail_until_sync();
    [[nodiscard]] bool fits(const protocol::frame& row_description);
    void keep_settings(const protocol::frame& f);
    void keep_row(const protocol::frame& f);
    [[nodiscard]] kept_answer* current() const {
        return complete() || abandoned_ ? nullptr : steps_[next_].answer;
    }

    std::shared_ptr<answer_group> group_;
    std::vector<batch_step> steps_;
    std::size_t bytes_max_;
    std::size_t next_ = 0;
    std::size_t bytes_ = 0;
    std::size_t failures_ = 0;
    std::vector<std::string> settings_;
    char status_ = 'I';
    bool canceled_ = false;
    bool abandoned_ = false;
};

}  // namespace pgfold::fold
