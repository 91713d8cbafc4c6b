#include "analyzer/sql/text_cache.hpp"

#include <algorithm>

namespace pgfold::sql {

text_cache::text_cache(std::size_t entries_max, std::size_t bytes_max)
    : cache_(entries_max),
      seen_once_(std::bit_ceil(std::max<std::size_t>(entries_max, 1))),
      bytes_max_(bytes_max) {}

std::optional<analysis> text_cache::find(const hash128& key, std::string_view text) {
    const entry* found = cache_.find(key);
    if (found == nullptr || found->text_length != text.size()) return std::nullopt;
    analysis result;
    result.statement = found->statement;
    result.literals = found->literals;
    result.tag_comment = found->tag_comment.of(text);
    result.directive = found->directive.of(text);
    return result;
}

void text_cache::store(const hash128& key, std::string_view text, const analysis& result,
                       bool at_once) {
    auto& seen = seen_once_[(key.high >> 32) & (seen_once_.size() - 1)];
    const auto mark = static_cast<std::uint32_t>(key.high) | 1;
    if (!at_once && seen != mark) {
        seen = mark;
        return;
    }
    if (result.literals.size_bytes() > bytes_max_ / 8) return;
    entry added;
    added.statement = result.statement;
    added.literals.assign(result.literals.begin(), result.literals.end());
    added.text_length = static_cast<std::uint32_t>(text.size());
    added.tag_comment = {text, result.tag_comment};
    added.directive = {text, result.directive};
    bytes_ += bytes_of(added);
    cache_.insert(key, std::move(added), [this](entry& old) { bytes_ -= bytes_of(old); });
    if (bytes_ > bytes_max_) {
        cache_.sweep([this](entry& old, bool& drop) {
            drop = !old.literals.empty();
            if (drop) bytes_ -= bytes_of(old);
            return bytes_ > bytes_max_ / 2;
        });
    }
}

}  // namespace pgfold::sql
