#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>

#include "analyzer/statistics/row_table.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {
namespace {

sql::template_ptr make_template(std::uint64_t number) {
    auto result = std::make_shared<sql::statement_template>();
    result->hash_low = number * 0x9E37'79B9'7F4A'7C15ULL;
    result->hash_high = number;
    result->normalized_text = "SELECT " + std::to_string(number);
    return result;
}

std::uint64_t total_calls(const std::vector<statement_row>& rows) {
    return std::accumulate(
        rows.begin(), rows.end(), std::uint64_t{0},
        [](std::uint64_t sum, const statement_row& row) { return sum + row.latency.count(); });
}

const statement_row* find(const std::vector<statement_row>& rows,
                          const sql::template_ptr& statement, const std::string& route = "") {
    for (const statement_row& row : rows) {
        if (!row.key.statement != !statement) continue;
        if (statement && row.key.statement->hash_high != statement->hash_high) continue;
        if (row.key.route == route) return &row;
    }
    return nullptr;
}

TEST(statistics_shard, requests_and_their_queries_are_counted_by_triple) {
    statistics_shard one, other;
    const auto a = make_template(1);
    for (statistics_shard* shard : {&one, &other}) {
        const auto orders = shard->dimension("shop", "web", "/orders");
        shard->count_request(orders);
        for (int i = 0; i < 3; ++i)
            shard->record(a, orders, 1000, 1, 1, false);
        shard->record(a, shard->dimension("shop", "web", ""), 1000, 1, 1, false);
    }
    const auto rows = merge_requests({&one, &other});
    ASSERT_EQ(rows.size(), 1u) << "only what names its requests";
    EXPECT_EQ(rows[0].route, "/orders");
    EXPECT_EQ(rows[0].requests, 2u);
    EXPECT_EQ(rows[0].queries, 6u);
}

TEST(statistics_shard, sums_what_was_recorded_by_template_and_dimension) {
    statistics_shard shard;
    const auto a = make_template(1), b = make_template(2);
    const auto where = shard.dimension("shop", "web", "");
    const auto route = shard.dimension("shop", "web", "/orders");
    EXPECT_EQ(shard.dimension("shop", "web", ""), where);
    EXPECT_NE(where, route);
    shard.record(a, where, 1000, 3, 100, false);
    shard.record(a, where, 3000, 4, 200, true);
    shard.record(a, route, 50'000, 0, 0, false);
    shard.record(b, where, 10, 1, 1, false);

    const auto rows = merge({&shard});
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].key.route, "/orders") << "largest total time first";
    EXPECT_EQ(rows[1].key.statement, a);
    EXPECT_EQ(rows[1].key.database, "shop");
    EXPECT_EQ(rows[1].key.user, "web");
    EXPECT_EQ(rows[1].latency.count(), 2u);
    EXPECT_EQ(rows[1].latency.total_ns(), 4000u);
    EXPECT_EQ(rows[1].latency.max_ns(), 3000u);
    EXPECT_EQ(rows[1].rows, 7u);
    EXPECT_EQ(rows[1].bytes, 300u);
    EXPECT_EQ(rows[1].errors, 1u);
    EXPECT_EQ(rows[2].key.statement, b);
}

TEST(statistics_shard, the_same_text_parsed_anew_is_the_same_row) {
    statistics_shard shard;
    const auto where = shard.dimension("d", "u", "");
    shard.record(make_template(1), where, 10, 0, 0, false);
    shard.record(make_template(1), where, 10, 0, 0, false);
    const auto rows = merge({&shard});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].latency.count(), 2u);
}

TEST(statistics_shard, equal_keys_of_several_shards_become_one_row) {
    statistics_shard one, two;
    // Ids differ between shards; names decide.
    (void)two.dimension("elsewhere", "x", "y");
    const auto statement = make_template(1);
    one.record(statement, one.dimension("d", "u", "r"), 10, 1, 2, false);
    two.record(make_template(1), two.dimension("d", "u", "r"), 30, 1, 2, true);
    const auto rows = merge({&one, &two});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].latency.count(), 2u);
    EXPECT_EQ(rows[0].latency.total_ns(), 40u);
    EXPECT_EQ(rows[0].rows, 2u);
    EXPECT_EQ(rows[0].bytes, 4u);
    EXPECT_EQ(rows[0].errors, 1u);
}

