#include "analyzer/detect/advice/naming.hpp"

#include <algorithm>
#include <cctype>

namespace pgfold::detect::advice {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}
char upper(char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

// organizationId, OrganizationID and organization_id all become organizationid.
std::string squeezed(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c != '_') text += lower(c);
    }
    return text;
}

std::string words_joined(std::string_view name, bool capital_first) {
    std::string text;
    bool capital = capital_first;
    for (const char c : name) {
        if (c == '_' || c == ' ' || c == '-') {
            capital = !text.empty() || capital_first;
            continue;
        }
        text += capital ? upper(c) : c;
        capital = false;
    }
    return text;
}

bool is_vowel(char c) {
    return std::string_view("aeiou").find(lower(c)) != std::string_view::npos;
}

}  // namespace

std::string singular(std::string_view word) {
    std::string text(word);
    if (text.size() > 4 && text.ends_with("ies")) return text.substr(0, text.size() - 3) + "y";
    for (const std::string_view ending : {"sses", "shes", "ches", "xes"}) {
        if (text.ends_with(ending)) return text.substr(0, text.size() - 2);
    }
    if (text.size() > 2 && text.ends_with('s') && !text.ends_with("ss") && !text.ends_with("us") &&
        !text.ends_with("is")) {
        text.pop_back();
    }
    return text;
}

std::string plural(std::string_view word) {
    std::string text(word);
    if (text.empty()) return text;
    if (singular(text) != text) return text;  // it is one already
    const char last = lower(text.back());
    if (last == 'y' && text.size() > 1 && !is_vowel(text[text.size() - 2])) {
        return text.substr(0, text.size() - 1) + "ies";
    }
    if (last == 's' || last == 'x' || text.ends_with("ch") || text.ends_with("sh")) {
        return text + "es";
    }
    return text + "s";
}

std::string class_name(std::string_view table) {
    return words_joined(singular(table), true);
}

std::string camel_case(std::string_view name) {
    return words_joined(name, false);
}

std::string association_of(std::string_view foreign_key, std::string_view referenced) {
    if (foreign_key.ends_with("_id") || foreign_key.ends_with("_fk")) {
        return std::string(foreign_key.substr(0, foreign_key.size() - 3));
    }
    if (foreign_key.ends_with("Id") || foreign_key.ends_with("ID")) {
        return std::string(foreign_key.substr(0, foreign_key.size() - 2));
    }
    if (!referenced.empty() && foreign_key.size() > referenced.size()) {
        const std::string_view head = foreign_key.substr(0, foreign_key.size() - referenced.size());
        const std::string_view tail = foreign_key.substr(head.size());
        if (squeezed(tail) == squeezed(referenced)) {
            return std::string(head.ends_with('_') ? head.substr(0, head.size() - 1) : head);
        }
    }
    return {};
}

bool is_primary_key_name(std::string_view column, std::string_view table) {
    const std::string name = squeezed(column);
    const std::string owner = squeezed(singular(table));
    return name == "id" || name == "uuid" || name == "guid" || name == "pk" ||
           name == owner + "id" || name == owner + "uuid";
}

bool is_foreign_key_name(std::string_view column, std::string_view table,
                         std::string_view referenced) {
    const std::string name = squeezed(column);
    const std::string key = squeezed(referenced);
    if (name == key || key.empty() || !name.ends_with(key)) return false;
    // "parent_id" refers to an id as well, whatever the table is called.
    return name == squeezed(singular(table)) + key ||
           column.ends_with("_" + std::string(referenced)) ||
           (column.size() > referenced.size() &&
            std::isupper(static_cast<unsigned char>(column[column.size() - referenced.size()])) !=
                0);
}

}  // namespace pgfold::detect::advice
