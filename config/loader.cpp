#include "config/loader.hpp"

#include <cstdlib>
#include <utility>

#include "config/cross_checks.hpp"
#include "config/record_loader.hpp"

namespace pgfold::config {
namespace {

record_target target_of(settings& values, std::vector<std::string>& files) {
    return {schema(), &values, [&](document_reader& reader) {
                files.insert(files.end(), reader.files().begin(), reader.files().end());
                check_combinations(values, reader);
            }};
}

load_result result_of(settings values, std::vector<load_error> errors,
                      std::vector<std::string> files) {
    load_result result;
    result.errors = std::move(errors);
    result.files = std::move(files);
    if (result.errors.empty()) result.value = std::move(values);
    return result;
}

}  // namespace

std::string load_error::to_string() const {
    if (line == 0) return file + ": " + message;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

load_result load(const std::string& path, const variable_lookup& variables) {
    settings values;
    std::vector<std::string> files{path};
    std::vector<load_error> errors = load_record(path, target_of(values, files), variables);
    return result_of(std::move(values), std::move(errors), std::move(files));
}

load_result parse(std::string_view text, const std::string& file,
                  const variable_lookup& variables) {
    settings values;
    std::vector<std::string> files{file};
    std::vector<load_error> errors = parse_record(text, file, target_of(values, files), variables);
    return result_of(std::move(values), std::move(errors), std::move(files));
}

}  // namespace pgfold::config
