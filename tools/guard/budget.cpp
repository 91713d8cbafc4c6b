#include "tools/guard/budget.hpp"

#include <algorithm>
#include <array>

#include "analyzer/detect/glob.hpp"
#include "config/record_loader.hpp"

namespace pgfold::guard {
namespace {

using config::field;

constexpr std::uint32_t limit_max = no_limit - 1;
constexpr std::size_t rules_max = 10'000;

template <class Record>
field queries_field(std::string_view description) {
    return {"max_queries",
            config::integer_type{[](void* record) -> std::uint32_t& {
                                     return static_cast<Record*>(record)->max_queries;
                                 },
                                 0, limit_max},
            description};
}

template <class Record>
field lookups_field(std::string_view description) {
    return {"max_lookups",
            config::integer_type{[](void* record) -> std::uint32_t& {
                                     return static_cast<Record*>(record)->max_lookups;
                                 },
                                 0, limit_max},
            description};
}

std::span<const field> rule_fields() {
    static const std::array<field, 4> fields = {{
        {"tag", config::text_type{[](void* record) -> std::string& {
             return static_cast<budget_rule*>(record)->tag;
         }},
         "Which tags the rule is about; * and ? match anything."},
        queries_field<budget_rule>("How many queries one of these tags may run."),
        lookups_field<budget_rule>("How many lookups the loops of one of these tags may have."),
        {"reason", config::text_type{[](void* record) -> std::string& {
             return static_cast<budget_rule*>(record)->reason;
         }},
         "Why; shown in reports."},
    }};
    return fields;
}

std::span<const field> file_fields() {
    static const std::array<field, 3> fields = {{
        queries_field<budgets>("How many queries a tag may run that no rule is about."),
        lookups_field<budgets>("How many lookups its loops may have."),
        {"budgets",
         config::record_list_type{
             rule_fields(),
             [](void* record) -> void* {
                 return &static_cast<budgets*>(record)->rules.emplace_back();
             },
             [](void* record, std::size_t index) -> void* {
                 auto& rules = static_cast<budgets*>(record)->rules;
                 return index < rules.size() ? &rules[index] : nullptr;
             },
             [](void* record) { static_cast<budgets*>(record)->rules.clear(); }, rules_max,
             "a budget"},
         "Budgets of tags; the first that matches counts."},
    }};
    return fields;
}

void check_rules(const budgets& values, config::document_reader& reader) {
    for (std::size_t i = 0; i < values.rules.size(); ++i) {
        const std::string path = "budgets[" + std::to_string(i) + "]";
        const auto given = [&](const char* key) {
            return reader.where(path + "." + key).line != 0;
        };
        if (!given("tag")) reader.fail(reader.where(path), "a budget needs a tag");
        if (!given("max_queries") && !given("max_lookups"))
            reader.fail(reader.where(path), "a budget needs max_queries or max_lookups");
    }
}

}  // namespace

budget_result load_budgets(const std::string& file) {
    budget_result result;
    result.errors = config::load_record(
        file, {file_fields(), &result.value,
               [&](config::document_reader& reader) { check_rules(result.value, reader); }});
    return result;
}

budget_rule budget_of(const budgets& all, std::string_view label, bool only) {
    budget_rule result;
    result.tag = label;
    if (!label.empty() || only) {
        result.max_queries = all.max_queries;
        result.max_lookups = all.max_lookups;
    }
    const auto rule = std::find_if(all.rules.begin(), all.rules.end(), [&](const budget_rule& r) {
        return detect::matches_glob(r.tag, label);
    });
    if (rule == all.rules.end()) return result;
    result.reason = rule->reason;
    if (rule->max_queries != no_limit) result.max_queries = rule->max_queries;
    if (rule->max_lookups != no_limit) result.max_lookups = rule->max_lookups;
    return result;
}

}  // namespace pgfold::guard
