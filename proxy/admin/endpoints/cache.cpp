#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <set>

#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/json_body.hpp"
#include "proxy/admin/query_filter.hpp"
#include "proxy/cache/shared/shared_level.hpp"

namespace pgfold::admin {
namespace {

using cache::result_cache;

struct kept_totals {
    std::uint64_t entries = 0, bytes = 0, hits = 0;
};

boost::json::object to_json(const kept_totals& totals) {
    boost::json::object out;
    out["entries"] = totals.entries;
    out["bytes"] = totals.bytes;
    out["hits"] = totals.hits;
    return out;
}

// By table, of what is in memory now. An answer that comes from two tables counts for both.
boost::json::array tables_json(const result_cache& cache) {
    std::map<std::string, kept_totals> tables;
    std::set<const cache::answer_origin*> seen;
    cache.store.visit([&](const cache::cached_answer& answer) {
        const bool is_new = seen.insert(&answer.origin()).second;
        std::set<std::string> names;
        for (const auto& t : answer.origin().statement->tables_read)
            names.insert(t.schema.empty() ? t.name : t.schema + "." + t.name);
        for (const std::string& name : names) {
            kept_totals& one = tables[name];
            ++one.entries;
            one.bytes += answer.size();
            if (is_new) one.hits += answer.origin().hits.load();
        }
    });
    boost::json::array out;
    for (const auto& [name, totals] : tables) {
        boost::json::object one = to_json(totals);
        one["table"] = name;
        out.push_back(std::move(one));
    }
    return out;
}

boost::json::array rules_json(const result_cache& cache) {
    boost::json::array out;
    cache.visit_rules([&](const std::string& name, const cache::rule_totals& totals) {
        const std::uint64_t hits = totals.hits, misses = totals.misses;
        boost::json::object one;
        one["rule"] = name;
        one["hits"] = hits;
        one["misses"] = misses;
        one["stores"] = totals.stores.load();
        one["hit_ratio"] = hits + misses == 0
                               ? 0.0
                               : static_cast<double>(hits) / static_cast<double>(hits + misses);
        out.push_back(std::move(one));
    });
    return out;
}

bool is_enabled(const admin_context& context) {
    if (!context.settings) return false;
    const auto settings = context.settings();
    const config::cache_settings& cache = settings->cache;
    return cache.memory > 0 && (cache.automatic.enabled || !cache.rules.empty());
}

}  // namespace

http_response get_cache(const endpoint_call& call) {
    if (!call.context.cache) return error_response(501, "not available in this process");
    const auto cache = call.context.cache();
    boost::json::object body;
    body["enabled"] = is_enabled(call.context);
    body["entries"] = cache->store.entries();
    body["bytes"] = cache->store.bytes();
    body["hits"] = cache->totals.hits.load();
    body["misses"] = cache->totals.misses.load();
    body["stores"] = cache->totals.stores.load();
    body["evictions"] = cache->totals.evictions.load();
    body["shared_flights"] = cache->totals.shared_flights.load();
    boost::json::object reasons;
    for (std::size_t i = 0; i < cache->totals.invalidations.size(); ++i)
        reasons[cache::to_string(static_cast<cache::invalidation>(i))] =
            cache->totals.invalidations[i].load();
    body["invalidations"] = std::move(reasons);
    boost::json::object bypasses;
    for (std::size_t i = 0; i < cache->totals.bypasses.size(); ++i)
        if (const auto count = cache->totals.bypasses[i].load(); count > 0)
            bypasses[cache::to_string(static_cast<cache::bypass>(i))] = count;
    body["bypasses"] = std::move(bypasses);
    if (const auto level = call.context.shared_cache ? call.context.shared_cache() : nullptr) {
        const cache::shared_totals& there = level->totals();
        boost::json::object shared;
        shared["up"] = level->is_up();
        shared["hits"] = there.hits.load();
        shared["misses"] = there.misses.load();
        shared["stores"] = there.stores.load();
        shared["renewals"] = there.renewals.load();
        body["shared"] = std::move(shared);
    }
    body["rules"] = rules_json(*cache);
    body["tables"] = tables_json(*cache);
    boost::json::array refusals;
    for (const auto& refusal : cache->refusals()) {
        boost::json::object one;
        one["fingerprint"] = refusal.fingerprint;
        one["query"] = refusal.query;
        one["reason"] = refusal.reason;
        refusals.push_back(std::move(one));
    }
    body["not_cached"] = std::move(refusals);
    return json_response(body);
}

http_response post_cache_flush(const endpoint_call& call) {
    if (!call.context.cache) return error_response(501, "not available in this process");
    std::string table, fingerprint;
    for (const auto& [name, value] : call.target.query)
        (name == "table" ? table : fingerprint) = value;
    boost::json::object body;
    body["flushed"] = call.context.cache()->flush(table, fingerprint);
    return json_response(body);
}

}  // namespace pgfold::admin
