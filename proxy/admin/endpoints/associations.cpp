#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/json_values.hpp"
#include "proxy/admin/query_filter.hpp"
#include "proxy/fold/why_not.hpp"

namespace pgfold::admin {
namespace {

using fold::association;

boost::json::object statement_json(const sql::statement_template& statement) {
    return {{"fingerprint", statement.fingerprint_hex}, {"query", statement.normalized_text}};
}

boost::json::object score_json(const association::score& score) {
    return {{"loops", score.loops},
            {"batches", score.batches},
            {"failures", score.failures},
            {"keys_fetched", score.keys_fetched},
            {"keys_used", score.keys_used},
            {"observed_lookups", score.observed},
            {"observed_round_trips", score.observed},
            {"pace_ms", static_cast<double>(score.pace.count() / 1000) / 1000},
            {"trust", score.trust},
            {"sitting_out", score.sitting_out}};
}

// What each has cost the server.
boost::json::object strategies_json(const fold::strategy_choice::report& report) {
    boost::json::object out;
    for (std::size_t i = 0; i < report.costs.size(); ++i) {
        const auto& cost = report.costs[i];
        if (cost.batches == 0 && cost.failures == 0) continue;
        boost::json::object one;
        one["batches"] = cost.batches;
        one["failures"] = cost.failures;
        if (cost.per_key.count() != 0)
            one["server_us_per_key"] = static_cast<double>(cost.per_key.count()) / 1000;
        if (!cost.last_failure.empty()) one["last_failure"] = cost.last_failure;
        out[fold::to_string(static_cast<fold::batch_strategy>(i))] = std::move(one);
    }
    return out;
}

// Null until a loop has paid off, and PostgreSQL was asked what its lookups look like.
boost::json::value rewrites_json(const fold::child_rewrites_ptr& rewrites) {
    if (!rewrites || !rewrites->is_built) return nullptr;
    const auto refusal = [](const fold::rewrite_result& result) {
        return result.query ? boost::json::value(nullptr) : boost::json::value(result.refusal);
    };
    return boost::json::object{{"any_refused", refusal(rewrites->any)},
                               {"lateral_refused", refusal(rewrites->lateral)},
                               {"keeps_order", rewrites->keeps_order}};
}

std::string why_not(const endpoint_call& call, const association::score& score) {
    if (call.context.settings) {
        switch (call.context.settings()->batch.mode) {
            case config::batch_mode::off:
                return "batch.mode is off";
            case config::batch_mode::observe:
                return "batch.mode is observe: what folding would save is counted, nothing is "
                       "fetched";
            case config::batch_mode::on:
                break;
        }
    }
    return fold::why_sat_out(score);
}

boost::json::object to_json(const endpoint_call& call, const association& known,
                            const association::score& score) {
    boost::json::object parent = statement_json(*known.parent());
    parent["columns"] = to_array(known.column_names());
    const auto strategies = known.strategies().current();
    return {{"database", known.database()},
            {"parent", std::move(parent)},
            {"child", statement_json(*known.child())},
            {"strategy", fold::to_string(strategies.latest)},
            {"strategies", strategies_json(strategies)},
            {"rewrites", rewrites_json(known.rewrites().latest())},
            {"score", score_json(score)},
            {"why_not", text_or_null(why_not(call, score))}};
}

}  // namespace

http_response get_associations(const endpoint_call& call) {
    if (!call.context.associations) return error_response(501, "not available in this process");
    const auto limit = read_limit(call.target);
    if (!limit) return error_response(400, limit_problem);
    const text_filter database(call.target, "database");
    const text_filter fingerprint(call.target, "fingerprint");

    struct scored {
        fold::association_ptr known;
        association::score score;
    };
    std::vector<scored> found;
    for (auto& known : call.context.associations()) {
        if (!database.matches(known->database()) ||
            !fingerprint.matches(known->child()->fingerprint_hex))
            continue;
        const auto score = known->current_score();
        found.push_back({std::move(known), score});
    }
    std::sort(found.begin(), found.end(), [](const scored& a, const scored& b) {
        if (a.score.keys_used != b.score.keys_used) return a.score.keys_used > b.score.keys_used;
        return a.known->child()->fingerprint_hex < b.known->child()->fingerprint_hex;
    });
    boost::json::array list;
    for (const scored& one : found) {
        if (list.size() == *limit) break;
        list.emplace_back(to_json(call, *one.known, one.score));
    }
    return json_response({{"associations", std::move(list)}, {"total", found.size()}});
}

}  // namespace pgfold::admin
