#include "proxy/fold/association_store.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "analyzer/sql/sql_lexer.hpp"

namespace pgfold::fold {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "pgfold associations";
constexpr std::int64_t format_version = 1;
// As the first line has it: by this a damaged file is known as one of ours.
constexpr std::string_view head = R"({"format":"pgfold associations","version":1,"associations":[)";
constexpr std::string_view tail = "]}\n";

json::object to_json(const sql::statement_template& statement) {
    return {{"query", statement.normalized_text},
            {"bound_parameters", statement.bound_parameters},
            {"fingerprint", statement.fingerprint_hex}};
}

constexpr batch_strategy strategies[] = {batch_strategy::pipeline, batch_strategy::any,
                                         batch_strategy::lateral};
static_assert(std::size(strategies) == static_cast<std::size_t>(batch_strategy::count_));

json::object to_json(const strategy_choice::standing& now) {
    json::object all;
    for (const batch_strategy strategy : strategies) {
        const auto& one = now.each[static_cast<std::size_t>(strategy)];
        all[to_string(strategy)] = {{"batches", one.batches},
                                    {"per_key_ns", one.per_key.count()},
                                    {"rests_for", one.rests_for},
                                    {"setbacks", one.setbacks},
                                    {"tried_with", one.tried_with}};
    }
    all["in_force"] = to_string(now.in_force);
    return all;
}

strategy_choice::standing read_strategies(const json::object& all) {
    strategy_choice::standing before;
    for (const batch_strategy strategy : strategies) {
        const json::object& written = all.at(to_string(strategy)).as_object();
        auto& one = before.each[static_cast<std::size_t>(strategy)];
        one.batches = json::value_to<std::uint64_t>(written.at("batches"));
        one.per_key =
            std::chrono::nanoseconds(json::value_to<std::int64_t>(written.at("per_key_ns")));
        one.rests_for = json::value_to<std::uint64_t>(written.at("rests_for"));
        one.setbacks = json::value_to<std::uint32_t>(written.at("setbacks"));
        one.tried_with = json::value_to<std::size_t>(written.at("tried_with"));
        if (all.at("in_force").as_string() == to_string(strategy)) before.in_force = strategy;
    }
    return before;
}

// Empty where it cannot be written.
std::string to_line(const association& one) {
    const auto& comparisons = one.child()->keys;
    const key_feed& feed = one.feed();
    json::array keys;
    for (std::size_t i = 0; i < feed.columns.size; ++i) {
        json::object key{{"column", feed.columns.columns[i]}};
        if (i < one.column_names().size()) key["name"] = one.column_names()[i];
        if (feed.keys[i] >= comparisons.size()) return {};
        key["comparison"] = feed.keys[i];
        key["compared_with"] = comparisons[feed.keys[i]].column;
        keys.push_back(std::move(key));
    }
    const association::standing now = one.current_standing();
    const json::object line{{"database", one.database()},
                            {"parent", to_json(*one.parent())},
                            {"child", to_json(*one.child())},
                            {"keys", std::move(keys)},
                            {"trust", now.trust},
                            {"bad_in_a_row", now.bad_in_a_row},
                            {"sitting_out", now.sitting_out},
                            {"pace_ns", now.pace.count()},
                            {"cost_ns", now.cost.count()},
                            {"strategies", to_json(one.strategies().current_standing())}};
    std::string text = json::serialize(line);
    // Texts come from clients in whatever encoding they speak.
    boost::system::error_code failure;
    (void)json::parse(text, failure);
    return failure ? std::string() : text;
}

// A text that has this template: with literals where it had some. A string stands wherever a
// constant may.
std::optional<std::string> sample_text(const std::string& normalized, std::uint64_t bound) {
    const sql::sql_lexer lexer;
    std::vector<sql::token> tokens;
    if (lexer.tokenize(normalized, {}, tokens) != sql::lex_status::ok) return std::nullopt;
    std::string text;
    std::size_t copied = 0;
    for (const sql::token& token : tokens) {
        if (token.kind != sql::token_kind::parameter) continue;
        const auto number = std::strtoull(normalized.c_str() + token.offset + 1, nullptr, 10);
        if (number <= bound) continue;
        text.append(normalized, copied, token.offset - copied);
        text += "'0'";
        copied = std::size_t{token.offset} + token.length;
    }
    text.append(normalized, copied);
    return text;
}

// Null where the text is no longer that template: written by another release, or by hand.
sql::template_ptr find_template(const json::object& written, sql::statement_analyzer& analyzer) {
    const std::string query(written.at("query").as_string());
    const auto bound = json::value_to<std::uint16_t>(written.at("bound_parameters"));
    const auto text = sample_text(query, bound);
    if (!text) return nullptr;
    sql::template_ptr found = analyzer.analyze(*text).statement;
    const bool same = found != nullptr && found->normalized_text == query &&
                      found->bound_parameters == bound &&
                      found->fingerprint_hex == written.at("fingerprint").as_string();
    return same ? found : nullptr;
}

std::optional<key_feed> read_feed(const json::array& keys, const sql::statement_template& child) {
    if (keys.empty() || keys.size() > detect::column_tuple::columns_max) return std::nullopt;
    key_feed feed;
    for (const json::value& key : keys) {
        const auto comparison = json::value_to<std::uint8_t>(key.at("comparison"));
        if (comparison >= child.keys.size()) return std::nullopt;
        feed.columns.columns[feed.columns.size] = json::value_to<std::uint16_t>(key.at("column"));
        feed.keys[feed.columns.size++] = comparison;
    }
    return feed;
}

bool restore_one(const json::object& line, association_table& table,
                 sql::statement_analyzer& analyzer) {
    const sql::template_ptr parent = find_template(line.at("parent").as_object(), analyzer);
    const sql::template_ptr child = find_template(line.at("child").as_object(), analyzer);
    if (!parent || !child || !child->foldable.ok) return false;
    const json::array& keys = line.at("keys").as_array();
    const auto feed = read_feed(keys, *child);
    if (!feed) return false;
    std::vector<std::string> names;
    for (const json::value& key : keys)
        if (const json::value* name = key.as_object().if_contains("name"))
            names.emplace_back(name->as_string());
    const auto nanoseconds = [&line](std::string_view name) {
        return std::chrono::nanoseconds(json::value_to<std::int64_t>(line.at(name)));
    };
    const association::standing before{json::value_to<std::uint32_t>(line.at("trust")),
                                       json::value_to<std::uint32_t>(line.at("bad_in_a_row")),
                                       json::value_to<std::uint32_t>(line.at("sitting_out")),
                                       nanoseconds("pace_ns"), nanoseconds("cost_ns")};
    // Not there in what earlier releases have written.
    const json::value* const written = line.if_contains("strategies");
    const auto strategies_before =
        written != nullptr ? read_strategies(written->as_object()) : strategy_choice::standing();
    const association_ptr known = table.learn(std::string(line.at("database").as_string()), parent,
                                              child, *feed, std::move(names));
    if (!known) return false;
    known->restore(before);
    known->strategies().restore(strategies_before);
    return true;
}

}  // namespace

