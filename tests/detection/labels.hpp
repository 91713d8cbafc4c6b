// labels.csv: what a recording holds. A row per recording and expected group.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pgfold::detect::testing {

struct expected_group {
    std::string child_table, parent_table;
    std::vector<std::string> key_columns;  // several for a composite key
    std::vector<std::string> fed_by;       // "organization.id", one per key
    std::uint64_t repeats = 0;
};

struct recording_label {
    std::string client, scenario, label;  // n_plus_one, suspected, duplicate, write_loop or clean
    std::string file;                     // relative to the folder of labels.csv
    std::vector<expected_group> groups;
};

// By file. Throws std::runtime_error for a file that is not a label file.
[[nodiscard]] std::vector<recording_label> read_labels(const std::filesystem::path& csv);

}  // namespace pgfold::detect::testing
