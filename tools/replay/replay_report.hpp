// What a replay says, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/replay/answer_comparison.hpp"

namespace pgfold::replay {

struct named_pass {
    std::string name;  // "recorded", "replayed", "direct", "pgfold"
    std::vector<const answer_store*> conversations;
    double seconds = 0;
};

struct folding_effect {
    std::uint64_t statements_direct = 0;  // that clients asked
    std::uint64_t statements_pgfold = 0;  // that PostgreSQL was asked for them; about, see below
    std::uint64_t folded_lookups = 0;
    std::uint64_t round_trips_saved = 0;
    double waited_direct_ms = 0;  // by clients, all together
    double waited_pgfold_ms = 0;
};

struct replay_result {
    std::vector<named_pass> passes;  // what is compared: the first with the last
    std::vector<std::string> names;  // of conversations
    compared answers;
    std::optional<folding_effect> effect;  // with --compare
    std::vector<std::string> notes;
    std::vector<std::string> problems;  // conversations that did not come to their end
};

[[nodiscard]] std::string to_text(const replay_result& result, std::size_t width);
[[nodiscard]] std::string to_json(const replay_result& result);

}  // namespace pgfold::replay
