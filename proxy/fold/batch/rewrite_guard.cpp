#include "proxy/fold/batch/rewrite_guard.hpp"

#include <algorithm>

#include "proxy/fold/batch/integer_type.hpp"
#include "proxy/fold/batch/key_type_name.hpp"
#include "proxy/fold/batch/text_edit.hpp"
#include "proxy/protocol/backend/row_description.hpp"

namespace pgfold::fold {
namespace {

// A number has a type of its own, unlike a string or a parameter, which take what they are compared
// with: `code = 24` is an error where `code = $1` is not.
bool is_number(const batched_child& child, const child_key& key) {
    const std::uint16_t bound = child.statement.bound_parameters;
    if (key.parameter <= bound) return false;
    const std::size_t literal = key.parameter - bound - 1u;
    return literal < child.literals.size() &&
           child.literals[literal].kind == sql::literal_kind::integer;
}

std::string objection_to_key(const batched_child& child, const child_key& key) {
    const auto name = '$' + std::to_string(key.parameter);
    const bool compared =
        std::any_of(child.statement.keys.begin(), child.statement.keys.end(),
                    [&](const sql::key_comparison& k) { return k.parameter == key.parameter; });
    if (!compared) return name + " is not compared with a column";
    if (key_type_name(key.type_oid).empty())
        return name + " is of type " + std::to_string(key.type_oid) +
               ", whose values are not followed";
    if (is_number(child, key) && !is_integer_type(key.type_oid))
        return name + " is written as a number and described as none";
    return {};
}

}  // namespace

std::string objection_to_rewrite(const batched_child& child) {
    const sql::statement_template& statement = child.statement;
    if (!statement.foldable.ok) return "the lookup " + statement.foldable.reason;
    if (!statement.is_read()) return "the lookup is not a plain SELECT";
    if (child.text.size() > rewrite_text_bytes_max) return "the lookup's text is too long";
    if (child.keys.empty()) return "the lookup has no key";
    if (child.keys.size() > rewrite_keys_max) return "the lookup has too many keys";
    for (const child_key& key : child.keys)
        if (std::string why = objection_to_key(child, key); !why.empty()) return why;
    const std::size_t columns = column_count(child.row_description);
    if (columns == 0) return "the lookup has no columns, or they are not known";
    if (columns > rewrite_columns_max) return "the lookup has too many columns";
    return {};
}

std::size_t column_count(std::span<const std::byte> row_description) {
    protocol::row_description_reader fields(row_description);
    std::size_t count = 0;
    while (fields.next())
        ++count;
    return fields.ok() ? count : 0;
}

std::optional<describable> describable_text(const batched_child& child) {
    describable result;
    std::vector<replaced_key> keys;
    std::uint16_t number = child.statement.bound_parameters;
    for (const child_key& key : child.keys) {
        const bool is_bound = key.parameter <= child.statement.bound_parameters;
        result.key_parameters.push_back(is_bound ? key.parameter : ++number);
        if (!is_bound) keys.push_back({key.parameter, '$' + std::to_string(number)});
    }
    auto edited = edit_text(child.text, child.literals, child.statement.bound_parameters,
                            child.settings, keys, 0);
    if (!edited) return std::nullopt;
    result.text = std::move(edited->text);
    return result;
}

}  // namespace pgfold::fold
