// What folding may do. Sizes in bytes, times as they say.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/fold/exclusion.hpp"

namespace pgfold::fold {

enum class fold_mode : std::uint8_t { off, observe, on };
enum class fold_strategy : std::uint8_t { automatic, pipeline, fold };

struct fold_settings {
    fold_mode mode = fold_mode::on;
    fold_strategy strategy = fold_strategy::automatic;
    std::uint32_t trigger = 2;  // the lookup of an unknown loop that brings the first batch
    std::size_t keys_max = 1000;
    std::size_t bytes_max = 16 << 20;  // kept answers of one session
    std::chrono::milliseconds age_max{100};
    std::vector<exclusion> exclude;
};

}  // namespace pgfold::fold
