#include "tools/replay/replay_report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "analyzer/report/text_layout.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::replay {
namespace {

using report::counted;
using report::duration_text;

struct latency {
    std::uint64_t calls = 0;
    double mean_ms = 0, p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0, total_ms = 0;
};

latency latency_of(const statistics::latency_histogram& times) {
    const auto ms = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e6; };
    latency result;
    result.calls = times.count();
    if (result.calls == 0) return result;
    result.total_ms = ms(times.total_ns());
    result.mean_ms = result.total_ms / static_cast<double>(result.calls);
    result.p50_ms = ms(times.quantile_ns(0.5));
    result.p95_ms = ms(times.quantile_ns(0.95));
    result.p99_ms = ms(times.quantile_ns(0.99));
    result.max_ms = ms(times.max_ns());
    return result;
}

struct statement_latency {
    std::string fingerprint, query;
    std::vector<latency> passes;  // in the result's order
};

// Slowest in the first pass first. Templates are made anew in each pass: their text tells.
std::vector<statement_latency> latencies_of(const replay_result& result) {
    struct collected {
        std::string fingerprint;
        std::vector<statistics::latency_histogram> passes;
    };
    std::map<std::string, collected> by_text;
    for (std::size_t p = 0; p < result.passes.size(); ++p) {
        for (const auto* conversation : result.passes[p].conversations) {
            answer_store::reader answers(*conversation);
            while (const auto one = answers.next()) {
                if (!one->ended || one->skipped) continue;
                collected& all = by_text[one->statement->normalized_text];
                all.fingerprint = one->statement->fingerprint_hex;
                all.passes.resize(result.passes.size());
                all.passes[p].record(
                    static_cast<std::uint64_t>(std::max<std::int64_t>(0, one->duration.count())));
            }
        }
    }
    std::vector<statement_latency> rows;
    for (auto& [text, all] : by_text) {
        statement_latency& row = rows.emplace_back();
        row.fingerprint = all.fingerprint;
        row.query = text;
        for (const auto& times : all.passes)
            row.passes.push_back(latency_of(times));
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.passes.front().total_ms > b.passes.front().total_ms;
    });
    return rows;
}

std::string column(const std::string& text, std::size_t width) {
    const std::size_t have = report::columns_of(text);
    return have >= width ? text : std::string(width - have, ' ') + text;
}

std::string milliseconds(double ms) {
    char text[32];
    std::snprintf(text, sizeof text, ms < 10 ? "%.2f" : "%.1f", ms);
    return text;
}

std::string summary_of(const replay_result& result) {
    const compared& c = result.answers;
    std::string out = counted(result.names.size(), "conversation") + ", " +
                      counted(c.statements, "statement") + ":";
    for (const named_pass& pass : result.passes)
        out += (&pass == &result.passes.front() ? " " : ", ") + pass.name + " in " +
               duration_text(pass.seconds * 1000);
    out += "\nanswers: " + report::with_thousands(c.equal) + " equal";
    if (c.reordered != 0)
        out +=
            ", " + report::with_thousands(c.reordered) + " equal but for an order nobody asked for";
    if (c.set_aside != 0)
        out += ", " + report::with_thousands(c.set_aside) +
               " set aside (clocks, sequences, random values, catalogs)";
    out += ", " + report::with_thousands(c.different) + " different\n";
    if (result.effect) {
        const folding_effect& e = *result.effect;
        const auto fewer = static_cast<std::int64_t>(e.statements_direct) -
                           static_cast<std::int64_t>(e.statements_pgfold);
        out += "through pgfold: " + counted(e.statements_pgfold, "statement") + " instead of " +
               report::with_thousands(e.statements_direct) + " (" +
               (fewer >= 0 ? report::with_thousands(static_cast<std::uint64_t>(fewer)) + " fewer"
                           : report::with_thousands(static_cast<std::uint64_t>(-fewer)) + " more") +
               "), " + counted(e.folded_lookups, "lookup") + " folded, " +
               counted(e.round_trips_saved, "round trip") + " saved; clients waited " +
               duration_text(e.waited_pgfold_ms) + " instead of " +
               duration_text(e.waited_direct_ms) + "\n";
    }
    return out;
}

}  // namespace

