// Which keys a loop will ask for next.
//
// A lookup's keys are looked for in the recent results of its connection. Two lookups in a row that
// stand near each other in one column are a loop over that result; the rest of the column is what
// it will ask for. A loop that is known already needs only one lookup.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/detect/argument_hashes.hpp"
#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/kept_answers.hpp"

namespace pgfold::fold {

// One lookup of a child, as far as prediction remembers it.
struct seen_lookup {
    std::array<std::uint64_t, detect::result_record::keys_max> keys{};  // hashes
    std::array<detect::value_kind, detect::result_record::keys_max> kinds{};
    std::uint64_t newest_result = 0;  // serial of the newest result when it was asked
};

// Where the keys come from: rows of that result, from that place on.
struct key_origin {
    detect::stored_result* result = nullptr;
    key_feed feed;
    std::uint32_t place = 0;  // of the lookup's own key among the distinct ones
    bool backward = false;
};

// From two lookups of one child that differ in their keys.
[[nodiscard]] std::optional<key_origin> find_origin(const detect::result_window& window,
                                                    const sql::statement_template& child,
                                                    const seen_lookup& previous,
                                                    const seen_lookup& current);

// From what is known: the newest execution of the parent, if it holds the key.
[[nodiscard]] std::optional<key_origin> find_origin(const detect::result_window& window,
                                                    const association& known,
                                                    const seen_lookup& current);

// The same among results that are not this connection's, the oldest first.
using result_list = std::span<const std::shared_ptr<detect::stored_result>>;
[[nodiscard]] std::optional<key_origin> find_origin(result_list results,
                                                    const sql::statement_template& child,
                                                    const seen_lookup& previous,
                                                    const seen_lookup& current);
[[nodiscard]] std::optional<key_origin> find_origin(result_list results, const association& known,
                                                    const seen_lookup& current);
// Where another lookup of that loop has its key; key_index::absent: it is not of that loop.
[[nodiscard]] std::uint32_t place_of(const key_origin& origin, const seen_lookup& lookup);

// Positions in `arguments` of the keys that a feed fills; empty if one has none.
[[nodiscard]] std::vector<std::uint16_t> key_arguments(const sql::statement_template& child,
                                                       const key_feed& feed);

// Some value stands in several rows of the column.
[[nodiscard]] bool repeats_keys(const key_origin& origin);

// The keys that follow, nearest first; then those that stand before the lookup's own. That one is
// among them, as the first, only where keys repeat. Distinct, without NULLs and values that cannot
// be asked for.
// Those at `but_not` have been asked for already.
[[nodiscard]] std::vector<key_tuple> following_keys(const key_origin& origin, std::size_t keys_max,
                                                    std::span<const std::uint32_t> but_not = {});

// The keys in rows that have been fetched for a loop that is the parent of this one, and that the
// client has not asked for yet.
[[nodiscard]] std::vector<key_tuple> keys_of_kept(const answer_group& parent, const key_feed& feed,
                                                  std::size_t keys_max);

}  // namespace pgfold::fold
