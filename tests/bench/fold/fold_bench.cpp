// What one key costs: read, asked for, told apart; and what a rewrite costs once.

#include <benchmark/benchmark.h>

#include "proxy/fold/batch/batch_messages.hpp"
#include "proxy/fold/batch/batch_rows.hpp"
#include "proxy/fold/batch/key_value.hpp"
#include "proxy/fold/batch/rewrite.hpp"
#include "unit/fold/analyzed_lookup.hpp"

namespace {

using namespace pgfold;
using namespace pgfold::fold;
using namespace std::string_literals;
using test::analyzed_lookup;
namespace frontend = test::frontend;

void key_of_binary_integer(benchmark::State& state) {
    const detect::argument a{
        .bytes = "\0\0\1\2"s, .type_oid = 23, .format = detect::argument_format::binary};
    const std::string bytes(a.bytes);
    for (auto _ : state)
        benchmark::DoNotOptimize(canonical_key(bytes, 23, true));
}
BENCHMARK(key_of_binary_integer);

void key_of_literal(benchmark::State& state) {
    const detect::argument a{.bytes = "4711", .format = detect::argument_format::literal};
    for (auto _ : state)
        benchmark::DoNotOptimize(canonical_key(a));
}
BENCHMARK(key_of_literal);

void key_of_binary_uuid(benchmark::State& state) {
    const std::string bytes(16, 'x');
    for (auto _ : state)
        benchmark::DoNotOptimize(canonical_key(bytes, 2950, true));
}
BENCHMARK(key_of_binary_uuid);

const char* const child_text =
    "SELECT e.id, e.name, e.title FROM employee e WHERE e.organization_id = $1 AND e.title = $2";

void ask_by_bind(benchmark::State& state) {
    analyzed_lookup lookup(child_text, frontend::bind("", "S_1", {"\0\0\0\1"s, "x"}, {1, 0}, {1}),
                           {23, 25});
    const auto form = *lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    const std::vector<std::string> key = {"4711"};
    std::vector<std::byte> out;
    for (auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(append_lookup(out, form, key));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(ask_by_bind);

void ask_by_query(benchmark::State& state) {
    analyzed_lookup lookup(
        "SELECT e.id, e.name, e.title FROM employee e WHERE e.organization_id = "
        "24 AND e.title = 'x'");
    const auto form = *lookup_form::of(lookup.asked(), std::vector<std::uint16_t>{0});
    const std::vector<std::string> key = {"4711"};
    std::vector<std::byte> out;
    for (auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(append_lookup(out, form, key));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(ask_by_query);

void make_form(benchmark::State& state) {
    analyzed_lookup lookup(child_text, frontend::bind("", "S_1", {"\0\0\0\1"s, "x"}, {1, 0}, {1}),
                           {23, 25});
    const auto asked = lookup.asked();
    const std::vector<std::uint16_t> keys = {0};
    for (auto _ : state)
        benchmark::DoNotOptimize(lookup_form::of(asked, keys));
}
BENCHMARK(make_form);

void split_rows(benchmark::State& state) {
    const bool is_any = state.range(0) != 0;
    const batch_query query{.strategy = is_any ? batch_strategy::any : batch_strategy::lateral,
                            .text = "",
                            .key_types = {23},
                            .carried = is_any ? carried_columns{0, 1} : carried_columns{1, 1},
                            .child_columns = 3};
    const std::string number = "\0\0\0\0\0\0\0\3"s;
    const std::string integer = "\0\0\1\2"s;
    auto description = test::backend::row_description({{"a"}, {"b"}, {"c"}, {"k"}});
    description.erase(description.begin(), description.begin() + 5);
    auto row = is_any ? test::backend::data_row({integer, "Employee 17", "lead", integer})
                      : test::backend::data_row({number, integer, "Employee 17", "lead", number});
    row.erase(row.begin(), row.begin() + 5);
    const row_splitter splitter(query, description);
    split_row split;
    std::vector<std::byte> out;
    for (auto _ : state) {
        out.clear();
        if (!splitter.split(row, split)) state.SkipWithError("the row is not split");
        append_row(out, split);
    }
}
BENCHMARK(split_rows)->ArgName("any")->Arg(0)->Arg(1);

void rewrite(benchmark::State& state) {
    const analyzed_lookup lookup(child_text);
    const std::vector<child_key> keys = {{1, 23, false}};
    auto description = test::backend::row_description({{"id"}, {"name"}, {"title"}});
    description.erase(description.begin(), description.begin() + 5);
    const batched_child child{.text = lookup.text(),
                              .statement = *lookup.statement(),
                              .literals = lookup.literals(),
                              .settings = {},
                              .keys = keys,
                              .row_description = description};
    for (auto _ : state) {
        const auto result = state.range(0) != 0 ? rewrite_any(child) : rewrite_lateral(child);
        if (!result.query) state.SkipWithError("refused");
    }
}
BENCHMARK(rewrite)->ArgName("any")->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
