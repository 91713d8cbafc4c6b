// Results by the exact bytes of a text. Texts themselves are not kept: they are told apart by a
// keyed 128-bit hash and their length.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/sql/set_associative_cache.hpp"
#include "analyzer/sql/statement_analyzer.hpp"

namespace pgfold::sql {

class text_cache {
public:
    text_cache(std::size_t entries_max, std::size_t bytes_max);

    // The result refers to `text` and to the cache: valid until the next store.
    [[nodiscard]] std::optional<analysis> find(const hash128& key, std::string_view text);

    // Most texts with inlined values are seen once: a text is kept from its second time on.
    // `at_once`: from the first, for what was expensive to find out.
    void store(const hash128& key, std::string_view text, const analysis& result, bool at_once);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct entry {
        template_ptr statement;
        std::vector<literal_span> literals;
        std::uint32_t text_length = 0;
        text_part tag_comment, directive;
    };

    [[nodiscard]] static std::size_t bytes_of(const entry& e) {
        return e.literals.capacity() * sizeof(literal_span);
    }

    set_associative_cache<entry> cache_;
    std::vector<std::uint32_t> seen_once_;  // direct-mapped, a part of the hash
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;  // of literals; the table itself has a fixed size
};

}  // namespace pgfold::sql
