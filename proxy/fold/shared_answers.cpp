#include "proxy/fold/shared_answers.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::fold {
namespace {

void wake_all(const std::vector<std::shared_ptr<cache::waker>>& waiting) {
    for (const auto& one : waiting)
        one->wake();
}

}  // namespace

shared_answers::found shared_answers::find(const std::string& question, detect::timestamp oldest,
                                           const std::shared_ptr<cache::waker>& who) {
    shard& in = shard_of(question);
    const std::lock_guard lock(in.mutex);
    const auto at = in.entries.find(question);
    if (at == in.entries.end()) return {};
    entry& e = at->second;
    if (e.sent < oldest || !freshness::database_versions::is_valid(e.stamp)) return {};
    if (e.answer) return {state::there, e.claim, e.stamp, e.sent, e.answer};
    if (std::find(e.waiting.begin(), e.waiting.end(), who) == e.waiting.end())
        e.waiting.push_back(who);
    return {state::asked, e.claim, e.stamp, e.sent, nullptr};
}

bool shared_answers::claim(const std::string& question, std::uint64_t number,
                           const freshness::stamp& stamp, detect::timestamp sent,
                           detect::timestamp oldest) {
    wakers woken;
    {
        shard& in = shard_of(question);
        const std::lock_guard lock(in.mutex);
        make_room(in, oldest, woken);
        entry& e = in.entries[question];
        const bool taken =
            e.claim != 0 && e.sent >= oldest && freshness::database_versions::is_valid(e.stamp);
        if (taken) return false;
        let_go(e);
        woken.insert(woken.end(), e.waiting.begin(), e.waiting.end());
        e = {.claim = number, .stamp = stamp, .sent = sent, .answer = nullptr, .waiting = {}};
        in.order.emplace_back(number, question);
    }
    wake_all(woken);
    return true;
}

void shared_answers::publish(const std::string& question, std::uint64_t number,
                             std::shared_ptr<const shared_answer> answer) {
    const std::size_t size = answer->bytes.size();
    if (bytes_.fetch_add(size, std::memory_order_relaxed) + size > bytes_max_) {
        bytes_.fetch_sub(size, std::memory_order_relaxed);
        release(question, number);
        return;
    }
    wakers woken;
    {
        shard& in = shard_of(question);
        const std::lock_guard lock(in.mutex);
        const auto at = in.entries.find(question);
        if (at == in.entries.end() || at->second.claim != number || at->second.answer) {
            bytes_.fetch_sub(size, std::memory_order_relaxed);
            return;
        }
        at->second.answer = std::move(answer);
        woken.swap(at->second.waiting);
    }
    wake_all(woken);
}

void shared_answers::release(const std::string& question, std::uint64_t number) {
    wakers woken;
    {
        shard& in = shard_of(question);
        const std::lock_guard lock(in.mutex);
        const auto at = in.entries.find(question);
        if (at == in.entries.end() || at->second.claim != number) return;
        woken.swap(at->second.waiting);
        let_go(at->second);
        in.entries.erase(at);
    }
    wake_all(woken);
}

void shared_answers::let_go(entry& old) {
    if (old.answer) bytes_.fetch_sub(old.answer->bytes.size(), std::memory_order_relaxed);
    old.answer.reset();
}

void shared_answers::make_room(shard& in, detect::timestamp oldest, wakers& woken) {
    while (!in.order.empty()) {
        const auto& [number, question] = in.order.front();
        const auto at = in.entries.find(question);
        if (at != in.entries.end() && at->second.claim == number) {
            if (at->second.sent >= oldest && in.order.size() < questions_max / shards) return;
            woken.insert(woken.end(), at->second.waiting.begin(), at->second.waiting.end());
            let_go(at->second);
            in.entries.erase(at);
        }
        in.order.pop_front();
    }
}

}  // namespace pgfold::fold
