#include "tools/replay/answer_log.hpp"

#include <xxhash.h>

namespace pgfold::replay {
namespace {

// Of one answer; past it only the digest tells.
constexpr std::size_t kept_bytes_max = 64 * 1024;

}  // namespace

void answer_log::on_execution_start(const detect::execution_start& start) {
    open_[start.id] = {answers_.size(), 0, start.at};
    answers_.emplace_back().statement = start.statement;
}

bool answer_log::on_data_row(detect::execution_id id, std::span<const std::byte> row,
                             bool truncated) {
    const auto found = open_.find(id);
    if (found == open_.end()) return false;
    answer& one = answers_[found->second.index];
    if (truncated) {
        one.truncated = true;
        return false;
    }
    one.digest = XXH3_64bits_withSeed(row.data(), row.size(), one.digest);
    if (found->second.bytes_kept + row.size() <= kept_bytes_max) {
        found->second.bytes_kept += row.size();
        one.rows.emplace_back(reinterpret_cast<const char*>(row.data()), row.size());
    } else {
        found->second.bytes_kept = kept_bytes_max;
    }
    return true;
}

void answer_log::on_execution_end(const detect::execution_end& end) {
    const auto found = open_.find(end.id);
    if (found == open_.end()) return;
    answer& one = answers_[found->second.index];
    one.ended = true;
    one.skipped = end.skipped;
    one.row_count = end.rows;
    one.duration = end.at - found->second.asked_at;
    one.command_tag = end.command_tag;
    one.sqlstate = end.sqlstate;
    if (!end.suspended) open_.erase(found);
}

}  // namespace pgfold::replay
