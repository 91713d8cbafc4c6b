// What following a conversation costs: one whole request and its reply, both directions.
#include <benchmark/benchmark.h>

#include "proxy/session/session.hpp"
#include "support/cpp/messages.hpp"

namespace {

using namespace pgfold;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

const std::string orm_query =
    "SELECT \"employee\".\"id\", \"employee\".\"name\", \"employee\".\"title\" FROM \"employee\" "
    "WHERE \"employee\".\"organization_id\" = ";

struct fixture {
    telemetry::thread_counters counters;
    sql::statement_analyzer analyzer{sql::make_template_table()};
    detect::timestamp now{std::chrono::seconds(1)};
    session::session session{{}, {}, analyzer, nullptr, counters, now};
    session::action_list actions;

    fixture() {
        session.on_server_bytes(backend::authentication_ok() + backend::ready(), now, actions);
    }
    void exchange(const bytes& request, const bytes& reply) {
        actions.clear();
        session.on_client_bytes(request, now, actions);
        session.on_server_bytes(reply, now, actions);
        benchmark::DoNotOptimize(actions.data());
    }
};

const bytes row = backend::data_row({"7", "Ann", "clerk"});
const std::vector<backend::column> columns = {{"id", 1, 1}, {"name", 1, 2}, {"title", 1, 3}};
const bytes simple_reply =
    backend::row_description(columns) + row + backend::complete("SELECT 1") + backend::ready();

void simple_query_same_text(benchmark::State& state) {
    fixture f;
    const auto request = frontend::query(orm_query + "24");
    for (auto _ : state)
        f.exchange(request, simple_reply);
}
BENCHMARK(simple_query_same_text);

void simple_query_new_literal(benchmark::State& state) {
    fixture f;
    std::vector<bytes> requests;
    for (int i = 0; i < 100'000; ++i)
        requests.push_back(frontend::query(orm_query + std::to_string(i)));
    std::size_t i = 0;
    for (auto _ : state)
        f.exchange(requests[i++ % requests.size()], simple_reply);
}
BENCHMARK(simple_query_new_literal);

void extended_unnamed(benchmark::State& state) {
    fixture f;
    const auto request = frontend::parse("", orm_query + "$1") + frontend::bind("", "", {"24"}) +
                         frontend::describe_portal("") + frontend::execute() + frontend::sync();
    const auto reply = backend::parse_complete() + backend::bind_complete() + simple_reply;
    for (auto _ : state)
        f.exchange(request, reply);
}
BENCHMARK(extended_unnamed);

void extended_named(benchmark::State& state) {
    fixture f;
    f.exchange(frontend::parse("s", orm_query + "$1") + frontend::sync(),
               backend::parse_complete() + backend::ready());
    const auto request = frontend::bind("", "s", {"24"}) + frontend::execute() + frontend::sync();
    const auto reply =
        backend::bind_complete() + row + backend::complete("SELECT 1") + backend::ready();
    for (auto _ : state)
        f.exchange(request, reply);
}
BENCHMARK(extended_named);

void ten_thousand_rows(benchmark::State& state) {
    fixture f;
    bytes reply = backend::row_description(columns);
    for (int i = 0; i < 10'000; ++i)
        reply = std::move(reply) + row;
    reply = reply + backend::complete("SELECT 10000") + backend::ready();
    const auto request = frontend::query(orm_query + "24");
    for (auto _ : state)
        f.exchange(request, reply);
    state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(ten_thousand_rows);

}  // namespace
