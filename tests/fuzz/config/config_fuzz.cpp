// The configuration loader, for any file: settings or errors, never both, and settings that can be
// written down and read again.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/difference.hpp"
#include "config/loader.hpp"
#include "config/option.hpp"
#include "config/schema.hpp"

namespace {

using namespace pgfold::config;

void require(bool condition, const char* what, const std::string& detail = {}) {
    if (condition) return;
    std::fprintf(stderr, "%s: %s\n", what, detail.c_str());
    std::abort();
}

// Values that mean something to YAML, of which they must stay ignorant.
std::optional<std::string> variable(const std::string& name) {
    if (name.starts_with("A")) return "x\nthreads: 3\n";
    if (name.starts_with("B")) return "}{[]*&!|>'\"%@`";
    if (name.starts_with("C")) return "${A}";
    if (name.starts_with("D")) return "127.0.0.1:0";
    if (name.starts_with("E")) return "";
    return std::nullopt;
}

// What a setting is spelled as sets it again.
void check_spelling(const field& f, const std::string& path, settings& loaded) {
    std::vector<std::string> spelled;
    if (const auto* list = std::get_if<address_list_type>(&f.type)) {
        spelled = list->value(&loaded);
    } else {
        spelled.push_back(spell(f.type, &loaded));
    }
    settings again;
    const std::string problem = set_option(again, path, spelled);
    require(problem.empty(), path.c_str(), problem);
    require(spell(f.type, &again) == spell(f.type, &loaded), path.c_str(), "is spelled otherwise");
    (void)spell_masked(f.type, &loaded);
}

void check_fields(std::span<const field> fields, const std::string& prefix, settings& loaded) {
    for (const field& f : fields) {
        const std::string path = prefix + std::string(f.key);
        if (const auto* section = std::get_if<section_type>(&f.type)) {
            check_fields(section->fields, path + ".", loaded);
        } else if (!std::holds_alternative<record_list_type>(f.type)) {
            check_spelling(f, path, loaded);
        }
    }
}

void check_errors(const std::vector<load_error>& errors, std::string_view text) {
    int lines = 1;
    for (const char c : text)
        lines += c == '\n' || c == '\r' ? 1 : 0;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const load_error& error = errors[i];
        require(!error.message.empty(), "an error without a word");
        require(error.line >= 0 && error.line <= lines + 1, "a line that is not there",
                error.to_string());
        require(i == 0 || errors[i - 1].line <= error.line, "errors out of order",
                error.to_string());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    load_result result = parse(text, "fuzz.yaml", variable);
    require(result.value.has_value() == result.errors.empty(), "neither settings nor errors");
    check_errors(result.errors, text);
    if (!result.value) return 0;
    const load_result again = parse(text, "fuzz.yaml", variable);
    require(again.value && changes(*result.value, *again.value).empty(), "read otherwise now");
    check_fields(schema(), "", *result.value);
    return 0;
}
