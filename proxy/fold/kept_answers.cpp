#include "proxy/fold/kept_answers.hpp"

#include <algorithm>

#include "proxy/fold/batch/key_value.hpp"
#include "proxy/protocol/frontend/bind.hpp"

namespace pgfold::fold {
namespace {

void append_size(std::string& out, std::size_t size) {
    const auto value = static_cast<std::uint32_t>(size);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_argument(std::string& out, const detect::argument& a) {
    out.push_back(static_cast<char>(a.format));
    out.push_back(a.is_null ? 'n' : 'v');
    append_size(out, a.bytes.size());
    out.append(a.bytes);
}

}  // namespace

std::string constants_of(const asked_lookup& asked, std::span<const std::uint16_t> keys) {
    std::string constants;
    for (std::size_t i = 0; i < asked.arguments.size(); ++i)
        if (std::find(keys.begin(), keys.end(), i) == keys.end())
            append_argument(constants, asked.arguments[i]);
    return constants;
}

std::string result_formats_of(const asked_lookup& asked) {
    std::string formats;
    if (!asked.extended) return formats;
    const auto bind = protocol::parse_bind(asked.bind);
    if (!bind) return formats;
    for (std::size_t i = 0; i < bind->result_formats.size(); ++i)
        formats.push_back(bind->result_formats.raw(i) == 0 ? 't' : 'b');
    return formats;
}

std::string joined(const key_tuple& key) {
    std::string all;
    for (const std::string& part : key) {
        append_size(all, part.size());
        all += part;
    }
    return all;
}

key_tuple key_of(const asked_lookup& asked, std::span<const std::uint16_t> key_arguments) {
    key_tuple key;
    for (const auto position : key_arguments) {
        if (position >= asked.arguments.size()) return {};
        auto part = canonical_key(asked.arguments[position]);
        if (!part) return {};
        key.push_back(std::move(*part));
    }
    return key;
}

answer_group::answer_group(const asked_lookup& asked, std::vector<std::uint16_t> key_arguments,
                           association_ptr from, std::shared_ptr<kept_bytes> session)
    : origin(std::move(from)),
      statement_(asked.statement),
      extended_(asked.extended),
      key_arguments_(std::move(key_arguments)),
      constants_(constants_of(asked, key_arguments_)),
      formats_(result_formats_of(asked)),
      parameter_types_(asked.parameter_types.begin(), asked.parameter_types.end()),
      session_bytes_(std::move(session)) {}

bool answer_group::matches(const asked_lookup& asked) const {
    return asked.statement == statement_ && asked.extended == extended_ &&
           std::equal(asked.parameter_types.begin(), asked.parameter_types.end(),
                      parameter_types_.begin(), parameter_types_.end()) &&
           (!form || form->reads_keys_like(asked)) && result_formats_of(asked) == formats_ &&
           constants_of(asked, key_arguments_) == constants_;
}

bool answer_group::ask_as(const asked_lookup& asked) {
    form = lookup_form::of(asked, key_arguments_);
    prepared = asked.prepared;
    statement_name = asked.statement_name;
    return form.has_value();
}

kept_answer* answer_group::find(const key_tuple& key) {
    const auto found = by_key_.find(joined(key));
    return found == by_key_.end() ? nullptr : found->second;
}

kept_answer* answer_group::add(const key_tuple& key, std::uint64_t batch) {
    const auto [at, is_new] = by_key_.try_emplace(joined(key), nullptr);
    if (!is_new) return nullptr;
    at->second = &answers_.emplace_back();
    at->second->batch = batch;
    ++unused;
    ++fetched;
    return at->second;
}

answer_group::~answer_group() {
    if (session_bytes_) session_bytes_->give_back(held_);
}

bool answer_group::hold(std::size_t size) {
    if (!session_bytes_) return true;
    if (!session_bytes_->take(size)) {
        for (kept_answer& answer : answers_) {
            if (!answer.used || answer.state != answer_state::complete) continue;
            let_go(answer.bytes.size());
            answer.bytes = {};
            answer.state = answer_state::failed;  // asked for again, it is the server's
        }
        if (!session_bytes_->take(size)) return false;
    }
    held_ += size;
    return true;
}

void answer_group::let_go(std::size_t size) {
    if (!session_bytes_) return;
    session_bytes_->give_back(size);
    held_ -= size;
}

bool answer_group::take_over(answer_group& next) {
    if (answers_.size() > answers_max || key_arguments_ != next.key_arguments_) return false;
    count_shared_use();
    shared_use.reset();
    if (origin) origin->record_loop(fetched, used, savepoints);
    fetched = used = savepoints = 0;
    origin = std::move(next.origin);
    form = std::move(next.form);
    prepared = std::move(next.prepared);
    statement_name = std::move(next.statement_name);
    rewrites = std::move(next.rewrites);
    planned = std::move(next.planned);
    repeats = next.repeats;
    question = std::move(next.question);
    answered = {};  // the pause between loops says nothing of their pace
    chunk = 0;
    return true;
}

kept_answer* answer_group::put(const key_tuple& key, std::uint64_t batch, std::uint32_t rows,
                               std::span<const std::byte> bytes) {
    if (!hold(bytes.size())) return nullptr;
    auto& at = by_key_[joined(key)];
    if (at == nullptr)
        at = &answers_.emplace_back();
    else if (at->state == answer_state::complete)
        let_go(at->bytes.size());
    if (!at->used && at->batch != 0) --unused;  // it had been asked for here
    at->state = answer_state::complete;
    at->used = true;  // by whom it counts is known where it was fetched
    at->rows = rows;
    at->batch = batch;
    at->bytes.assign(bytes.begin(), bytes.end());
    return at;
}

void answer_group::count_shared_use() {
    if (shared_use) used = std::min(fetched, used + shared_use->exchange(0));
}

std::size_t answer_group::left() const {
    const std::uint64_t elsewhere = shared_use ? shared_use->load() : 0;
    return unused - static_cast<std::size_t>(std::min<std::uint64_t>(unused, elsewhere));
}

void answer_group::plan_again(key_tuple key) {
    const auto found = by_key_.find(joined(key));
    if (found == by_key_.end() || found->second->used) return;
    by_key_.erase(found);
    --unused;
    --fetched;
    planned.push_back(std::move(key));
}

}  // namespace pgfold::fold
