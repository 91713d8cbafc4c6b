// The analysis as one page that needs nothing else: no scripts, no fonts, no network.
#pragma once

#include <string>
#include <vector>

#include "tools/analyze/comparison.hpp"
#include "tools/analyze/traffic_analysis.hpp"

namespace pgfold::analyze {

struct html_options {
    std::vector<std::string> files, files_before;
    std::size_t statements_max = 50;
    std::string version;
};

// `changes` may be null.
[[nodiscard]] std::string html_report(const traffic_analysis& analysis, const comparison* changes,
                                      const html_options& options);

}  // namespace pgfold::analyze
