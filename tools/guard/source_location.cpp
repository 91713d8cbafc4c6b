#include "tools/guard/source_location.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace pgfold::guard {
namespace {

namespace fs = std::filesystem;

std::string_view tag(const sql::tag_list& tags, std::string_view name) {
    const auto found =
        std::find_if(tags.begin(), tags.end(), [&](const auto& one) { return one.first == name; });
    return found == tags.end() ? std::string_view() : std::string_view(found->second);
}

unsigned leading_number(std::string_view text) {
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// "app/models/order.rb:12:in `items'", "spec/a_spec.rb[1:2]", "tests/test_a.py::test_b"
source_location split(std::string_view text) {
    source_location place;
    const auto end = text.find_first_of(":[ ");
    place.file = text.substr(0, end);
    if (end != std::string_view::npos && text[end] == ':')
        place.line = leading_number(text.substr(end + 1));
    return place;
}

std::string relative_to_here(const std::string& file) {
    std::error_code failure;
    const fs::path here = fs::current_path(failure);
    if (failure || !fs::path(file).is_absolute()) return file;
    const std::string relative = fs::path(file).lexically_relative(here).string();
    return relative.empty() || relative.starts_with("..") ? file : relative;
}

bool is_file(const std::string& path) {
    std::error_code failure;
    return !path.empty() && fs::is_regular_file(path, failure);
}

}  // namespace

source_location locate(const sql::tag_list& tags, const std::string& label) {
    source_location place;
    if (const auto at = tag(tags, "source_location"); !at.empty()) {
        place = split(at);
    } else if (const auto file = tag(tags, "code.filepath"); !file.empty()) {
        place = {std::string(file), leading_number(tag(tags, "code.lineno"))};
    } else if (const auto named = tag(tags, "file"); !named.empty()) {
        place = {std::string(named), leading_number(tag(tags, "line"))};
    } else if (const auto line = tag(tags, "line"); line.find(':') != std::string_view::npos) {
        place = split(line);
    } else {
        place = split(label);
        // Any text has a beginning: only if it is a file.
        if (!is_file(place.file)) return {};
    }
    place.file = relative_to_here(place.file);
    return place;
}

}  // namespace pgfold::guard
