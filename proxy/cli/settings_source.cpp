#include "proxy/cli/settings_source.hpp"

#include "config/option.hpp"

namespace pgfold::cli {

config::load_result load_settings(const run_arguments& arguments) {
    config::load_result result;
    if (arguments.config_file.empty()) {
        result.value.emplace();
    } else {
        result = config::load(arguments.config_file);
    }
    // A file with errors still lets the options be checked: all errors are told at once.
    config::settings unused;
    config::settings& target = result.value ? *result.value : unused;
    const auto apply = [&](const std::string& option, const std::string& key,
                           const std::vector<std::string>& values) {
        if (values.empty()) return;
        const std::string problem = config::set_option(target, key, values);
        if (!problem.empty()) result.errors.push_back({option, 0, 0, problem});
    };
    const auto apply_one = [&](const std::string& option, const std::string& key,
                               const std::string& value) {
        if (!value.empty()) apply(option, key, {value});
    };
    apply("--listen", "listen", arguments.listen);
    apply_one("--admin", "admin.listen", arguments.admin);
    apply_one("--upstream", "upstream", arguments.upstream);
    apply_one("--capture", "capture.file", arguments.capture);
    apply_one("--threads", "threads", arguments.threads);
    apply_one("--log-level", "log.level", arguments.log_level);
    apply_one("--log-format", "log.format", arguments.log_format);
    if (!result.errors.empty()) result.value.reset();
    return result;
}

}  // namespace pgfold::cli
