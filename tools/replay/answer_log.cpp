#include "tools/replay/answer_log.hpp"

#include <xxhash.h>

#include <algorithm>

namespace pgfold::replay {
namespace {

// Of one answer; past it only the digest tells.
constexpr std::size_t kept_bytes_max = 64 * 1024;

}  // namespace

answer_log::~answer_log() {
    on_session_end({});
}

void answer_log::on_session_end(timestamp) {
    while (!open_.empty())
        store_first();
    answers_.finish();
}

void answer_log::store_first() {
    answers_.add(open_.front().known);
    open_.pop_front();
}

answer_log::open_answer* answer_log::find(detect::execution_id id) {
    const auto found = std::lower_bound(
        open_.begin(), open_.end(), id,
        [](const open_answer& one, detect::execution_id wanted) { return one.id < wanted; });
    return found != open_.end() && found->id == id && !found->is_over ? &*found : nullptr;
}

void answer_log::on_execution_start(const detect::execution_start& start) {
    if (open_.size() >= open_max) store_first();
    open_answer& one = open_.emplace_back();
    one.id = start.id;
    one.known.statement = start.statement;
    one.asked_at = start.at;
}

bool answer_log::on_data_row(detect::execution_id id, std::span<const std::byte> row,
                             bool truncated) {
    open_answer* const found = find(id);
    if (found == nullptr) return false;
    answer& one = found->known;
    if (truncated) {
        one.truncated = true;
        return false;
    }
    one.digest = XXH3_64bits_withSeed(row.data(), row.size(), one.digest);
    if (found->bytes_kept + row.size() <= kept_bytes_max) {
        found->bytes_kept += row.size();
        one.rows.emplace_back(reinterpret_cast<const char*>(row.data()), row.size());
    } else {
        found->bytes_kept = kept_bytes_max;
    }
    return true;
}

void answer_log::on_execution_end(const detect::execution_end& end) {
    open_answer* const found = find(end.id);
    if (found == nullptr) return;
    answer& one = found->known;
    one.ended = true;
    one.skipped = end.skipped;
    one.row_count = end.rows;
    one.duration = end.at - found->asked_at;
    one.command_tag = end.command_tag;
    one.sqlstate = end.sqlstate;
    found->is_over = !end.suspended;
    while (!open_.empty() && open_.front().is_over)
        store_first();
}

}  // namespace pgfold::replay
