#include "analyzer/catalog/catalog_builder.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>

#include "analyzer/catalog/harmless_functions.hpp"

namespace pgfold::catalog {
namespace {

// Reads the values of a row; sticky: after one that does not fit, ok() is false.
class row_reader {
public:
    explicit row_reader(std::span<const std::optional<std::string_view>> values)
        : values_(values) {}

    [[nodiscard]] bool ok() const { return ok_; }

    std::optional<std::string_view> optional_text() {
        if (next_ >= values_.size()) {
            ok_ = false;
            return std::nullopt;
        }
        return values_[next_++];
    }
    std::string_view text() {
        const auto value = optional_text();
        if (!value) ok_ = false;
        return value.value_or("");
    }
    template <class Number>
    Number number() {
        return to_number<Number>(text());
    }
    bool boolean() {
        // NULL: a condition that could not be told.
        const auto value = optional_text();
        return value && (*value == "t" || *value == "true");
    }
    char letter() {
        const std::string_view value = text();
        if (value.size() == 1) return value.front();
        ok_ = false;
        return '?';
    }
    // "1 2" of int2vector, "{1,2}" of int2[].
    std::vector<std::int16_t> numbers() {
        std::vector<std::int16_t> result;
        std::string_view value = text();
        while (!value.empty()) {
            const std::size_t begin = value.find_first_not_of("{}, ");
            if (begin == std::string_view::npos) break;
            value.remove_prefix(begin);
            const std::size_t end = std::min(value.find_first_of("{}, "), value.size());
            result.push_back(to_number<std::int16_t>(value.substr(0, end)));
            value.remove_prefix(end);
        }
        return result;
    }

private:
    template <class Number>
    Number to_number(std::string_view digits) {
        Number result = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), result);
        if (error != std::errc() || end != digits.data() + digits.size()) ok_ = false;
        return result;
    }

    std::span<const std::optional<std::string_view>> values_;
    std::size_t next_ = 0;
    bool ok_ = true;
};

relation_kind to_relation_kind(char letter) {
    switch (letter) {
        case 'r':
        case 'p':
        case 'v':
        case 'm':
        case 'f':
        case 'S':
            return static_cast<relation_kind>(letter);
        default:
            return relation_kind::other;
    }
}

// What is not known counts as the worst.
volatility to_volatility(std::string_view letter) {
    if (letter == "i") return volatility::immutable;
    if (letter == "s") return volatility::stable;
    return volatility::volatile_;
}

// An action that is not known counts as one that writes.
referential_action to_action(char letter) {
    switch (letter) {
        case 'a':
        case 'r':
        case 'n':
        case 'd':
            return static_cast<referential_action>(letter);
        default:
            return referential_action::cascade;
    }
}

template <class T>
void add_once(std::vector<T>& list, const T& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

enum class purpose : std::uint8_t { view, policy, write };

struct expression_row {
    oid relation = 0;
    purpose of = purpose::view;
    std::string label;
    oid object = 0;
};

// pg_trigger.tgtype
constexpr unsigned trigger_insert = 1u << 2;
constexpr unsigned trigger_delete = 1u << 3;
constexpr unsigned trigger_update = 1u << 4;
constexpr unsigned trigger_truncate = 1u << 5;

// SQLValueFunctionOp: up to LOCALTIMESTAMP(n) the clock, then who and where.
constexpr oid last_clock_value = 8;

void attach_expression(relation& r, const expression_row& row) {
    expression_facts& facts = row.of == purpose::view ? r.definition : r.policies;
    if (row.label == "relid") {
        // A view's own rows stand in its query as OLD and NEW.
        if (row.of != purpose::write && row.object != r.id) add_once(facts.relations, row.object);
    } else if (row.label == "tsmhandler") {
        facts.samples_rows = true;
    } else if (row.label == "SQLVALUEFUNCTION :op") {
        (row.object <= last_clock_value ? facts.reads_clock : facts.reads_session) = true;
    } else {
        const call made{row.object, row.label == "opfuncid"};
        add_once(row.of == purpose::write ? r.write_calls : facts.calls, made);
    }
}

}  // namespace

