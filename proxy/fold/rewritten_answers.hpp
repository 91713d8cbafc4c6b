// What one rewritten statement brings: whether its rows are the child's, and whose each one is.
//
// The child and the rewrite are described in the same write that runs the rewrite, so nothing rests
// on what was true before. Whatever is not as expected makes the whole batch worthless: no answer
// of it is used, and the lookups are asked for as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/fold/batch/batch_rows.hpp"
#include "proxy/fold/child_rewrites.hpp"
#include "proxy/fold/kept_answers.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::fold {

class rewritten_answers {
public:
    // `strategy` is one that the rewrites have; `pipeline`: the child is only described.
    rewritten_answers(child_rewrites_ptr rewrites, batch_strategy strategy);

    // Keys in the order of the batch's arrays.
    void expect(key_tuple key, kept_answer* answer);
    // It came to nothing: its keys are to be fetched otherwise.
    void give_back_to(answer_group& group);

    // Bodies of ParameterDescription and RowDescription.
    void on_child_parameters(protocol::byte_span body);
    void on_child_columns(protocol::byte_span body);
    void on_batch_parameters(protocol::byte_span body);
    void on_batch_columns(protocol::byte_span body);
    // The answer that a DataRow is for, and the child's part of it; null: nobody's.
    [[nodiscard]] kept_answer* owner_of(protocol::byte_span row, split_row& part);

    // The first reason wins.
    void fail(std::string reason);
    [[nodiscard]] bool ok() const { return failure_.empty(); }
    [[nodiscard]] const std::string& failure() const { return failure_; }
    // The server describes the child otherwise than the rewrite was made for.
    [[nodiscard]] bool is_outdated() const;

    [[nodiscard]] const child_rewrites_ptr& rewrites() const { return rewrites_; }
    [[nodiscard]] batch_strategy strategy() const { return strategy_; }
    [[nodiscard]] bool is_described() const { return !columns_.empty(); }
    [[nodiscard]] const std::vector<std::uint32_t>& parameter_types() const { return parameters_; }
    [[nodiscard]] const std::vector<std::byte>& columns() const { return columns_; }

    // That are expected; none once they are given back or disowned.
    template <typename Function>
    void for_each_answer(const Function& f) {
        for (const asked_key& asked : keys_)
            f(*asked.answer);
    }
    void disown();

private:
    struct asked_key {
        key_tuple key;
        kept_answer* answer = nullptr;
    };

    child_rewrites_ptr rewrites_;
    batch_strategy strategy_;
    std::vector<asked_key> keys_;
    std::unordered_map<std::string, kept_answer*> by_key_;  // any
    std::vector<std::uint32_t> parameters_;                 // of the child, as described now
    std::vector<std::byte> columns_;
    std::optional<row_splitter> splitter_;
    std::string failure_;
};

}  // namespace pgfold::fold
