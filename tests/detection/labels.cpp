#include "tests/detection/labels.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace pgfold::detect::testing {
namespace {

// RFC 4180: quotes around fields, doubled inside.
std::vector<std::vector<std::string>> read_csv(std::istream& in) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string field;
    bool quoted = false;
    char c = 0;
    while (in.get(c)) {
        if (quoted) {
            if (c == '"' && in.peek() == '"') {
                field.push_back(static_cast<char>(in.get()));
            } else if (c == '"') {
                quoted = false;
            } else {
                field.push_back(c);
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            row.push_back(std::exchange(field, {}));
        } else if (c == '\n') {
            row.push_back(std::exchange(field, {}));
            rows.push_back(std::exchange(row, {}));
        } else if (c != '\r') {
            field.push_back(c);
        }
    }
    return rows;
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);)
        parts.push_back(part);
    return parts;
}

// "shipment_line.warehouse_no+product_id" names one table and several columns.
std::vector<std::string> split_columns(const std::string& text) {
    std::vector<std::string> columns = split(text, '+');
    for (std::size_t i = 1; i < columns.size(); ++i) {
        if (columns[i].find('.') == std::string::npos)
            columns[i] = columns[0].substr(0, columns[0].find('.') + 1) + columns[i];
    }
    return columns;
}

}  // namespace

std::vector<recording_label> read_labels(const std::filesystem::path& csv) {
    std::ifstream in(csv);
    auto rows = read_csv(in);
    if (rows.empty()) throw std::runtime_error("no labels in " + csv.string());
    std::map<std::string, std::size_t> at;
    for (std::size_t i = 0; i < rows[0].size(); ++i)
        at[rows[0][i]] = i;
    std::vector<recording_label> labels;
    for (std::size_t r = 1; r < rows.size(); ++r) {
        const auto field = [&](const char* name) { return rows[r].at(at.at(name)); };
        if (labels.empty() || labels.back().file != field("file")) {
            labels.push_back(
                {field("client"), field("scenario"), field("label"), field("file"), {}});
        }
        if (labels.back().label == "clean") continue;
        expected_group group;
        group.child_table = field("child_table");
        group.parent_table = field("parent_table");
        group.key_columns = split(field("key_column"), '+');
        group.fed_by = split_columns(field("fed_by"));
        group.repeats = std::stoull(field("repeats"));
        labels.back().groups.push_back(group);
    }
    return labels;
}

}  // namespace pgfold::detect::testing
