#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <unordered_map>

#include "analyzer/report/report_json.hpp"
#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/query_filter.hpp"

namespace pgfold::admin {
namespace {

using statistics::statement_row;

struct sort_order {
    std::string_view name;
    std::uint64_t (*value)(const statement_row& row);
};

constexpr std::array<sort_order, 10> sort_orders = {{
    {"total", [](const statement_row& row) { return row.latency.total_ns(); }},
    {"mean",
     [](const statement_row& row) {
         return row.latency.total_ns() / std::max<std::uint64_t>(row.latency.count(), 1);
     }},
    {"p50", [](const statement_row& row) { return row.latency.quantile_ns(0.50); }},
    {"p95", [](const statement_row& row) { return row.latency.quantile_ns(0.95); }},
    {"p99", [](const statement_row& row) { return row.latency.quantile_ns(0.99); }},
    {"max", [](const statement_row& row) { return row.latency.max_ns(); }},
    {"calls", [](const statement_row& row) { return row.latency.count(); }},
    {"rows", [](const statement_row& row) { return row.rows; }},
    {"bytes", [](const statement_row& row) { return row.bytes; }},
    {"errors", [](const statement_row& row) { return row.errors; }},
}};

const sort_order* find_order(std::string_view name) {
    if (name.empty()) return &sort_orders.front();
    const auto found = std::find_if(sort_orders.begin(), sort_orders.end(),
                                    [&](const sort_order& order) { return order.name == name; });
    return found == sort_orders.end() ? nullptr : &*found;
}

// A name that the merged rows do not share is left empty.
void keep_if_equal(std::string& name, const std::string& other) {
    if (name != other) name.clear();
}

std::vector<statement_row> grouped_by_template(std::vector<statement_row> rows) {
    std::vector<statement_row> result;
    // By text, which is one to one with templates; a text parsed anew is another object.
    std::unordered_map<std::string_view, std::size_t> index;
    for (statement_row& row : rows) {
        const std::string_view text =
            row.key.statement ? std::string_view(row.key.statement->normalized_text) : "";
        const auto [known, is_new] = index.emplace(text, result.size());
        if (is_new) {
            result.push_back(std::move(row));
            continue;
        }
        statement_row& sum = result[known->second];
        sum.latency.merge(row.latency);
        sum.rows += row.rows;
        sum.bytes += row.bytes;
        sum.errors += row.errors;
        keep_if_equal(sum.key.database, row.key.database);
        keep_if_equal(sum.key.user, row.key.user);
        keep_if_equal(sum.key.route, row.key.route);
    }
    return result;
}

std::vector<statement_row> matching(const request_target& target, std::vector<statement_row> rows) {
    const text_filter database(target, "database");
    const text_filter user(target, "user");
    const text_filter route(target, "route");
    const text_filter fingerprint(target, "fingerprint");
    std::erase_if(rows, [&](const statement_row& row) {
        const std::string_view id =
            row.key.statement ? std::string_view(row.key.statement->fingerprint_hex) : "other";
        return !database.matches(row.key.database) || !user.matches(row.key.user) ||
               !route.matches(row.key.route) || !fingerprint.matches(id);
    });
    return rows;
}

}  // namespace

http_response get_statements(const endpoint_call& call) {
    const auto limit = read_limit(call.target);
    if (!limit) return error_response(400, limit_problem);
    const sort_order* const order = find_order(call.target.parameter("sort"));
    if (order == nullptr) {
        return error_response(400,
                              "sort must be one of total, mean, p50, p95, p99, max, calls, rows, "
                              "bytes, errors");
    }
    const std::string_view group = call.target.parameter("group");
    if (!group.empty() && group != "template" && group != "none") {
        return error_response(400, "group must be template or none");
    }
    std::vector<statement_row> rows =
        matching(call.target, statistics::merge(call.context.statistics));
    if (group != "none") rows = grouped_by_template(std::move(rows));

    // Values first: a quantile is a walk over the histogram, not to be done in every comparison.
    std::vector<std::pair<std::uint64_t, std::size_t>> ranking;
    ranking.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        ranking.emplace_back(order->value(rows[i]), i);
    std::stable_sort(ranking.begin(), ranking.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    boost::json::array list;
    for (const auto& [value, index] : ranking) {
        if (list.size() == *limit) break;
        list.emplace_back(report::to_json(rows[index]));
    }
    boost::json::object body;
    body["statements"] = std::move(list);
    body["total"] = rows.size();
    return json_response(body);
}

}  // namespace pgfold::admin
