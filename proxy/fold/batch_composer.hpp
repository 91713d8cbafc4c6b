// Puts the next batch of a loop together: savepoint, lookups or the one statement that stands for
// them, and what is asked along the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/fold/batch_receiver.hpp"
#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/rewritten_answers.hpp"
#include "proxy/fold/shared_claims.hpp"

namespace pgfold::fold {

struct batch_order {
    std::uint64_t number = 0;
    batch_strategy strategy = batch_strategy::pipeline;  // a rewrite: one that the group has
    std::size_t keys_max = 0;
    bool in_transaction = false;
    bool ask_isolation = false;
    bool describe_child = false;      // for the next batches; a rewrite does so anyway
    shared_claims* claims = nullptr;  // what it asks for others of its pool, too; null: nothing
};

struct composed_batch {
    std::vector<batch_step> steps;  // none: there is nothing to send
    std::unique_ptr<rewritten_answers> rewritten;
    batch_strategy strategy = batch_strategy::pipeline;
    std::size_t keys = 0;
};

// Takes keys from group.planned; those that cannot be asked for are dropped. A rewrite that cannot
// be asked in the group's form becomes a pipeline.
[[nodiscard]] composed_batch compose_batch(answer_group& group, const batch_order& order,
                                           std::vector<std::byte>& out);

}  // namespace pgfold::fold
