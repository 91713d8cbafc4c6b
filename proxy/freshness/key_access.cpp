#include "proxy/freshness/key_access.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "analyzer/catalog/text_search.hpp"
#include "analyzer/detect/literal_token.hpp"
#include "analyzer/detect/value_text.hpp"

namespace pgfold::freshness {
namespace {

using catalog::relation;
using sql::statement_kind;

constexpr catalog::oid int8_oid = 20, int2_oid = 21, int4_oid = 23;

bool is_integer(catalog::oid type) {
    return type == int8_oid || type == int2_oid || type == int4_oid;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_word(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// An INSERT's normalized text, from left to right.
class text_cursor {
public:
    explicit text_cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool take(char sign) {
        skip_blanks();
        if (rest_.empty() || rest_.front() != sign) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool take_word(std::string_view expected) {
        const text_cursor before = *this;
        if (const auto found = name(); found && *found == expected && !quoted_) return true;
        *this = before;
        return false;
    }
    // As PostgreSQL folds it.
    [[nodiscard]] std::optional<std::string> name() {
        skip_blanks();
        quoted_ = !rest_.empty() && rest_.front() == '"';
        std::string found;
        if (!quoted_) {
            const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
            std::transform(rest_.begin(), end, std::back_inserter(found), lower);
            rest_.remove_prefix(found.size());
        } else {
            const std::size_t end = rest_.find('"', 1);
            // A doubled quote is part of the name; who has such names goes without.
            if (end == std::string_view::npos || rest_.substr(end).starts_with("\"\""))
                return std::nullopt;
            found = rest_.substr(1, end - 1);
            rest_.remove_prefix(end + 1);
        }
        if (found.empty()) return std::nullopt;
        return found;
    }
    // Up to the comma or parenthesis that ends an item of a list.
    [[nodiscard]] std::optional<std::string_view> item() {
        skip_blanks();
        std::size_t at = 0;
        for (int depth = 0; at < rest_.size(); ++at) {
            const char c = rest_[at];
            if (c == '"' || c == '\'') return std::nullopt;
            if (depth == 0 && (c == ',' || c == ')')) break;
            depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        }
        std::string_view found = rest_.substr(0, at);
        rest_.remove_prefix(at);
        while (!found.empty() && found.back() == ' ')
            found.remove_suffix(1);
        return found;
    }

private:
    void skip_blanks() {
        while (!rest_.empty() && rest_.front() == ' ')
            rest_.remove_prefix(1);
    }

    std::string_view rest_;
    bool quoted_ = false;
};

std::uint16_t parameter_in(std::string_view item) {
    if (item.size() < 2 || item.size() > 6 || item.front() != '$') return 0;
    const auto number = detect::parse_integer(item.substr(1));
    return number && *number > 0 && *number <= 0xffff ? static_cast<std::uint16_t>(*number)
                                                      : std::uint16_t{0};
}

// The names of the columns, in front of VALUES; false: something else stands there.
bool take_columns(text_cursor& text, std::vector<std::string>& columns) {
    if (!text.take_word("insert") || !text.take_word("into") || !text.name()) return false;
    while (text.take('.'))
        if (!text.name()) return false;
    if (text.take_word("as") && !text.name()) return false;
    if (text.take('(')) {
        do {
            auto column = text.name();
            if (!column) return false;
            columns.push_back(std::move(*column));
        } while (text.take(','));
        if (!text.take(')')) return false;
    }
    return text.take_word("values");
}

// The text names `$n` once, by itself or cast once, to an integer: what it is compared with is what
// its bytes say. Of several places the first would decide on its type, which may be float8.
bool is_plain_in(std::string_view text, std::uint16_t parameter) {
    constexpr std::string_view types[] = {"int",  "integer", "bigint", "smallint",
                                          "int2", "int4",    "int8"};
    const std::string sign = "$" + std::to_string(parameter);
    int count = 0;
    for (std::size_t at = text.find(sign); at != text.npos; at = text.find(sign, at + 1)) {
        std::string_view behind = text.substr(at + sign.size());
        if (!behind.empty() && behind.front() >= '0' && behind.front() <= '9') continue;
        if (++count > 1) return false;
        if (!behind.starts_with("::")) continue;
        behind.remove_prefix(2);
        std::string type;
        while (!behind.empty() && is_word(behind.front())) {
            type += lower(behind.front());
            behind.remove_prefix(1);
        }
        if (std::find(std::begin(types), std::end(types), type) == std::end(types) ||
            behind.starts_with("::") || behind.starts_with("(") || behind.starts_with("["))
            return false;
    }
    return count == 1;
}

bool is_key(const sql::key_comparison& key, const sql::table_reference& table,
            const std::string& column, const sql::statement_template& statement) {
    const bool cast_to_integer =
        key.cast.empty() || key.cast == "int2" || key.cast == "int4" || key.cast == "int8";
    // CAST(… AS integer) may hold another cast, which stands anywhere.
    const bool is_spelled_out =
        !key.cast.empty() && catalog::contains_folded(statement.normalized_text, "cast(");
    return key.table == table.name && key.column == column && !key.column_cast && !key.in_join &&
           cast_to_integer && !is_spelled_out &&
           is_plain_in(statement.normalized_text, key.parameter);
}

// Only whole numbers, and only where they are meant as such: float8 rounds, oid has no sign.
std::optional<std::int64_t> value_of(const detect::argument& a) {
    if (a.is_null || (a.type_oid != 0 && !is_integer(a.type_oid))) return std::nullopt;
    switch (a.format) {
        case detect::argument_format::text:
            return detect::parse_integer(a.bytes);
        case detect::argument_format::literal: {
            detect::literal_buffer buffer;
            const auto literal = detect::parse_literal(a.bytes, buffer);
            if (literal.kind != detect::literal_kind::number &&
                literal.kind != detect::literal_kind::string)
                return std::nullopt;
            return detect::parse_integer(literal.bytes);
        }
        case detect::argument_format::binary:
            break;
    }
    const std::size_t size = a.bytes.size();
    if (size != 2 && size != 4 && size != 8) return std::nullopt;
    std::uint64_t value = static_cast<unsigned char>(a.bytes.front()) >= 0x80 ? ~0ULL : 0;
    for (const char c : a.bytes)
        value = (value << 8) | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
}

// Rows of such a table are in no other, and nothing but the statement itself changes them.
bool is_plain_table(const relation& r, bool is_written) {
    return r.kind == catalog::relation_kind::table && r.parents.empty() && r.children.empty() &&
           !r.is_system && (!is_written || (r.triggers.empty() && !r.rewrites_writes));
}

const catalog::column* key_column(const relation& r) {
    for (const catalog::unique_index& index : r.unique_indexes) {
        if (!index.primary || index.columns.size() != 1) continue;
        const catalog::column* column = r.find_column(index.columns.front());
        return column != nullptr && is_integer(column->type) && !column->generated ? column
                                                                                   : nullptr;
    }
    return nullptr;
}

bool refers_to_itself(const relation& r, const catalog::catalog& known) {
    const auto does_nothing = [](catalog::referential_action action) {
        return action == catalog::referential_action::no_action ||
               action == catalog::referential_action::restrict_;
    };
    return std::any_of(r.referenced_by.begin(), r.referenced_by.end(), [&](std::uint32_t place) {
        const catalog::foreign_key& key = known.foreign_keys()[place];
        return key.from == r.id && !(does_nothing(key.on_delete) && does_nothing(key.on_update));
    });
}

// Nothing but one table's own rows is concerned.
bool is_alone(const sql::statement_template& statement) {
    return !statement.facts_incomplete && !statement.has_cte && !statement.has_subquery &&
           !statement.has_set_operation;
}

bool is_write_of_one_table(const sql::statement_template& statement,
                           const catalog::statement_effects& effects) {
    const auto kind = statement.kind;
    return (kind == statement_kind::insert || kind == statement_kind::update ||
            kind == statement_kind::delete_) &&
           !effects.writes_everything && effects.writes.size() == 1 &&
           statement.tables_written.size() == 1 && statement.tables_read.empty();
}

bool is_read_of_one_table(const sql::statement_template& statement,
                          const catalog::statement_effects& effects, const key_rules& rules) {
    if (statement.kind != statement_kind::select || !statement.tables_written.empty() ||
        !effects.reads_known)
        return false;
    if (!rules.one_table) return !statement.tables_read.empty() && !effects.reads.empty();
    return statement.reads_one_table && statement.tables_read.size() == 1 &&
           effects.reads.size() == 1;
}

}  // namespace

std::vector<std::uint16_t> inserted_parameters(std::string_view normalized_text,
                                               std::string_view column, std::size_t place) {
    text_cursor text(normalized_text);
    std::vector<std::string> columns;
    if (!take_columns(text, columns)) return {};
    if (!columns.empty()) {
        const auto found = std::find(columns.begin(), columns.end(), column);
        if (found == columns.end()) return {};  // its default, which may be anything
        place = static_cast<std::size_t>(found - columns.begin());
    }
    std::vector<std::uint16_t> parameters;
    do {
        if (!text.take('(')) return {};
        std::uint16_t parameter = 0;
        std::size_t at = 0;
        do {
            const auto item = text.item();
            if (!item) return {};
            if (at++ == place) parameter = parameter_in(*item);
        } while (text.take(','));
        if (parameter == 0 || !text.take(')')) return {};
        parameters.push_back(parameter);
    } while (text.take(','));
    return parameters;
}

std::optional<key_access> key_access_of(database_versions& database,
                                        const sql::statement_template& statement,
                                        const catalog::catalog& known,
                                        const catalog::search_path* path,
                                        const catalog::statement_effects& effects) {
    const key_rules& rules = database.rules().keys;
    const bool writes = is_write_of_one_table(statement, effects);
    const bool reads = !writes && is_read_of_one_table(statement, effects, rules);
    if (!writes && !reads) return std::nullopt;
    if (rules.one_table && !is_alone(statement)) return std::nullopt;
    const sql::table_reference& named =
        writes ? statement.tables_written.front() : statement.tables_read.front();
    // The table itself, and not a view of it.
    const auto found = known.resolve(named.schema, named.name, path);
    if (found.size() != 1) return std::nullopt;
    const relation& r = *found.front();
    if (rules.one_table && r.id != (writes ? effects.writes : effects.reads).front())
        return std::nullopt;
    if (!is_plain_table(r, writes)) return std::nullopt;
    const catalog::column* column = key_column(r);
    if (column == nullptr) return std::nullopt;

    key_access access;
    if (statement.kind == statement_kind::insert) {
        if (rules.no_conflict && statement.updates_on_conflict) return std::nullopt;
        const auto place = static_cast<std::size_t>(column - r.columns.data());
        access.parameters = inserted_parameters(statement.normalized_text, column->name, place);
        if (!rules.every_row && !access.parameters.empty()) access.parameters.resize(1);
        for (const std::uint16_t parameter : access.parameters)
            if (!is_plain_in(statement.normalized_text, parameter)) return std::nullopt;
    } else {
        const auto sets_it = std::find(statement.columns_set.begin(), statement.columns_set.end(),
                                       column->name) != statement.columns_set.end();
        if (writes && rules.unchanged_key && sets_it) return std::nullopt;
        if (writes && rules.self_reference && refers_to_itself(r, known)) return std::nullopt;
        const auto key = std::find_if(
            statement.keys.begin(), statement.keys.end(),
            [&](const auto& one) { return is_key(one, named, column->name, statement); });
        if (key == statement.keys.end()) return std::nullopt;
        access.parameters = {key->parameter};
    }
    if (access.parameters.empty()) return std::nullopt;
    access.table = &database.table(r.id);
    access.keys = database.keys_of(r.id);
    if (access.keys == nullptr) return std::nullopt;
    return access;
}

std::vector<std::uint32_t> places_of(const key_access& access,
                                     std::span<const detect::argument> arguments) {
    std::vector<std::uint32_t> places;
    for (const std::uint16_t parameter : access.parameters) {
        if (parameter > arguments.size()) return {};
        const auto value = value_of(arguments[parameter - 1]);
        if (!value) return {};
        const std::uint64_t mixed = static_cast<std::uint64_t>(*value) * 0x9e3779b97f4a7c15ULL;
        places.push_back(static_cast<std::uint32_t>(mixed >> 32) % table_keys::places_count);
    }
    return places;
}

}  // namespace pgfold::freshness
