#include <iostream>
#include <utility>

#include "proxy/cli/commands.hpp"
#include "proxy/cli/settings_source.hpp"
#include "tools/replay/replay_command.hpp"

namespace pgfold::cli {

int replay(const replay_arguments& arguments) {
    run_arguments source;
    source.config_file = arguments.config_file;
    config::load_result loaded = load_settings(source);
    for (const config::load_error& error : loaded.errors)
        std::cerr << error.to_string() << '\n';
    if (!loaded.value) return exit_usage;

    pgfold::replay::replay_options options;
    options.files = arguments.files;
    options.target = arguments.target;
    options.speed = arguments.speed;
    options.compare = arguments.compare;
    options.json = arguments.format == "json";
    options.report_file = arguments.report_file;
    options.snapshot_command = arguments.snapshot_command;
    options.port = arguments.port;
    options.settings = std::move(*loaded.value);
    return pgfold::replay::replay_command(options);
}

}  // namespace pgfold::cli