std::string associations_to_text(const association_table& table) {
    std::vector<association_ptr> all = table.all();
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a->current_standing().trust > b->current_standing().trust;
    });
    std::vector<std::string> lines;
    std::size_t bytes = head.size() + tail.size();
    for (const association_ptr& one : all) {
        std::string line = to_line(*one);
        if (line.empty() || bytes + line.size() + 2 > association_text_bytes_max) continue;
        bytes += line.size() + 2;
        lines.push_back(std::move(line));
    }
    std::string text(head);
    text.reserve(bytes);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += i == 0 ? "\n" : ",\n";
        text += lines[i];
    }
    if (!lines.empty()) text += '\n';
    return text += tail;
}

std::uint64_t revision_of(const association_table& table) {
    std::uint64_t revision = 0;
    for (const association_ptr& one : table.all()) {
        const association::score now = one->current_score();
        revision += 1 + now.loops + now.failures;
    }
    return revision;
}

restored restore_associations(std::string_view text, association_table& table,
                              std::shared_ptr<sql::template_table> templates) {
    restored result;
    const auto refuse = [&](restore_status status, std::string problem) {
        result.status = status;
        result.problem = std::move(problem);
        return result;
    };
    boost::system::error_code failure;
    const json::value whole = json::parse(text, failure);
    if (failure) {
        if (text.starts_with(head)) return refuse(restore_status::damaged, failure.message());
        return refuse(restore_status::foreign, "it is no list of associations");
    }
    const json::object* const object = whole.if_object();
    const json::value* const format = object != nullptr ? object->if_contains("format") : nullptr;
    if (format == nullptr || !format->is_string() || format->get_string() != format_name)
        return refuse(restore_status::foreign, "it is no list of associations");
    const json::value* const version = object->if_contains("version");
    if (version == nullptr || !version->is_int64() || version->get_int64() != format_version)
        return refuse(restore_status::foreign, "it is of another version of pgfold");
    const json::value* const list = object->if_contains("associations");
    if (list == nullptr || !list->is_array())
        return refuse(restore_status::damaged, "it has no associations");
    sql::statement_analyzer analyzer(std::move(templates));
    for (const json::value& line : list->get_array()) {
        bool done = false;
        try {
            done = restore_one(line.as_object(), table, analyzer);
        } catch (const std::exception&) {
            // Something is missing or of another type: written by hand.
        }
        ++(done ? result.associations : result.left_out);
    }
    return result;
}

}  // namespace pgfold::fold
