// Every labeled recording, replayed into the detector by itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <optional>

#include "tests/detection/corpus.hpp"

namespace pgfold::detect::testing {
namespace {

struct outcome {
    std::vector<finding> findings;
    std::vector<attribution> attributions;
};

outcome detect(const recording& r) {
    outcome result;
    detector_hub hub({});
    hub.on_attribution([&](const attribution& a) { result.attributions.push_back(a); });
    struct told {
        std::unique_ptr<conversation_observer> observer;
        std::optional<event_teller> teller;
    };
    std::vector<told> connections;
    std::vector<std::pair<const recorded_event*, std::size_t>> events;
    for (const auto& connection : r.connections) {
        connections.push_back({hub.connect(), std::nullopt});
        connections.back().teller.emplace(*connections.back().observer);
        connections.back().observer->on_session_start(connection.who, connection.started);
        for (const auto& event : connection.events)
            events.emplace_back(&event, connections.size() - 1);
    }
    std::sort(events.begin(), events.end(),
              [](const auto& a, const auto& b) { return a.first->order < b.first->order; });
    for (const auto& [event, c] : events)
        connections[c].teller->tell(*event, 0, {});
    for (std::size_t c = 0; c < connections.size(); ++c)
        connections[c].observer->on_session_end(r.connections[c].ended);
    result.findings = hub.findings();
    return result;
}

bool feeds(const corpus& all, const expected_group& group, const attribution& a) {
    if (a.columns.size() != group.fed_by.size()) return false;
    return std::all_of(group.fed_by.begin(), group.fed_by.end(), [&](const std::string& name) {
        const column_id wanted = all.column(name);
        return std::any_of(a.columns.begin(), a.columns.end(), [&](const auto& c) {
            return column_id{c.table_oid, c.attribute} == wanted;
        });
    });
}

std::string describe(const finding& f) {
    std::string text = std::string(to_string(f.kind)) + " x" + std::to_string(f.lookups) + " in " +
                       std::to_string(f.runs) + ": " + f.statement->normalized_text;
    if (f.parent.statement) {
        text += "  <- ";
        for (const auto& column : f.parent.columns)
            text += column + " ";
        text += "of " + f.parent.statement->normalized_text;
    }
    return text;
}

struct score {
    std::uint64_t expected = 0, found = 0, wrong = 0, lookups = 0, attributed = 0;
};

void expect_exactly_the_labels(const corpus& all) {
    std::map<std::string, score> scores;
    for (const auto& r : all.recordings()) {
        SCOPED_TRACE(r.label.file);
        const outcome result = detect(r);
        score& s = scores[r.label.client];
        std::vector<bool> used(result.findings.size(), false);
        for (const auto& group : r.label.groups) {
            ++s.expected;
            bool found = false;
            std::uint64_t attributed = 0;
            for (std::size_t i = 0; i < result.findings.size(); ++i) {
                const finding& f = result.findings[i];
                if (used[i] || to_string(f.kind) != r.label.label) continue;
                if (r.label.label == "n_plus_one") {
                    if (!is_child(*f.statement, group)) continue;
                    std::uint64_t fed = 0;
                    for (const auto& a : result.attributions) {
                        fed += a.kind == f.kind && a.child_statement == f.statement &&
                                       a.parent != 0 && feeds(all, group, a)
                                   ? 1
                                   : 0;
                    }
                    attributed += fed;
                    if (fed == 0) continue;
                    EXPECT_FALSE(f.advice.text.empty());
                }
                // One loop may have several parents by text: the first page without OFFSET.
                used[i] = found = true;
            }
            EXPECT_TRUE(found) << "no " << r.label.label << " for " << group.child_table;
            s.found += found ? 1 : 0;
            if (r.label.label == "n_plus_one") {
                s.lookups += group.repeats;
                s.attributed += std::min(attributed, group.repeats);
            }
        }
        for (std::size_t i = 0; i < used.size(); ++i) {
            if (used[i]) continue;
            ++s.wrong;
            ADD_FAILURE() << "unexpected " << describe(result.findings[i]);
        }
    }
    std::cout << std::left << std::setw(22) << "client"
              << "groups   precision  recall  lookups attributed\n";
    for (const auto& [client, s] : scores) {
        const double precision =
            s.found + s.wrong == 0
                ? 1
                : static_cast<double>(s.found) / static_cast<double>(s.found + s.wrong);
        const double recall =
            s.expected == 0 ? 1 : static_cast<double>(s.found) / static_cast<double>(s.expected);
        std::cout << std::left << std::setw(22) << client << std::right << std::setw(3) << s.found
                  << "/" << std::left << std::setw(5) << s.expected << std::fixed
                  << std::setprecision(3) << std::setw(11) << precision << std::setw(8) << recall
                  << s.attributed << "/" << s.lookups << "\n";
        EXPECT_GE(static_cast<double>(s.attributed), 0.99 * static_cast<double>(s.lookups))
            << client;
    }
}

TEST(corpus, every_group_is_found_and_nothing_else) {
    ASSERT_GE(shared_corpus().recordings().size(), 186U);
    expect_exactly_the_labels(shared_corpus());
}

// Loops that break off, leave rows out, go backwards or take turns: see record.py.
TEST(corpus, so_is_every_group_of_the_harder_loops) {
    const corpus harder(std::filesystem::path(PGFOLD_SOURCE_DIR) / "tests/detection/recordings");
    ASSERT_GE(harder.recordings().size(), 31U);
    expect_exactly_the_labels(harder);
}

}  // namespace
}  // namespace pgfold::detect::testing