TEST(statistics_shard, a_flood_of_templates_is_bounded_and_nothing_is_lost) {
    constexpr std::size_t bound = 100;
    statistics_shard shard(bound);
    const auto where = shard.dimension("d", "u", "");
    for (std::uint64_t i = 0; i < 5'000; ++i)
        shard.record(make_template(i), where, 10, 1, 2, false);
    const auto rows = merge({&shard});
    EXPECT_LE(rows.size(), bound + 1);
    EXPECT_EQ(total_calls(rows), 5'000u);
    const statement_row* const other = find(rows, nullptr);
    ASSERT_NE(other, nullptr);
    EXPECT_EQ(other->latency.count(), 5'000 - bound);
    EXPECT_EQ(other->rows, 5'000 - bound);
    EXPECT_EQ(other->bytes, 2 * (5'000 - bound));
}

TEST(statistics_shard, a_flood_does_not_push_out_what_is_in_use) {
    constexpr std::size_t bound = 100;
    statistics_shard shard(bound);
    const auto where = shard.dimension("d", "u", "");
    const auto hot = make_template(1'000'000);
    for (std::uint64_t i = 0; i < 5'000; ++i) {
        shard.record(make_template(i), where, 10, 0, 0, false);
        shard.record(hot, where, 10, 0, 0, false);
    }
    const auto rows = merge({&shard});
    const statement_row* const kept = find(rows, hot);
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->latency.count(), 5'000u) << "never evicted, not even for a moment";
    EXPECT_EQ(total_calls(rows), 10'000u);
}

TEST(statistics_shard, statements_without_a_template_count_as_other) {
    statistics_shard shard;
    shard.record(nullptr, shard.dimension("d", "u", ""), 10, 1, 1, true);
    const auto rows = merge({&shard});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].key.statement, nullptr);
    EXPECT_EQ(rows[0].errors, 1u);
}

TEST(statistics_shard, too_many_routes_lose_the_route_and_then_the_names) {
    statistics_shard shard(1000, 10);
    const auto statement = make_template(1);
    for (int i = 0; i < 100; ++i) {
        shard.record(statement, shard.dimension("d", "u", "/" + std::to_string(i)), 10, 0, 0,
                     false);
    }
    for (int i = 0; i < 100; ++i) {
        shard.record(statement, shard.dimension("d" + std::to_string(i), "u", ""), 10, 0, 0, false);
    }
    const auto rows = merge({&shard});
    EXPECT_LE(rows.size(), 12u);
    EXPECT_EQ(total_calls(rows), 200u);
    const auto without_route =
        std::count_if(rows.begin(), rows.end(), [](const statement_row& row) {
            return row.key.database == "d" && row.key.route.empty() && row.latency.count() == 91;
        });
    EXPECT_EQ(without_route, 1);
}

TEST(statistics_shard, long_names_are_cut_between_characters) {
    statistics_shard shard;
    const std::string route(255, 'x');
    shard.record(make_template(1), shard.dimension("d", "u", route + "ä" + route), 1, 0, 0, false);
    const auto rows = merge({&shard});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].key.route, route);
}

// Readers merge while every shard's owner records and evicts: nothing is counted twice at any
// moment, and in the end nothing is missing. ThreadSanitizer looks on in the tsan preset.
TEST(statistics_shard, merging_while_recording_never_counts_twice) {
    constexpr int shards_count = 3;
    constexpr std::uint64_t records = 30'000;
    std::vector<std::unique_ptr<statistics_shard>> shards;
    std::vector<const statistics_shard*> views;
    for (int i = 0; i < shards_count; ++i) {
        shards.push_back(std::make_unique<statistics_shard>(200));
        views.push_back(shards.back().get());
    }
    std::atomic<std::uint64_t> recorded{0};
    std::atomic<int> running{shards_count};
    std::vector<std::thread> owners;
    for (const auto& shard : shards) {
        owners.emplace_back([&recorded, &running, &shard = *shard] {
            for (std::uint64_t i = 0; i < records; ++i) {
                const std::uint64_t number = i % 2 == 0 ? i % 50 : i;
                const auto where = shard.dimension("d", "u", number % 3 == 0 ? "/a" : "/b");
                recorded.fetch_add(1);  // before: a reader may see at most what was begun
                shard.record(make_template(number), where, i, 1, 1, false);
            }
            running.fetch_sub(1);
        });
    }
    do {
        const auto rows = merge(views);
        EXPECT_LE(total_calls(rows), recorded.load());
    } while (running.load() != 0);
    for (std::thread& owner : owners)
        owner.join();
    EXPECT_EQ(total_calls(merge(views)), shards_count * records);
}

// Deletion by backward shift is where open addressing goes wrong: compare with a plain list.
TEST(row_table, insert_find_and_erase_agree_with_a_model) {
    row_table table(64);
    std::vector<std::pair<sql::template_ptr, dimension_id>> model;
    std::uint64_t state = 12345;
    const auto next = [&state](std::uint64_t bound) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33) % bound;
    };
    for (int step = 0; step < 20'000; ++step) {
        if (model.size() < 64 && next(2) == 0) {
            auto statement = std::make_shared<sql::statement_template>();
            statement->hash_low = next(16);  // nearly everything collides
            statement->hash_high = static_cast<std::uint64_t>(step);
            const auto where = static_cast<dimension_id>(next(4));
            ASSERT_EQ(table.find(*statement, where), nullptr);
            ASSERT_NE(table.insert(statement, where), nullptr);
            model.emplace_back(statement, where);
        } else if (!model.empty()) {
            const std::size_t at = next(model.size());
            measured_row* const row = table.find(*model[at].first, model[at].second);
            ASSERT_NE(row, nullptr);
            table.erase(*row);
            model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
        }
        if (step % 100 != 0) continue;
        for (const auto& [statement, where] : model) {
            const measured_row* const row = table.find(*statement, where);
            ASSERT_NE(row, nullptr);
            ASSERT_EQ(row->statement, statement);
        }
    }
    EXPECT_FALSE(model.empty());
}

}  // namespace
}  // namespace pgfold::statistics
