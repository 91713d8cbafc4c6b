// What to change in the program, in the words of its ORM.
#pragma once

#include <string>

#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/detect/advice/orm_style.hpp"
#include "analyzer/detect/finding.hpp"

namespace pgfold::detect::advice {

[[nodiscard]] std::string advise(const finding& f, const lookup_shape& shape, orm which);

}  // namespace pgfold::detect::advice
