#include "config/reference.hpp"

#include <span>

#include "config/schema.hpp"

namespace pgfold::config {
namespace {

constexpr const char* head = R"(# Configuration reference

Made from the schema that the loader uses, by `pgfold check --reference`; do not edit. A file with all
keys is [config/examples/full.yaml](../../config/examples/full.yaml), and
[pgfold.schema.json](../../config/pgfold.schema.json) lets editors complete and check: put

```yaml
# yaml-language-server: $schema=https://…/pgfold.schema.json
```

at the top of a file, with the path or URL of your copy (`pgfold check --schema` prints it).

`pgfold check -c FILE` validates. Every key is optional. `${NAME}` and `${NAME:-default}` stand for
environment variables, `${file:PATH}` for the one line of a file, `$${` for `${` itself. Durations
have a unit (ms, s, m, h), sizes too (B, KiB, MiB, GiB). A file that changes is read again by itself,
as at SIGHUP and `POST /api/v1/reload`: it holds at once, for open sessions from when they are idle outside
of a transaction. What only new connections take, or only a restart, is said in the log and in the answer.
A file with an error is refused as a whole, and the settings stay.
)";

// A pipe would end a cell of the table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

std::string default_of(const field_type& type, const void* record) {
    if (std::holds_alternative<record_list_type>(type)) return "none";
    const std::string spelled = spell(type, record);
    return spelled.empty() ? "" : "`" + spelled + "`";
}

std::string row(const std::string& key, const field& entry, const void* defaults) {
    std::string line = "| `" + key + "` | " + cell(expectation(entry.type)) + " | ";
    if (defaults != nullptr) line += cell(default_of(entry.type, defaults)) + " ";
    line += "| " + cell(entry.description);
    if (entry.when == takes_effect::on_restart) line += " **Needs a restart.**";
    return line + " |\n";
}

constexpr const char* table_head =
    "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";

void add_section(const std::string& title, std::span<const field> fields, const std::string& prefix,
                 const void* defaults, std::string& out) {
    out += "\n## " + title + "\n" + table_head;
    for (const field& entry : fields)
        out += row(prefix + std::string(entry.key), entry, defaults);
    for (const field& entry : fields) {
        const auto* list = std::get_if<record_list_type>(&entry.type);
        if (list == nullptr) continue;
        settings scratch;  // an item as it is made, for its defaults
        void* const item = list->append(&scratch);
        add_section("Items of " + prefix + std::string(entry.key), list->fields, "", item, out);
    }
}

}  // namespace

std::string reference() {
    const settings defaults;
    std::string out = head;
    out += std::string("\n## Top level\n") + table_head;
    for (const field& entry : schema()) {
        const auto* section = std::get_if<section_type>(&entry.type);
        if (section == nullptr)
            out += row(std::string(entry.key), entry, &defaults);
        else
            out += "| [`" + std::string(entry.key) + "`](#" + std::string(entry.key) +
                   ") | a mapping | | " + cell(entry.description) + " |\n";
    }
    for (const field& entry : schema()) {
        const std::string key(entry.key);
        if (const auto* section = std::get_if<section_type>(&entry.type)) {
            add_section(key, section->fields, key + ".", &defaults, out);
        } else if (const auto* list = std::get_if<record_list_type>(&entry.type)) {
            settings scratch;
            void* const item = list->append(&scratch);
            add_section("Items of " + key, list->fields, "", item, out);
        }
    }
    return out;
}

}  // namespace pgfold::config
