// What the analyzer costs per statement. Targets: under 400 ns for a 150-byte ORM query of a known
// template with new literals, under 60 ns for a text known byte for byte.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "analyzer/sql/hash128.hpp"
#include "analyzer/sql/sql_lexer.hpp"
#include "analyzer/sql/sqlcommenter.hpp"
#include "analyzer/sql/statement_analyzer.hpp"

namespace {

using namespace pgfold::sql;

std::string orm_query(int id) {
    std::string text =
        "SELECT \"shop_employee\".\"id\", \"shop_employee\".\"name\", \"shop_employee\".\"title\" "
        "FROM \"shop_employee\" WHERE \"shop_employee\".\"organization_id\" = ";
    text.append(std::to_string(100'000 + id)).append(" LIMIT 21");
    return text;
}

std::string tagged_query(int id) {
    return orm_query(id).append(
        " /*route='polls%2F%3Cint%3Apk%3E',traceparent="
        "'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/");
}

std::string insert_query(int id) {
    std::string text = "INSERT INTO orders (id, customer_id, placed_at, status, total) VALUES ";
    for (int i = 0; i < 20; ++i) {
        text += i == 0 ? " (" : ", (";
        text += std::to_string(1000000 + id + i);
        text += ", 17, '2024-01-01 00:00:00+00', 'paid', -12.50)";
    }
    return text;
}

void known_byte_for_byte(benchmark::State& state) {
    statement_analyzer analyzer(make_template_table());
    const std::string text = orm_query(1);
    for (int i = 0; i < 3; ++i)
        benchmark::DoNotOptimize(analyzer.analyze(text));
    for (auto _ : state)
        benchmark::DoNotOptimize(analyzer.analyze(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(known_byte_for_byte);

void known_byte_for_byte_parameters(benchmark::State& state) {
    statement_analyzer analyzer(make_template_table());
    std::string text = orm_query(1);
    text.replace(text.find("100001"), 6, "$1");
    for (int i = 0; i < 3; ++i)
        benchmark::DoNotOptimize(analyzer.analyze(text));
    for (auto _ : state)
        benchmark::DoNotOptimize(analyzer.analyze(text));
}
BENCHMARK(known_byte_for_byte_parameters);

// So many texts that none is still known when its turn comes again.
template <std::string (*make)(int)>
void new_literals(benchmark::State& state) {
    statement_analyzer analyzer(make_template_table());
    std::vector<std::string> texts;
    for (int i = 0; i < 50'000; ++i)
        texts.push_back(make(i));
    benchmark::DoNotOptimize(analyzer.analyze(texts[0]));
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(analyzer.analyze(texts[at]));
        if (++at == texts.size()) at = 0;
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(texts[0].size()));
    if (analyzer.counters().parsed > 3) state.SkipWithError("parsed again");
}
BENCHMARK(new_literals<orm_query>);
BENCHMARK(new_literals<tagged_query>);
BENCHMARK(new_literals<insert_query>);

void lexer_alone(benchmark::State& state) {
    sql_lexer lexer;
    const std::string text = orm_query(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(lexer.lex(text, {}));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(lexer_alone);

void hash_alone(benchmark::State& state) {
    const keyed_hash hash;
    const std::string text = orm_query(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(hash(text));
}
BENCHMARK(hash_alone);

void short_transaction_statement(benchmark::State& state) {
    statement_analyzer analyzer(make_template_table());
    for (int i = 0; i < 3; ++i)
        benchmark::DoNotOptimize(analyzer.analyze("COMMIT"));
    for (auto _ : state)
        benchmark::DoNotOptimize(analyzer.analyze("COMMIT"));
}
BENCHMARK(short_transaction_statement);

// What a template costs once: normalizer, fingerprint, parse, facts, on the other stack.
void new_template(benchmark::State& state) {
    statement_analyzer analyzer(make_template_table());
    std::vector<std::string> texts;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = "SELECT a";
        text.append(std::to_string(i)).append(",").append(orm_query(i).substr(6));
        texts.push_back(std::move(text));
    }
    std::size_t at = 0;
    for (auto _ : state) {
        if (at == texts.size()) {
            state.SkipWithError("too few texts");
            break;
        }
        benchmark::DoNotOptimize(analyzer.analyze(texts[at++]));
    }
}
BENCHMARK(new_template)->Iterations(10'000);

void tags(benchmark::State& state) {
    const std::string text = tagged_query(1);
    const std::string comment = text.substr(text.find("/*"));
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_tags(comment));
}
BENCHMARK(tags);

}  // namespace
