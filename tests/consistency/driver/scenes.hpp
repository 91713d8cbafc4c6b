// Situations in which an answer from memory is wrong, one by one, in a fixed order of events: a
// loop is under way, something is written, the loop goes on. Each is about one thing that a proxy
// must not overlook.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/consistency/driver/stage.hpp"

namespace pgfold::consistency {

// What a scene has to remember from one of its steps to the next.
struct scene_memory {
    int round = 0;
    std::int64_t number = 0;   // of the writer
    std::int64_t version = 0;  // that it will make
    std::uint32_t transaction = no_transaction;
    std::string name;
};

struct scene {
    std::string_view name;
    staged_loop loop;
    // What is done to row `id`: `between` the loop's lookups, right before the one of that row;
    // `before` the list, of scenes in which what is fetched is fetched while something is open;
    // `after` the loop. Each may be null.
    using step = void (*)(stage&, scene_memory&, std::int64_t id);
    step between = nullptr;
    step before = nullptr;
    step after = nullptr;
    // What the loop's lookup finds until `before` is done, if that is something else.
    const lookup* at_first = nullptr;
};

// A loop over rows whose ids begin with 1 has this row at its turning point.
inline constexpr std::size_t turning_point = 6;
inline constexpr std::int64_t turning_row = turning_point + 1;

[[nodiscard]] std::span<const scene> all_scenes();

}  // namespace pgfold::consistency
