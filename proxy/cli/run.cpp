#include <iostream>
#include <utility>

#include "proxy/cli/commands.hpp"
#include "proxy/cli/settings_source.hpp"
#include "proxy/net/run_command.hpp"

namespace pgfold::cli {

int run(const run_arguments& arguments) {
    config::load_result result = load_settings(arguments);
    for (const config::load_error& error : result.errors)
        std::cerr << error.to_string() << '\n';
    if (!result.value) return exit_usage;
    return net::run_command(std::move(result), [arguments] { return load_settings(arguments); });
}

}  // namespace pgfold::cli
