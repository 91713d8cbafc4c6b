#include <iostream>

#include "config/json_schema.hpp"
#include "config/loader.hpp"
#include "proxy/cli/commands.hpp"

namespace pgfold::cli {

int check(const check_arguments& arguments) {
    if (arguments.schema) {
        std::cout << config::json_schema();
        return 0;
    }
    const config::load_result result = config::load(arguments.config_file);
    for (const config::load_error& error : result.errors)
        std::cerr << error.to_string() << '\n';
    if (!result.errors.empty()) return exit_usage;
    std::cout << arguments.config_file << ": valid\n";
    return 0;
}

}  // namespace pgfold::cli