std::string to_text(const replay_result& result, std::size_t width) {
    constexpr std::size_t statements_max = 20, number_width = 9;
    std::string out = summary_of(result);
    for (const difference& one : result.answers.differences) {
        out += "\n" + result.names[one.conversation] + ", statement " + std::to_string(one.number) +
               ": " + one.what + "\n  " +
               report::shortened(report::elided_query(one.statement->normalized_text), width - 2) +
               "\n";
        if (one.expected != one.got)
            out += "  " + result.passes.front().name + ": " + one.expected + "\n  " +
                   result.passes.back().name + ": " + one.got + "\n";
    }
    if (result.answers.different > result.answers.differences.size())
        out +=
            "\n… and " +
            report::with_thousands(result.answers.different - result.answers.differences.size()) +
            " more\n";
    const auto rows = latencies_of(result);
    if (rows.empty()) return out;
    out += "\nStatements, in ms\n" + column("calls", number_width);
    for (const named_pass& pass : result.passes)
        out += "  " + column(pass.name + " p50", 13) + column("p95", number_width) +
               column("p99", number_width);
    out += "  statement\n";
    for (std::size_t i = 0; i < std::min(rows.size(), statements_max); ++i) {
        std::string line =
            column(report::with_thousands(rows[i].passes.front().calls), number_width);
        for (const latency& one : rows[i].passes)
            line += "  " + column(milliseconds(one.p50_ms), 13) +
                    column(milliseconds(one.p95_ms), number_width) +
                    column(milliseconds(one.p99_ms), number_width);
        out +=
            report::shortened(line + "  " + report::elided_query(rows[i].query, 30), width) + "\n";
    }
    return out;
}

std::string to_json(const replay_result& result) {
    namespace json = boost::json;
    json::object document;
    document["conversations"] = result.names.size();
    document["statements"] = result.answers.statements;
    json::object answers;
    answers["equal"] = result.answers.equal;
    answers["reordered"] = result.answers.reordered;
    answers["set_aside"] = result.answers.set_aside;
    answers["different"] = result.answers.different;
    document["answers"] = std::move(answers);
    json::array passes;
    for (const named_pass& pass : result.passes)
        passes.push_back(json::object{{"name", pass.name}, {"seconds", pass.seconds}});
    document["passes"] = std::move(passes);
    if (result.effect) {
        const folding_effect& e = *result.effect;
        document["folding"] = json::object{
            {"statements_direct", e.statements_direct}, {"statements_pgfold", e.statements_pgfold},
            {"folded_lookups", e.folded_lookups},       {"round_trips_saved", e.round_trips_saved},
            {"waited_direct_ms", e.waited_direct_ms},   {"waited_pgfold_ms", e.waited_pgfold_ms}};
    }
    json::array differences;
    for (const difference& one : result.answers.differences)
        differences.push_back(json::object{{"conversation", result.names[one.conversation]},
                                           {"number", one.number},
                                           {"query", one.statement->normalized_text},
                                           {"fingerprint", one.statement->fingerprint_hex},
                                           {"what", one.what},
                                           {"expected", one.expected},
                                           {"got", one.got}});
    document["differences"] = std::move(differences);
    json::array statements;
    for (const statement_latency& row : latencies_of(result)) {
        json::object entry{{"fingerprint", row.fingerprint}, {"query", row.query}};
        for (std::size_t p = 0; p < row.passes.size(); ++p) {
            const latency& one = row.passes[p];
            entry[result.passes[p].name] = json::object{
                {"calls", one.calls},      {"mean_ms", one.mean_ms}, {"p50_ms", one.p50_ms},
                {"p95_ms", one.p95_ms},    {"p99_ms", one.p99_ms},   {"max_ms", one.max_ms},
                {"total_ms", one.total_ms}};
        }
        statements.push_back(std::move(entry));
    }
    document["latency"] = std::move(statements);
    document["notes"] = json::value_from(result.notes);
    document["problems"] = json::value_from(result.problems);
    return json::serialize(document) + '\n';
}

}  // namespace pgfold::replay
