// A YAML file in, settings or every error in it out. Never a mixture: what is not valid as a whole
// is not applied, so that a reload with a bad file keeps the old settings.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace pgfold::config {

struct load_error {
    std::string file;
    int line = 0;  // from 1; 0 when the file as a whole is meant (it cannot be read)
    int column = 0;
    std::string message;

    [[nodiscard]] std::string to_string() const;  // file:line:column: message
};

struct load_result {
    std::optional<settings> value;   // empty if there is an error
    std::vector<load_error> errors;  // in file order
    std::vector<std::string> files;  // that the settings were read from, the YAML file first
};

// What ${NAME} stands for; nullopt when NAME is not set.
using variable_lookup = std::function<std::optional<std::string>(const std::string& name)>;

// ${NAME} from the process environment.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

[[nodiscard]] load_result load(const std::string& path,
                               const variable_lookup& variables = environment_variable);

// `file` is only what errors name; relative paths in the text are taken from its folder.
[[nodiscard]] load_result parse(std::string_view text, const std::string& file,
                                const variable_lookup& variables = environment_variable);

}  // namespace pgfold::config
