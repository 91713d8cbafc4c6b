#include <iostream>
#include <utility>

#include "analyzer/detect/finding.hpp"
#include "config/option.hpp"
#include "proxy/cli/commands.hpp"
#include "proxy/cli/settings_source.hpp"
#include "tools/guard/guard_command.hpp"

namespace pgfold::cli {

int guard(const guard_arguments& arguments) {
    run_arguments source;
    source.config_file = arguments.config_file;
    source.upstream = arguments.upstream;
    config::load_result loaded = load_settings(source);
    if (loaded.value && !arguments.min_lookups.empty()) {
        const std::vector<std::string> value = {arguments.min_lookups};
        const std::string problem = config::set_option(*loaded.value, "detect.min_lookups", value);
        if (!problem.empty()) loaded.errors.push_back({"--min-lookups", 0, 0, problem});
    }
    for (const config::load_error& error : loaded.errors)
        std::cerr << error.to_string() << '\n';
    if (!loaded.errors.empty()) return exit_usage;

    pgfold::guard::guard_options options;
    options.settings = std::move(*loaded.value);
    options.command = arguments.command;
    options.fold = arguments.fold;
    options.fail_on.clear();
    for (const std::string& name : arguments.fail_on) {
        // The command line has let only known names through.
        if (const auto known = detect::parse_finding_class(name)) options.fail_on.push_back(*known);
    }
    options.budget_file = arguments.budget_file;
    options.baseline_file = arguments.baseline_file;
    options.new_baseline_file = arguments.new_baseline_file;
    options.output_file = arguments.output_file;
    options.format = pgfold::guard::parse_report_format(arguments.format)
                         .value_or(pgfold::guard::report_format::text);
    options.version = PGFOLD_VERSION;
    return pgfold::guard::guard_command(options);
}

}  // namespace pgfold::cli
