// What folding adds to a session with all that watches it: to traffic that is no loop, and for a
// lookup that is answered here. Everything but the system calls.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/connection_detector.hpp"
#include "analyzer/detect/detector.hpp"
#include "proxy/session/connection_analysis.hpp"
#include "proxy/session/session.hpp"
#include "support/cpp/messages.hpp"
#include "unit/catalog/made_catalog.hpp"

namespace {

using namespace pgfold;
using test::bytes;
using test::operator+;
namespace frontend = test::frontend;
namespace backend = test::backend;

const std::string lookup = "SELECT id, name, title FROM employee WHERE organization_id = ";
const std::string parent = "SELECT id, name FROM organization";
const bytes row = backend::data_row({"7", "Ann", "clerk"});
const std::vector<backend::column> columns = {{"id", 1, 1}, {"name", 1, 2}, {"title", 1, 3}};
const bytes lookup_reply =
    backend::row_description(columns) + row + backend::complete("SELECT 1") + backend::ready();
const bytes named_reply =
    backend::bind_complete() + row + backend::complete("SELECT 1") + backend::ready();
constexpr int parents = 1000;

bytes parent_reply() {
    bytes reply = backend::row_description({{"id", 2, 1}, {"name", 2, 2}});
    for (int i = 1; i <= parents; ++i)
        reply = std::move(reply) + backend::data_row({std::to_string(i), "Organization"});
    return reply + backend::complete("SELECT 1000") + backend::ready();
}

struct fixture {
    telemetry::thread_counters counters;
    sql::statement_analyzer analyzer{sql::make_template_table()};
    detect::detector_hub hub{{}};
    statistics::statistics_shard statistics;
    std::shared_ptr<catalog::catalog_directory> directory =
        std::make_shared<catalog::catalog_directory>();
    freshness::table_versions versions{directory};
    freshness::known_effects effects;
    detect::timestamp now{std::chrono::seconds(1)};
    std::unique_ptr<session::connection_analysis> analysis;
    std::unique_ptr<session::session> session;
    session::action_list actions;

    explicit fixture(bool folds) {
        auto detector = hub.connect_detector();
        const auto& results = detector->recent_results();
        analysis = std::make_unique<session::connection_analysis>(
            std::make_shared<session::analysis_settings>(), statistics, std::move(detector),
            counters);
        session = std::make_unique<session::session>(session::session_options{},
                                                     detect::session_identity{.database = "d"},
                                                     analyzer, analysis.get(), counters, now);
        if (folds) {
            auto& known = versions.database("d")->catalog();
            catalog::made_catalog tables;
            tables.table(1, "employee").table(2, "organization");
            if (!known.publish(tables.build(), known.generation())) std::abort();
            session->enable_folding({std::make_shared<fold::fold_settings>(),
                                     std::make_shared<fold::association_table>(),
                                     std::make_shared<fold::catalog_claims>(), versions, effects,
                                     results});
        }
        say(backend::authentication_ok() + backend::ready());
    }
    void ask(const bytes& request) {
        actions.clear();
        now += std::chrono::microseconds(10);
        session->on_client_bytes(request, now, actions);
    }
    void say(const bytes& reply) {
        actions.clear();
        session->on_server_bytes(reply, now, actions);
        benchmark::DoNotOptimize(actions.data());
    }
    // The same reply to every Query that has been passed on, and to what follows from it.
    void answer_queries() {
        while (true) {
            bytes replies;
            for (const auto& action : actions) {
                if (action.kind != session::action_kind::send_to_server) continue;
                protocol::frame_reader reader;
                reader.feed(action.bytes);
                while (true) {
                    const auto f = reader.next([](std::uint8_t, std::uint32_t) { return 0U; });
                    if (f.state == protocol::frame_state::need_more) break;
                    if (f.type == 'Q') replies = std::move(replies) + lookup_reply;
                }
            }
            if (replies.empty()) return;
            say(replies);
        }
    }
};

void plain_simple(benchmark::State& state, bool folds) {
    fixture f(folds);
    const auto request = frontend::query(lookup + "24");
    for (auto _ : state) {
        f.ask(request);
        f.say(lookup_reply);
    }
}
BENCHMARK_CAPTURE(plain_simple, without_folding, false);
BENCHMARK_CAPTURE(plain_simple, with_folding, true);

void plain_named(benchmark::State& state, bool folds) {
    fixture f(folds);
    f.ask(frontend::parse("s", lookup + "$1") + frontend::sync());
    f.say(backend::parse_complete() + backend::ready());
    const auto request = frontend::bind("", "s", {"24"}) + frontend::execute() + frontend::sync();
    for (auto _ : state) {
        f.ask(request);
        f.say(named_reply);
    }
}
BENCHMARK_CAPTURE(plain_named, without_folding, false);
BENCHMARK_CAPTURE(plain_named, with_folding, true);

void plain_unnamed(benchmark::State& state, bool folds) {
    fixture f(folds);
    const auto request = frontend::parse("", lookup + "$1") + frontend::bind("", "", {"24"}) +
                         frontend::describe_portal("") + frontend::execute() + frontend::sync();
    const auto reply = backend::parse_complete() + backend::bind_complete() + lookup_reply;
    for (auto _ : state) {
        f.ask(request);
        f.say(reply);
    }
}
BENCHMARK_CAPTURE(plain_unnamed, without_folding, false);
BENCHMARK_CAPTURE(plain_unnamed, with_folding, true);

// One lookup of a loop, with its share of the parent's rows and, if it folds, of the batches.
void lookup_of_a_loop(benchmark::State& state, bool folds) {
    fixture f(folds);
    const auto first = frontend::query(parent);
    const auto first_reply = parent_reply();
    std::vector<bytes> requests;
    for (int i = 1; i <= parents; ++i)
        requests.push_back(frontend::query(lookup + std::to_string(i)));
    std::size_t next = 0;
    for (auto _ : state) {
        if (next == 0) {
            f.ask(first);
            f.say(first_reply);
            f.answer_queries();
        }
        f.ask(requests[next]);
        f.answer_queries();
        next = (next + 1) % requests.size();
    }
    if (folds &&
        f.counters.folded_lookups.value() * 2 < static_cast<std::uint64_t>(state.iterations()) &&
        state.iterations() > parents)
        state.SkipWithError("the loop is not folded");
}
BENCHMARK_CAPTURE(lookup_of_a_loop, without_folding, false);
BENCHMARK_CAPTURE(lookup_of_a_loop, with_folding, true);

}  // namespace
