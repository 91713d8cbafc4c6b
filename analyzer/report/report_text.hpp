// Findings and statements as text for people, ranked as they are given.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "analyzer/detect/finding.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::report {

struct text_options {
    bool color = false;
    std::size_t width = 100;  // columns
};

// A finding and what to do about it, as a numbered paragraph.
[[nodiscard]] std::string to_text(const detect::finding& finding, std::size_t number,
                                  const text_options& options);

// A table of the first `rows_max` statements.
[[nodiscard]] std::string to_text(std::span<const statistics::statement_row> rows,
                                  std::size_t rows_max, const text_options& options);

}  // namespace pgfold::report