// What belongs to relations, kept until all of them are known.
struct catalog_builder::loose_rows {
    struct column_row {
        oid relation;
        column value;
    };
    struct index_row {
        oid relation;
        unique_index value;
    };
    struct trigger_row {
        oid relation;
        trigger value;
    };
    std::vector<std::pair<oid, oid>> inheritance;  // child, parent
    std::vector<expression_row> expressions;
    std::vector<column_row> columns;
    std::vector<index_row> indexes;
    std::vector<trigger_row> triggers;
};

catalog_builder::catalog_builder(catalog_limits limits)
    : limits_(limits), made_(new catalog()), rows_(std::make_unique<loose_rows>()) {}

catalog_builder::~catalog_builder() = default;

bool catalog_builder::add_row(catalog_part part,
                              std::span<const std::optional<std::string_view>> values) {
    if (failed_ || made_ == nullptr) return false;
    failed_ = ++row_count_ > limits_.rows_max || !add(part, values);
    return !failed_;
}

bool catalog_builder::add(catalog_part part,
                          std::span<const std::optional<std::string_view>> values) {
    row_reader row(values);
    switch (part) {
        case catalog_part::schemas: {
            const oid id = row.number<oid>();
            made_->schemas_.emplace(id, row.text());
            break;
        }
        case catalog_part::functions: {
            function f;
            f.id = row.number<oid>();
            f.schema = row.number<oid>();
            f.name = row.text();
            f.stability = to_volatility(row.optional_text().value_or(""));
            f.is_builtin = f.id < first_user_oid;
            f.is_known_harmless = is_harmless_library(row.optional_text().value_or(""));
            f.is_known_harmless |= row.boolean();  // it sets columns to the time
            f.takes_row = row.boolean();
            f.may_do_ddl = row.boolean() && !f.is_known_harmless;
            f.is_aggregate = row.boolean();
            f.returns_set = row.boolean();
            made_->functions_.push_back(std::move(f));
            if (made_->functions_.size() > limits_.functions_max) return false;
            break;
        }
        case catalog_part::relations: {
            relation r;
            r.id = row.number<oid>();
            r.schema = row.number<oid>();
            r.name = row.text();
            r.kind = to_relation_kind(row.letter());
            r.row_security = row.boolean();
            r.rewrites_writes = row.boolean();
            made_->relations_.push_back(std::move(r));
            if (made_->relations_.size() > limits_.relations_max) return false;
            break;
        }
        case catalog_part::inheritance: {
            const oid child = row.number<oid>();
            rows_->inheritance.emplace_back(child, row.number<oid>());
            break;
        }
        case catalog_part::expressions: {
            expression_row e;
            e.relation = row.number<oid>();
            const std::string_view of = row.text();
            e.of = of == "view" ? purpose::view : of == "policy" ? purpose::policy : purpose::write;
            e.label = row.text();
            e.object = row.number<oid>();
            rows_->expressions.push_back(std::move(e));
            break;
        }
        case catalog_part::columns: {
            loose_rows::column_row c;
            c.relation = row.number<oid>();
            c.value.number = row.number<std::int16_t>();
            c.value.name = row.text();
            c.value.type = row.number<oid>();
            c.value.not_null = row.boolean();
            c.value.deterministic = row.boolean();
            c.value.generated = row.boolean();
            rows_->columns.push_back(std::move(c));
            break;
        }
        case catalog_part::unique_indexes: {
            loose_rows::index_row i;
            i.relation = row.number<oid>();
            i.value.primary = row.boolean();
            const auto keys = row.number<std::size_t>();
            i.value.columns = row.numbers();
            // INCLUDE columns follow the key's.
            if (keys == 0 || keys > i.value.columns.size()) return false;
            i.value.columns.resize(keys);
            rows_->indexes.push_back(std::move(i));
            break;
        }
        case catalog_part::foreign_keys: {
            foreign_key k;
            k.from = row.number<oid>();
            k.to = row.number<oid>();
            k.from_columns = row.numbers();
            k.to_columns = row.numbers();
            k.on_delete = to_action(row.letter());
            k.on_update = to_action(row.letter());
            if (k.from_columns.size() != k.to_columns.size()) return false;
            made_->foreign_keys_.push_back(std::move(k));
            break;
        }
        case catalog_part::triggers: {
            loose_rows::trigger_row t;
            t.relation = row.number<oid>();
            t.value.function = row.number<oid>();
            const auto type = row.number<unsigned>();
            t.value.on_insert = (type & trigger_insert) != 0;
            t.value.on_delete = (type & trigger_delete) != 0;
            t.value.on_update = (type & trigger_update) != 0;
            t.value.on_truncate = (type & trigger_truncate) != 0;
            rows_->triggers.push_back(t);
            break;
        }
        case catalog_part::operators: {
            unsteady_operator o;
            o.schema = row.text();
            o.name = row.text();
            o.stability = to_volatility(row.text());
            made_->operators_.push_back(std::move(o));
            break;
        }
        case catalog_part::hidden_calls: {
            hidden_calls& hidden = made_->hidden_;
            const std::string_view where = row.text();
            const std::string_view name = row.text();
            const volatility stability = to_volatility(row.text());
            if (where == "event_trigger") {
                hidden.event_trigger = name;
                break;
            }
            (where == "cast" ? hidden.cast_function : hidden.domain_function) = name;
            if (hidden.stability != volatility::volatile_) hidden.stability = stability;
            break;
        }
        case catalog_part::peculiarities: {
            made_->odd_.nondeterministic_collations = row.boolean();
            made_->odd_.own_equality = row.boolean();
            made_->odd_.hidden_sets = row.boolean();
            break;
        }
        case catalog_part::stamp:
            made_->stamp_ = row.text();
            break;
    }
    return row.ok();
}

