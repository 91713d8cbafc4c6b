// What freshness costs a query: looking up what it does, following a write, asking whether an
// answer may be served.
#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/freshness/session_writes.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "unit/catalog/made_catalog.hpp"

namespace {

using namespace pgfold;
using namespace pgfold::freshness;

struct fixture {
    fixture() {
        catalog::made_catalog rows;
        rows.table(1, "employee").table(2, "organization").foreign_key(1, "{1}", 2, "{1}", "c");
        for (catalog::oid id = 3; id < 1'000; ++id) {
            const std::string name = "t" + std::to_string(id);
            rows.table(id, name).foreign_key(id, "{1}", 2, "{1}", "c");
        }
        auto& current = database->catalog();
        if (!current.publish(rows.build(), current.generation()))
            throw std::runtime_error("no catalog");
    }
    sql::template_ptr statement(const char* text) { return analyzer.analyze(text).statement; }

    std::shared_ptr<catalog::catalog_directory> directory =
        std::make_shared<catalog::catalog_directory>();
    table_versions versions{directory};
    std::shared_ptr<database_versions> database = versions.database("d");
    sql::statement_analyzer analyzer{sql::make_template_table()};
    known_effects known;
};

void known_read(benchmark::State& state) {
    fixture f;
    const auto read = f.statement("SELECT * FROM employee e JOIN organization o ON true");
    for (auto _ : state)
        benchmark::DoNotOptimize(f.known.of(f.database, *read)->is_plain_read);
}

void work_out_read(benchmark::State& state) {
    fixture f;
    const auto read = f.statement("SELECT * FROM employee e JOIN organization o ON true");
    const auto known = f.database->catalog().current().known;
    for (auto _ : state)
        benchmark::DoNotOptimize(catalog::effects_of(*read, known.get()));
}

void work_out_cascade(benchmark::State& state) {
    fixture f;
    const auto write = f.statement("DELETE FROM organization WHERE id = 1");
    const auto known = f.database->catalog().current().known;
    for (auto _ : state)
        benchmark::DoNotOptimize(catalog::effects_of(*write, known.get()));
}

void write_in_autocommit(benchmark::State& state) {
    fixture f;
    const auto write = f.statement("UPDATE employee SET id = 1 WHERE id = 2");
    session_writes session(f.database, f.versions.unsettled());
    for (auto _ : state) {
        session.on_forward(f.known.of(f.database, *write));
        const request_number request = session.on_request_sent();
        session.on_outcome("UPDATE 1");
        session.on_ready('I', request);
    }
}

void ready_after_read(benchmark::State& state) {
    fixture f;
    session_writes session(f.database, f.versions.unsettled());
    for (auto _ : state)
        session.on_ready('I', session.on_request_sent());
}

void capture(benchmark::State& state) {
    fixture f;
    const auto read = f.statement("SELECT * FROM employee e JOIN organization o ON true");
    const read_set_ptr tables = f.known.of(f.database, *read)->reads;
    for (auto _ : state)
        benchmark::DoNotOptimize(database_versions::capture(tables));
}

void is_valid(benchmark::State& state) {
    fixture f;
    const auto read = f.statement("SELECT * FROM employee e JOIN organization o ON true");
    const stamp kept = database_versions::capture(f.known.of(f.database, *read)->reads);
    for (auto _ : state)
        benchmark::DoNotOptimize(database_versions::is_valid(kept));
}

BENCHMARK(known_read);
BENCHMARK(work_out_read);
BENCHMARK(work_out_cascade);
BENCHMARK(write_in_autocommit);
BENCHMARK(ready_after_read);
BENCHMARK(capture);
BENCHMARK(is_valid);

}  // namespace
