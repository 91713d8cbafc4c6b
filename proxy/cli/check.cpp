#include <iostream>

#include "config/json_schema.hpp"
#include "config/loader.hpp"
#include "config/reference.hpp"
#include "proxy/alerts/alert_service.hpp"
#include "proxy/cli/commands.hpp"

namespace pgfold::cli {
namespace {

constexpr int exit_failure = 1;

}  // namespace

int check(const check_arguments& arguments) {
    if (arguments.schema) {
        std::cout << config::json_schema();
        return 0;
    }
    if (arguments.reference) {
        std::cout << config::reference();
        return 0;
    }
    const config::load_result result = config::load(arguments.config_file);
    for (const config::load_error& error : result.errors)
        std::cerr << error.to_string() << '\n';
    if (!result.errors.empty()) return exit_usage;
    std::cout << arguments.config_file << ": valid\n";
    if (arguments.test_alert.empty()) return 0;
    const alerts::test_outcome test = alerts::send_test_alert(*result.value, arguments.test_alert);
    for (const std::string& line : test.lines)
        (test.failed == 0 ? std::cout : std::cerr) << line << '\n';
    return test.failed == 0 ? 0 : exit_failure;
}

}  // namespace pgfold::cli