void catalog_builder::attach_all() {
    std::vector<relation>& relations = made_->relations_;
    for (std::size_t i = 0; i < relations.size(); ++i) {
        const std::string_view schema = made_->schema_name(relations[i].schema);
        relations[i].is_system = schema == "pg_catalog" || schema == "information_schema";
        made_->relation_places_.emplace(relations[i].id, i);
    }
    const auto find = [&](oid id) -> relation* {
        const auto place = made_->relation_places_.find(id);
        return place != made_->relation_places_.end() ? &relations[place->second] : nullptr;
    };
    for (const auto& [child, parent] : rows_->inheritance) {
        relation* below = find(child);
        relation* above = find(parent);
        if (below == nullptr || above == nullptr) continue;
        below->parents.push_back(parent);
        above->children.push_back(child);
    }
    for (const expression_row& row : rows_->expressions) {
        if (relation* r = find(row.relation)) attach_expression(*r, row);
    }
    for (loose_rows::column_row& row : rows_->columns) {
        relation* r = find(row.relation);
        if (r == nullptr) continue;
        r->has_generated_columns |= row.value.generated;
        r->columns.push_back(std::move(row.value));
    }
    for (loose_rows::index_row& row : rows_->indexes) {
        if (relation* r = find(row.relation)) r->unique_indexes.push_back(std::move(row.value));
    }
    for (const loose_rows::trigger_row& row : rows_->triggers) {
        if (relation* r = find(row.relation)) r->triggers.push_back(row.value);
    }
    for (std::uint32_t i = 0; i < made_->foreign_keys_.size(); ++i) {
        const foreign_key& key = made_->foreign_keys_[i];
        if (relation* from = find(key.from)) from->references.push_back(i);
        if (relation* to = find(key.to)) to->referenced_by.push_back(i);
    }
    for (relation& r : relations)
        std::sort(r.columns.begin(), r.columns.end(),
                  [](const column& a, const column& b) { return a.number < b.number; });
}

catalog_ptr catalog_builder::build() {
    if (failed_ || made_ == nullptr) return nullptr;
    attach_all();
    made_->index();
    rows_.reset();
    return std::exchange(made_, nullptr);
}

}  // namespace pgfold::catalog
