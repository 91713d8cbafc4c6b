// A YAML file read into a record by a schema: pgfold's configuration is one, and files that belong
// to it can be others. Every error names file, line, column and, for a key, the nearest known one.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document_reader.hpp"
#include "config/loader.hpp"
#include "config/schema.hpp"

namespace pgfold::config {

struct record_target {
    std::span<const field> fields;
    void* record = nullptr;  // what the fields' accessors take
    std::function<void(document_reader& reader)>
        check;  // what no single key can tell; may be empty
};

// The errors, in file order; with any, the record is of no use.
[[nodiscard]] std::vector<load_error> load_record(
    const std::string& path, const record_target& target,
    const variable_lookup& variables = environment_variable);

[[nodiscard]] std::vector<load_error> parse_record(
    std::string_view text, const std::string& file, const record_target& target,
    const variable_lookup& variables = environment_variable);

}  // namespace pgfold::config
