// The schema as a JSON Schema (draft 7), for editors: completion, descriptions and squiggles while
// a configuration is written. `pgfold check` decides; this knows no files, no combinations of keys
// and no environment.
#pragma once

#include <string>

namespace pgfold::config {

// Indented, ends with a newline.
[[nodiscard]] std::string json_schema();

}  // namespace pgfold::config
