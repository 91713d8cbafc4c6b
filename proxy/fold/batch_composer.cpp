#include "proxy/fold/batch_composer.hpp"

#include <optional>
#include <utility>

#include "proxy/fold/batch_writer.hpp"

namespace pgfold::fold {
namespace {

// Keys not asked for yet, nearest first.
std::optional<key_tuple> next_key(answer_group& group, shared_claims* claims) {
    while (!group.planned.empty()) {
        key_tuple key = std::move(group.planned.back());
        group.planned.pop_back();
        if (group.find(key) == nullptr && (claims == nullptr || claims->add(key))) return key;
    }
    return std::nullopt;
}

void expect(shared_claims* claims, kept_answer* answer) {
    if (claims != nullptr) claims->expect(answer);
}

void take_back(shared_claims* claims) {
    if (claims != nullptr) claims->take_back();
}

void write_pipeline(answer_group& group, const batch_order& order, batch_writer& writer,
                    composed_batch& batch) {
    if (group.row_description.empty()) writer.describe(group.statement_name);
    while (batch.keys < order.keys_max) {
        const auto key = next_key(group, order.claims);
        if (!key) break;
        if (!writer.lookup(*group.form, *key)) {
            take_back(order.claims);
            continue;
        }
        kept_answer* answer = group.add(*key, order.number);
        writer.expect(answer);
        expect(order.claims, answer);
        ++batch.keys;
    }
    if (batch.keys > 0) writer.end_lookups();
}

bool write_rewritten(answer_group& group, const batch_order& order, batch_writer& writer,
                     composed_batch& batch) {
    const child_rewrites& rewrites = *group.rewrites;
    const batch_query& query = *rewrites.of(order.strategy).query;
    key_arrays arrays(query);
    auto answers = std::make_unique<rewritten_answers>(group.rewrites, order.strategy);
    while (arrays.size() < order.keys_max) {
        auto key = next_key(group, order.claims);
        if (!key) break;
        if (!arrays.add(*key)) {
            take_back(order.claims);
            continue;
        }
        kept_answer* answer = group.add(*key, order.number);
        expect(order.claims, answer);
        answers->expect(std::move(*key), answer);
    }
    batch.keys = arrays.size();
    if (batch.keys == 0) return true;
    writer.describe_child(*group.form, group.statement_name, rewrites);
    if (!writer.rewritten(*group.form, query, arrays, rewrites)) {
        batch.keys = 0;
        answers->give_back_to(group);
        if (order.claims != nullptr) order.claims->release_all();
        return false;
    }
    writer.end_rewritten();
    batch.rewritten = std::move(answers);
    return true;
}

}  // namespace

composed_batch compose_batch(answer_group& group, const batch_order& order,
                             std::vector<std::byte>& out) {
    composed_batch batch;
    batch.strategy = order.strategy;
    batch_writer writer(out, batch.steps, group.form->is_extended());
    const auto begin = [&] {
        if (order.in_transaction) writer.open_savepoint();
        if (order.ask_isolation) writer.ask_isolation();
    };
    begin();
    if (order.strategy != batch_strategy::pipeline &&
        !write_rewritten(group, order, writer, batch)) {
        batch.steps.clear();
        out.clear();
        batch.strategy = batch_strategy::pipeline;
        begin();
    }
    if (batch.strategy == batch_strategy::pipeline) {
        write_pipeline(group, order, writer, batch);
        if (order.describe_child && group.rewrites) {
            writer.describe_child(*group.form, group.statement_name, *group.rewrites);
            writer.end_rewritten();
            batch.rewritten =
                std::make_unique<rewritten_answers>(group.rewrites, batch_strategy::pipeline);
        }
    }
    if (batch.keys == 0 && !batch.rewritten) {
        batch.steps.clear();
        out.clear();
        return batch;
    }
    if (order.in_transaction) writer.close_savepoint();
    return batch;
}

}  // namespace pgfold::fold
