#include "analyzer/detect/advice/advice_text.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "analyzer/detect/advice/naming.hpp"
#include "analyzer/detect/advice/orm_wording.hpp"

namespace pgfold::detect::advice {
namespace {

using placeholder = std::pair<std::string_view, std::string>;

// Sentences hold braces of their own (JavaScript, Go), so only known names are replaced.
std::string fill(std::string_view sentence, const std::vector<placeholder>& values) {
    std::string text;
    for (std::size_t i = 0; i < sentence.size();) {
        bool replaced = false;
        for (const auto& [name, value] : values) {
            if (sentence.substr(i, name.size()) != name) continue;
            text += value;
            i += name.size();
            replaced = true;
            break;
        }
        if (!replaced) text += sentence[i++];
    }
    return text;
}

std::string joined(const std::vector<lookup_key>& keys) {
    std::string text;
    for (const lookup_key& key : keys)
        text += (text.empty() ? "" : ", ") + key.column;
    return text;
}

std::string columns_of(const finding& f) {
    std::string text;
    for (const std::string& column : f.parent.columns) {
        text += (text.empty() ? "" : ", ") + column;
    }
    return text;
}

std::string lower_case(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return text;
}

std::string capitalized(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = static_cast<char>(text[0] - 32);
    return text;
}

// Django names the join table of a ManyToManyField "<model>_<field>", and a reverse accessor
// "<model>_set".
std::string django_accessor(const lookup_shape& shape) {
    if (shape.kind == lookup_kind::many_to_many) {
        const std::string& join_table = shape.keys.front().table;
        if (join_table.starts_with(shape.parent_table + "_")) {
            return join_table.substr(shape.parent_table.size() + 1);
        }
    }
    return lower_case(class_name(shape.child_table)) + "_set";
}

std::vector<placeholder> placeholders(const finding& f, const lookup_shape& shape) {
    const std::string key = joined(shape.keys);
    const std::string first_key = shape.keys.empty() ? std::string() : shape.keys.front().column;
    const std::string parent = shape.parent_table.empty() ? "the parent" : shape.parent_table;
    const std::string child = shape.child_table.empty() ? "the table" : shape.child_table;
    std::string feed = columns_of(f);
    if (feed.empty()) feed = "the keys";

    // The association has its name from the foreign key where there is one: author_id -> author.
    // It stands on the parent's side for to_one, on the child's for everything else.
    std::string one = shape.kind == lookup_kind::to_one
                          ? association_of(shape.parent_column, first_key)
                          : association_of(first_key, shape.parent_column);
    if (one.empty()) one = singular(shape.kind == lookup_kind::to_one ? child : parent);
    const std::string many = plural(child);
    return {
        {"{Parent}", class_name(parent)},
        {"{Child}", class_name(child)},
        {"{parent}", parent},
        {"{child}", child},
        {"{oneC}", camel_case(one)},
        {"{One}", class_name(one)},
        {"{one}", one},
        {"{manyC}", camel_case(many)},
        {"{Many}", capitalized(camel_case(many))},
        {"{many}", many},
        {"{keyC}", camel_case(first_key)},
        {"{KEY}", child + "." + first_key},
        {"{Key}", capitalized(camel_case(first_key))},
        {"{key}", key},
        {"{feed}", feed},
        {"{accessor}", django_accessor(shape)},
    };
}

std::string_view sentence_for(const lookup_shape& shape, const orm_wording& words) {
    switch (shape.kind) {
        case lookup_kind::insert:
            return words.insert;
        case lookup_kind::update:
            return words.update;
        case lookup_kind::remove:
            return words.remove;
        default:
            break;
    }
    // Few ORMs load by several columns; SQL is not troubled.
    if (shape.keys.size() > 1) {
        return "Join {child} in the query on {parent} by {key}, or fetch it for all rows at once: "
               "WHERE ({key}) IN (SELECT * FROM unnest($1, $2)).";
    }
    if (shape.parent_table.empty()) {
        if (shape.kind == lookup_kind::aggregate) return words.aggregate;
        return words.by_keys;
    }
    switch (shape.kind) {
        case lookup_kind::to_one:
            return words.to_one;
        case lookup_kind::aggregate:
            return words.aggregate;
        case lookup_kind::latest:
            return words.latest.empty() ? wording_of(orm::unknown).latest : words.latest;
        case lookup_kind::exists:
            return "Ask once for all rows of {parent}: SELECT DISTINCT {key} FROM {child} WHERE "
                   "{key} = "
                   "ANY($1), or EXISTS (…) as a column of the query on {parent}.";
        default:
            return words.to_many;
    }
}

std::string_view duplicate_sentence(orm which) {
    switch (which) {
        case orm::django:
            return "Keep the result: a cached_property, a variable, or django.core.cache for "
                   "longer.";
        case orm::rails:
            return "Keep the result: @value ||= …, a variable, or Rails.cache for longer. Within "
                   "one "
                   "request the query cache answers repeats, unless it is off or the text differs.";
        case orm::hibernate:
            return "Keep the result: load by id, which the session caches, or turn on the "
                   "second-level "
                   "and the query cache.";
        case orm::efcore:
            return "Keep the result: Find() answers from the context; IMemoryCache keeps it for "
                   "longer.";
        default:
            return "Keep the result in a variable for the length of the request, or in a cache "
                   "where it "
                   "changes rarely. If it is polling, LISTEN/NOTIFY spares the questions.";
    }
}

}  // namespace

std::string advise(const finding& f, const lookup_shape& shape, orm which) {
    if (f.kind == finding_class::duplicate) {
        return "The same question with the same values, again and again. " +
               std::string(duplicate_sentence(which));
    }
    std::string text = fill(sentence_for(shape, wording_of(which)), placeholders(f, shape));
    if (!shape.parent_table.empty() && shape.parent_table == shape.child_table &&
        shape.kind == lookup_kind::to_many) {
        text += " For a whole tree of " + shape.child_table +
                ", WITH RECURSIVE fetches every level in one statement.";
    }
    if (shape.kind == lookup_kind::aggregate) {
        text += " In the batched query, " +
                (shape.parent_table.empty() ? "keys" : "rows of " + shape.parent_table) +
                " that have none are missing: take 0 for them.";
    }
    return text;
}

}  // namespace pgfold::detect::advice
