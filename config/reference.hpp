// The schema as a page for people: deploy/docs/configuration.md.
#pragma once

#include <string>

namespace pgfold::config {

[[nodiscard]] std::string reference();  // Markdown

}  // namespace pgfold::config
