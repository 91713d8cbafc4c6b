// What a reload changes.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace pgfold::config {

struct change {
    std::string key;  // "detect.min_lookups"; a list of records counts as one key
    bool needs_restart = false;
};

// In the order of the schema.
[[nodiscard]] std::vector<change> changes(const settings& before, const settings& after);

}  // namespace pgfold::config
