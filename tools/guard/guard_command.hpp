// `pgfold guard -- COMMAND`: runs a command, such as a test suite, behind a pgfold of its own and
// fails when it loops.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "tools/guard/guard_report.hpp"

namespace pgfold::guard {

struct guard_options {
    std::vector<std::string> command;
    config::settings settings;  // upstream, detection and suppressions; the rest is guard's own
    bool fold = false;          // fold loops too, as `pgfold run` would
    std::vector<detect::finding_class> fail_on = {detect::finding_class::n_plus_one};
    std::string budget_file, baseline_file;  // empty: none
    std::string new_baseline_file;           // written with what was found; then nothing fails
    report_format format = report_format::text;
    std::string output_file;  // empty: stdout, or stderr for text
    std::string version;      // pgfold's
};

// 3 when something fails, else the command's own status. 2: wrong options or files, and nothing was
// run; 1: this machine does not let it.
[[nodiscard]] int guard_command(const guard_options& options);

[[nodiscard]] std::optional<report_format> parse_report_format(std::string_view name);

}  // namespace pgfold::guard
