// `pgfold analyze FILE…`: findings and statements from captures and logs, offline.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/detect/finding.hpp"

namespace pgfold::analyze {

enum class output_format : std::uint8_t { text, json, html };

struct analyze_options {
    std::vector<std::string> files;         // "-" is the standard input
    std::vector<std::string> files_before;  // compared with; empty: with nothing
    output_format format = output_format::text;
    std::vector<detect::finding_class> fail_on;  // exit 3 when one of these classes was found
    std::uint16_t port = 0;                      // server port; 0: found by content
    std::uint32_t min_lookups = 5;
    std::chrono::nanoseconds idle_gap = std::chrono::seconds(1);
    std::size_t statements_max = 10;  // of the text report's table; JSON has all
    std::string output_file;          // empty: the standard output
    std::string version;              // pgfold's, for the page
};

// The report goes to stdout or the file, notes and errors to stderr. Exit status: 0, 2 when a file
// could not be read at all, 3 when a class of `fail_on` was found.
[[nodiscard]] int analyze_command(const analyze_options& options);

}  // namespace pgfold::analyze
