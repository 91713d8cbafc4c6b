// Numbers, durations and paragraphs for reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::report {

[[nodiscard]] std::string with_thousands(std::uint64_t number);  // 12345 -> "12,345"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);       // "9,999 B", "12.3 kB", "1.5 MB"
[[nodiscard]] std::string duration_text(double ms);              // "0.42 ms", "12.3 ms", "1.20 s"
// "1 lookup", "2 lookups"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

// Columns that a UTF-8 text takes, counting each code point as one.
[[nodiscard]] std::size_t columns_of(std::string_view text);

// Lines of at most `width` columns, broken at spaces; all but the first are indented.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

// One line of at most `width` columns: control characters become spaces, the end is cut off with
// "…".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

// A select list longer than `select_list_max` bytes shortened, so that what a statement reads and
// by what can be seen: "SELECT id, name, … FROM employee WHERE …".
[[nodiscard]] std::string elided_query(std::string_view query, std::size_t select_list_max = 80);

}  // namespace pgfold::report
