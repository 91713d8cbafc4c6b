#include "analyzer/detect/name_hint.hpp"

#include <optional>

namespace pgfold::detect {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// "organizationId", "organization_id", "ORGANIZATION_ID" → "organizationid".
std::string fold_name(std::string_view name) {
    std::string folded;
    for (const char c : name) {
        if (c != '_') folded.push_back(lower(c));
    }
    return folded;
}

// A table's name in the singular, as far as English goes.
std::string fold_table(std::string_view name) {
    std::string folded = fold_name(name);
    const auto ends = [&](std::string_view tail) {
        return folded.size() > tail.size() + 1 && folded.ends_with(tail);
    };
    if (ends("ies")) {
        folded.replace(folded.size() - 3, 3, "y");
    } else if (ends("sses") || ends("xes") || ends("ches") || ends("shes")) {
        folded.resize(folded.size() - 2);
    } else if (ends("s") && !ends("ss")) {
        folded.pop_back();
    }
    return folded;
}

// An identifier that ends at `end`, quoted or not; `end` moves to its first character.
std::string_view identifier_before(std::string_view text, std::size_t& end) {
    if (end > 0 && text[end - 1] == '"') {
        const auto open = end < 2 ? std::string_view::npos : text.rfind('"', end - 2);
        if (open == std::string_view::npos) return {};
        const auto name = text.substr(open + 1, end - open - 2);
        end = open;
        return name;
    }
    std::size_t start = end;
    while (start > 0 && is_word(text[start - 1]))
        --start;
    const auto name = text.substr(start, end - start);
    end = start;
    return name;
}

struct qualified_name {
    std::string_view qualifier, column;
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::optional<qualified_name> expression_before(std::string_view text, std::size_t end) {
    while (end > 0 && text[end - 1] == ' ')
        --end;
    qualified_name name;
    name.column = identifier_before(text, end);
    if (name.column.empty()) return std::nullopt;
    if (end > 0 && text[end - 1] == '.') name.qualifier = identifier_before(text, --end);
    return name;
}

// Looks for `expression AS label` where the expression is a plain column.
std::optional<qualified_name> find_aliased(std::string_view text, std::string_view label) {
    for (std::size_t at = text.find(label); at != std::string_view::npos;
         at = text.find(label, at + 1)) {
        std::size_t start = at;
        const std::size_t after = at + label.size();
        const bool quoted =
            start > 0 && text[start - 1] == '"' && after < text.size() && text[after] == '"';
        if (quoted) --start;
        if (!quoted && ((start > 0 && is_word(text[start - 1])) ||
                        (after < text.size() && is_word(text[after])))) {
            continue;
        }
        if (start < 4 || text[start - 1] != ' ' ||
            !equals_ignoring_case(text.substr(start - 3, 2), "as") || text[start - 4] != ' ') {
            continue;
        }
        return expression_before(text, start - 4);
    }
    return std::nullopt;
}

// Looks for `qualifier.label`.
std::string_view find_qualifier(std::string_view text, std::string_view label) {
    for (std::size_t at = text.find(label); at != std::string_view::npos;
         at = text.find(label, at + 1)) {
        std::size_t start = at;
        const std::size_t after = at + label.size();
        if (after < text.size() && is_word(text[after])) continue;
        if (start > 0 && text[start - 1] == '"') --start;
        if (start == 0 || text[start - 1] != '.') continue;
        std::size_t end = start - 1;
        return identifier_before(text, end);
    }
    return {};
}

std::string table_of(const sql::statement_template& statement, std::string_view qualifier) {
    for (const auto& table : statement.tables_read) {
        if (!qualifier.empty() &&
            (table.alias == qualifier || (table.alias.empty() && table.name == qualifier))) {
            return table.name;
        }
    }
    return statement.tables_read.size() == 1 ? statement.tables_read.front().name : std::string();
}

// What both names begin with, up to an underscore: frameworks put the application before each of
// its tables (shop_book, shop_author), but not before the columns that refer to them.
std::size_t shared_prefix(std::string_view a, std::string_view b) {
    std::size_t shared = 0;
    for (std::size_t i = 0; i < a.size() && i < b.size() && lower(a[i]) == lower(b[i]); ++i)
        if (a[i] == '_') shared = i + 1;
    return shared < a.size() && shared < b.size() ? shared : 0;
}

bool is_foreign_key(const std::string& child_table, const std::string& child,
                    const std::string& parent_table, const std::string& column) {
    if (!child_table.empty() && column == child_table + child)
        return true;  // country.code ~ country_code
    return !parent_table.empty() &&
           child == parent_table + column;  // organization_id ~ organization.id
}

}  // namespace

named_column resolve_column(const sql::statement_template& statement, std::string_view label) {
    if (label.empty()) return {};
    const std::string_view text = statement.normalized_text;
    if (const auto name = find_aliased(text, label)) {
        return {table_of(statement, name->qualifier), std::string(name->column)};
    }
    return {table_of(statement, find_qualifier(text, label)), std::string(label)};
}

bool names_agree(std::string_view child_table, std::string_view child_column,
                 const named_column& parent) {
    const std::string child = fold_name(child_column);
    const std::string column = fold_name(parent.column);
    if (child.empty() || column.empty()) return false;
    const std::string table = fold_table(child_table);
    const std::string parent_table = fold_table(parent.table);
    if (child == column) {
        const bool same_table = !table.empty() && table == parent_table;
        // "id" is in every table: it agrees with itself only inside one. A foreign key of the very
        // same table does not lead anywhere.
        return child == "id" ? same_table : !(same_table && child.ends_with("id"));
    }
    if (is_foreign_key(table, child, parent_table, column)) return true;
    const std::size_t prefix = shared_prefix(child_table, parent.table);
    return prefix != 0 &&
           is_foreign_key(fold_table(child_table.substr(prefix)), child,
                          fold_table(std::string_view(parent.table).substr(prefix)), column);
}

}  // namespace pgfold::detect
