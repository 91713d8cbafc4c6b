#include "proxy/cli/commands.hpp"
#include "tools/analyze/analyze_command.hpp"

namespace pgfold::cli {

int analyze(const analyze_arguments& arguments) {
    pgfold::analyze::analyze_options options;
    options.files = arguments.files;
    options.files_before = arguments.files_before;
    options.output_file = arguments.output_file;
    options.version = PGFOLD_VERSION;
    if (arguments.format == "json") options.format = pgfold::analyze::output_format::json;
    if (arguments.format == "html") options.format = pgfold::analyze::output_format::html;
    for (const std::string& name : arguments.fail_on) {
        // The command line has let only known names through.
        if (const auto known = detect::parse_finding_class(name)) options.fail_on.push_back(*known);
    }
    options.port = arguments.port;
    options.min_lookups = arguments.min_lookups;
    options.idle_gap = arguments.idle_gap;
    options.statements_max = arguments.statements_max;
    return pgfold::analyze::analyze_command(options);
}

}  // namespace pgfold::cli
