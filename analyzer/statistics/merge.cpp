#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>

#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {
namespace {

struct key_hash {
    std::size_t operator()(const statement_key& key) const {
        const std::hash<std::string> text;
        std::size_t result = key.statement ? key.statement->hash_low : 0;
        for (const std::string* name : {&key.database, &key.user, &key.route}) {
            result = (result ^ text(*name)) * 0x9E37'79B9'7F4A'7C15ULL;
        }
        return result;
    }
};

struct key_equal {
    bool operator()(const statement_key& a, const statement_key& b) const {
        if (!a.statement != !b.statement) return false;
        if (a.statement && (a.statement->hash_low != b.statement->hash_low ||
                            a.statement->hash_high != b.statement->hash_high)) {
            return false;
        }
        return a.database == b.database && a.user == b.user && a.route == b.route;
    }
};

}  // namespace

std::vector<statement_row> merge(const std::vector<const statistics_shard*>& shards) {
    std::vector<statement_row> rows;
    std::unordered_map<statement_key, std::size_t, key_hash, key_equal> index;
    std::vector<statement_row> incoming;  // one shard at a time: a full one is some megabytes
    for (const statistics_shard* shard : shards) {
        incoming.clear();
        shard->merge_into(incoming);
        for (statement_row& row : incoming) {
            const auto [known, is_new] = index.emplace(row.key, rows.size());
            if (is_new) {
                rows.push_back(std::move(row));
                continue;
            }
            statement_row& sum = rows[known->second];
            sum.latency.merge(row.latency);
            sum.rows += row.rows;
            sum.bytes += row.bytes;
            sum.errors += row.errors;
        }
    }
    std::sort(rows.begin(), rows.end(), [](const statement_row& a, const statement_row& b) {
        return a.latency.total_ns() > b.latency.total_ns();
    });
    return rows;
}

std::vector<request_row> merge_requests(const std::vector<const statistics_shard*>& shards) {
    std::vector<request_row> all;
    for (const statistics_shard* shard : shards)
        shard->merge_into(all);
    std::map<std::tuple<std::string, std::string, std::string>, request_row> sums;
    for (request_row& row : all) {
        request_row& sum = sums[{row.database, row.user, row.route}];
        row.requests += sum.requests;
        row.queries += sum.queries;
        sum = std::move(row);
    }
    std::vector<request_row> result;
    for (auto& [names, row] : sums)
        result.push_back(std::move(row));
    return result;
}

}  // namespace pgfold::statistics
