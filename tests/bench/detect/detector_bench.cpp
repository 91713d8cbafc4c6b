// What detection adds to one query, from its request to ReadyForQuery. A query costs the proxy
// about 20 microseconds in all; detection may take a few hundred nanoseconds of them.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>

#include "analyzer/detect/detector.hpp"
#include "analyzer/detect/type_oid.hpp"

namespace {

using namespace pgfold;
using namespace std::chrono_literals;

sql::template_ptr make_statement(std::uint64_t hash, std::string table, std::string key) {
    auto statement = std::make_shared<sql::statement_template>();
    statement->hash_low = hash;
    statement->hash_high = hash;
    statement->kind = sql::statement_kind::select;
    statement->tables_read = {{"", table, ""}};
    statement->normalized_text = "SELECT id, name FROM " + table;
    if (!key.empty()) {
        statement->normalized_text += " WHERE " + key + " = $1";
        statement->bound_parameters = statement->parameter_count = 1;
        statement->keys = {{1, table, "", key, "", false, false}};
        statement->parameter_roles = {sql::parameter_role::key};
    }
    return statement;
}

void put(std::vector<std::byte>& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0;)
        out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::vector<std::byte> row_description(std::size_t columns) {
    std::vector<std::byte> out;
    put(out, columns, 2);
    for (std::size_t i = 0; i < columns; ++i) {
        const std::string name = i == 0 ? "id" : "column_" + std::to_string(i);
        for (const char c : name)
            out.push_back(static_cast<std::byte>(c));
        put(out, 0, 1);
        put(out, 16400, 4);
        put(out, i + 1, 2);
        put(out, i == 0 ? 23 : 25, 4);
        put(out, 4, 2);
        put(out, 0xffffffff, 4);
        put(out, 0, 2);
    }
    return out;
}

std::vector<std::byte> row(std::uint64_t id, std::size_t columns) {
    std::vector<std::byte> out;
    put(out, columns, 2);
    for (std::size_t i = 0; i < columns; ++i) {
        const std::string value = i == 0 ? std::to_string(id) : "some text of the row";
        put(out, value.size(), 4);
        for (const char c : value)
            out.push_back(static_cast<std::byte>(c));
    }
    return out;
}

class client {
public:
    client() : observer_(hub_.connect()) {
        observer_->on_session_start({1, "shop", "app", "bench", "127.0.0.1"}, now_);
    }

    void query(const sql::template_ptr& statement, std::uint64_t key, std::size_t rows,
               const std::vector<std::byte>& shape, const std::vector<std::byte>& data) {
        char text[24];
        const auto length = static_cast<std::size_t>(
            std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(key)));
        const detect::argument argument{
            {text, length}, detect::type_oid::int4, detect::argument_format::text, false};
        now_ += 50us;
        observer_->on_execution_start(
            {++id_, statement, {&argument, statement->parameter_count}, {}, {}, now_, true, true});
        bool wanted = observer_->on_row_shape(id_, {shape, {}});
        for (std::size_t i = 0; i < rows && wanted; ++i)
            wanted = observer_->on_data_row(id_, data, false);
        now_ += 50us;
        observer_->on_execution_end(
            {id_, now_, now_, rows, data.size() * rows, "SELECT 1", {}, false, false});
        observer_->on_ready('I', id_, id_, now_);
    }

    void list(const sql::template_ptr& statement, const std::vector<std::byte>& shape,
              std::size_t rows, std::size_t columns, std::uint64_t first) {
        now_ += 50us;
        observer_->on_execution_start({++id_, statement, {}, {}, {}, now_, true, true});
        bool wanted = observer_->on_row_shape(id_, {shape, {}});
        for (std::size_t i = 0; i < rows && wanted; ++i)
            wanted = observer_->on_data_row(id_, row(first + i, columns), false);
        now_ += 50us;
        observer_->on_execution_end({id_, now_, now_, rows, 0, "SELECT", {}, false, false});
        observer_->on_ready('I', id_, id_, now_);
    }

private:
    detect::detector_hub hub_{detect::detector_settings{}};
    std::unique_ptr<detect::conversation_observer> observer_;
    detect::timestamp now_{std::chrono::hours(24 * 365 * 50)};
    detect::execution_id id_ = 0;
};

// pgbench -S: one statement, random keys, one row each, no result of several rows anywhere.
void point_lookups(benchmark::State& state) {
    client c;
    const auto statement = make_statement(1, "pgbench_accounts", "aid");
    const auto shape = row_description(2);
    const auto data = row(7, 2);
    std::mt19937 random(1);
    for (auto _ : state)
        c.query(statement, random() % 1'000'000, 1, shape, data);
}
BENCHMARK(point_lookups);

// The same after a list page whose ids have nothing to do with them; the page is asked for again
// every hundred lookups.
void point_lookups_beside_lists(benchmark::State& state) {
    client c;
    const auto list = make_statement(2, "orders", "");
    const auto statement = make_statement(1, "pgbench_accounts", "aid");
    const auto shape = row_description(6);
    const auto data = row(7, 6);
    std::mt19937 random(1);
    std::uint64_t n = 0;
    for (auto _ : state) {
        if (n++ % 100 == 0) {
            state.PauseTiming();
            c.list(list, shape, 20, 6, random() % 1000);
            state.ResumeTiming();
        }
        c.query(statement, random() % 1'000'000, 1, shape, data);
    }
}
BENCHMARK(point_lookups_beside_lists);

// A list page with one detail page, over and over.
void list_and_detail(benchmark::State& state) {
    client c;
    const auto list = make_statement(2, "orders", "");
    const auto detail = make_statement(1, "orders", "id");
    const auto shape = row_description(6);
    std::mt19937 random(1);
    for (auto _ : state) {
        c.list(list, shape, 20, 6, 1);
        c.query(detail, 1 + random() % 20, 1, shape, row(7, 6));
    }
}
BENCHMARK(list_and_detail);

// A loop over 50 rows, per lookup.
void proven_loop(benchmark::State& state) {
    client c;
    const auto parent = make_statement(2, "organization", "");
    const auto child = make_statement(1, "employee", "organization_id");
    const auto shape = row_description(6);
    const auto data = row(700'000, 6);
    std::uint64_t n = 0;
    for (auto _ : state) {
        if (n % 50 == 0) c.list(parent, shape, 50, 6, 1);
        c.query(child, 1 + n++ % 50, 10, shape, data);
    }
}
BENCHMARK(proven_loop);

// A connection that nothing has happened on.
void idle_connection(benchmark::State& state) {
    detect::detector_hub hub{detect::detector_settings{}};
    for (auto _ : state)
        benchmark::DoNotOptimize(hub.connect());
}
BENCHMARK(idle_connection);

}  // namespace
