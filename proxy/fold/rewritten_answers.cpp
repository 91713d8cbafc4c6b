#include "proxy/fold/rewritten_answers.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::fold {
namespace {

std::vector<std::uint32_t> types_in(protocol::byte_span body) {
    std::vector<std::uint32_t> types;
    protocol::byte_reader reader(body);
    for (std::uint16_t left = reader.read_uint16(); left != 0 && reader.ok(); --left)
        types.push_back(reader.read_uint32());
    if (!reader.ok()) types.clear();
    return types;
}

}  // namespace

rewritten_answers::rewritten_answers(child_rewrites_ptr rewrites, batch_strategy strategy)
    : rewrites_(std::move(rewrites)), strategy_(strategy) {}

void rewritten_answers::expect(key_tuple key, kept_answer* answer) {
    if (strategy_ == batch_strategy::any) by_key_.emplace(joined(key), answer);
    keys_.push_back({std::move(key), answer});
}

void rewritten_answers::give_back_to(answer_group& group) {
    for (auto asked = keys_.rbegin(); asked != keys_.rend(); ++asked)
        group.plan_again(std::move(asked->key));
    disown();
}

void rewritten_answers::disown() {
    keys_.clear();
    by_key_.clear();
}

void rewritten_answers::fail(std::string reason) {
    if (failure_.empty()) failure_ = std::move(reason);
}

void rewritten_answers::on_child_parameters(protocol::byte_span body) {
    parameters_ = types_in(body);
    if (strategy_ != batch_strategy::pipeline && parameters_ != rewrites_->parameter_types)
        fail("the lookup's parameters have changed their types");
}

void rewritten_answers::on_child_columns(protocol::byte_span body) {
    columns_.assign(body.begin(), body.end());
}

void rewritten_answers::on_batch_parameters(protocol::byte_span body) {
    const batch_query& query = *rewrites_->of(strategy_).query;
    const auto types = types_in(body);
    bool same = types.size() == query.key_types.size() + query.constants.size();
    for (std::size_t i = 0; same && i < query.constants.size(); ++i) {
        const std::size_t number = query.constants[i];
        same = number <= parameters_.size() &&
               types[query.key_types.size() + i] == parameters_[number - 1];
    }
    if (!same) fail("the batch's parameters are not the lookup's");
}

void rewritten_answers::on_batch_columns(protocol::byte_span body) {
    const batch_query& query = *rewrites_->of(strategy_).query;
    if (!same_description(query, columns_, body))
        fail("the batch's columns are not the lookup's");
    else
        splitter_.emplace(query, body);
}

bool rewritten_answers::is_outdated() const {
    return is_described() &&
           (parameters_ != rewrites_->parameter_types || columns_ != rewrites_->columns);
}

kept_answer* rewritten_answers::owner_of(protocol::byte_span row, split_row& part) {
    if (!splitter_ || !splitter_->split(row, part)) return nullptr;
    if (strategy_ == batch_strategy::lateral)
        return part.number < keys_.size() ? keys_[part.number].answer : nullptr;
    const auto found = by_key_.find(joined(part.key));
    return found == by_key_.end() ? nullptr : found->second;
}

}  // namespace pgfold::fold
