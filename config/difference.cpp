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
        if (list.name != nullptr &&
            list.name(const_cast<void*>(x)) != list.name(const_cast<void*>(y)))
            return false;
    }
}

// One function per type, chosen by std::visit.
struct copier {
    void* from;
    void* to;

    template <class Type>
    void operator()(const Type& type) const {
        type.value(to) = type.value(from);
    }
    void operator()(const choice_type& type) const { type.set(to, type.get(from)); }
    // Keys that need a restart are single values or lists of addresses.
    void operator()(const section_type&) const {}
    void operator()(const record_list_type&) const {}
};

void keep(std::span<const field> fields, const std::string& prefix, settings& running,
          settings& loaded, std::vector<std::string>& kept) {
    for (const field& key : fields) {
        const std::string path = prefix + std::string(key.key);
        if (const auto* section = std::get_if<section_type>(&key.type)) {
            keep(section->fields, path + ".", running, loaded, kept);
        } else if (key.when == takes_effect::on_restart &&
                   spell(key.type, &running) != spell(key.type, &loaded)) {
            std::visit(copier{&running, &loaded}, key.type);
            kept.push_back(path);
        }
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

std::vector<std::string> keep_until_restart(const settings& running, settings& loaded) {
    settings copy = running;  // the table's accessors want it mutable
    std::vector<std::string> kept;
    keep(schema(), "", copy, loaded, kept);
    return kept;
}

}  // namespace pgfold::config
