#include "config/difference.hpp"

#include <span>

#include "config/schema.hpp"

namespace pgfold::config {
namespace {

bool equal_records(std::span<const field> fields, const void* a, const void* b) {
    for (const field& key : fields) {
        if (spell(key.type, a) != spell(key.type, b)) return false;
    }
    return true;
}

bool equal_lists(const record_list_type& list, const void* before, const void* after) {
    // The table's accessors are shared with the loader, which writes through them.
    void* const a = const_cast<void*>(before);
    void* const b = const_cast<void*>(after);
    for (std::size_t i = 0;; ++i) {
        const void* const x = list.at(a, i);
        const void* const y = list.at(b, i);
        if (x == nullptr || y == nullptr) return x == y;
        if (!equal_records(list.fields, x, y)) return false;
    }
}

void compare(std::span<const field> fields, const std::string& prefix, const settings& before,
             const settings& after, std::vector<change>& result) {
    for (const field& key : fields) {
        const std::string path = prefix + std::string(key.key);
        if (const auto* section = std::get_if<section_type>(&key.type)) {
            compare(section->fields, path + ".", before, after, result);
            continue;
        }
        const auto* list = std::get_if<record_list_type>(&key.type);
        const bool equal = list ? equal_lists(*list, &before, &after)
                                : spell(key.type, &before) == spell(key.type, &after);
        if (!equal) result.push_back({path, key.when == takes_effect::on_restart});
    }
}

}  // namespace

std::vector<change> changes(const settings& before, const settings& after) {
    std::vector<change> result;
    compare(schema(), "", before, after, result);
    return result;
}

}  // namespace pgfold::config
