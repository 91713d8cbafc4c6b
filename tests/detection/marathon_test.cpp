// All recordings of a client, shuffled and joined into one pooled session: far more to confuse than
// any recording alone has, since old results of small integers explain anything. With the
// transactions, and with BEGIN and COMMIT taken out, so that all is one autocommit window.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "analyzer/detect/canonical_value.hpp"
#include "analyzer/detect/row_block.hpp"
#include "tests/detection/corpus.hpp"

namespace pgfold::detect::testing {
namespace {

constexpr std::chrono::milliseconds between_recordings{50};

using execution_key = std::pair<std::uint64_t, execution_id>;  // pooled connection, execution

struct told_execution {
    std::uint64_t order = 0;       // of its start, over all connections
    std::uint64_t rows_order = 0;  // of its last row
    sql::template_ptr statement;
    std::vector<std::uint64_t> keys;  // canonical, by key comparison
    std::shared_ptr<row_block> rows;
};

// What a lookup of a labeled group must be attributed to.
struct expected_lookup {
    std::string recording;
    std::set<execution_key> parents;
    std::vector<column_id> columns;
};

class marathon {
public:
    marathon(const corpus& all, std::vector<const recording*> recordings, bool transactions)
        : all_(all), recordings_(std::move(recordings)), transactions_(transactions) {}

    void run(std::uint32_t seed) {
        std::mt19937 random(seed);
        // std::shuffle differs between libraries; this does not.
        for (std::size_t i = recordings_.size(); i > 1; --i)
            std::swap(recordings_[i - 1], recordings_[random() % i]);
        hub_.on_attribution([this](const attribution& a) { attributions_.push_back(a); });
        timestamp clock{std::chrono::hours(24 * 365 * 50)};
        ticked_ = clock;
        for (const recording* r : recordings_)
            clock = tell(*r, clock) + between_recordings;
        for (auto& connection : pool_)
            connection.observer->on_session_end(clock);
    }

    [[nodiscard]] const std::vector<attribution>& attributions() const { return attributions_; }
    [[nodiscard]] const std::map<execution_key, expected_lookup>& expected() const {
        return expected_;
    }
    [[nodiscard]] const std::map<execution_key, std::string>& told() const { return told_in_; }
    [[nodiscard]] std::vector<finding> findings() const { return hub_.findings(); }

private:
    struct pooled_connection {
        std::unique_ptr<conversation_observer> observer;
        std::optional<event_teller> teller;
        execution_id next_id = 0;
    };

    pooled_connection& pooled(std::size_t i, timestamp at) {
        while (pool_.size() <= i) {
            pool_.push_back({hub_.connect(), std::nullopt, 0});
            pool_.back().teller.emplace(*pool_.back().observer);
            pool_.back().observer->on_session_start({pool_.size(), "shop", "app", "", "127.0.0.1"},
                                                    at);
        }
        return pool_[i];
    }

    // As the proxy's timer does.
    void tick(timestamp now) {
        if (now - ticked_ < std::chrono::seconds(1)) return;
        ticked_ = now;
        for (auto& connection : pool_)
            connection.observer->on_tick(now);
    }

    static bool is_transaction_control(const sql::statement_template& statement) {
        return statement.kind == sql::statement_kind::begin ||
               statement.kind == sql::statement_kind::commit ||
               statement.kind == sql::statement_kind::rollback;
    }

    timestamp tell(const recording& r, timestamp clock) {
        std::vector<std::pair<const recorded_event*, std::size_t>> events;
        for (std::size_t c = 0; c < r.connections.size(); ++c) {
            for (const auto& event : r.connections[c].events)
                events.emplace_back(&event, c);
        }
        std::sort(events.begin(), events.end(),
                  [](const auto& a, const auto& b) { return a.first->order < b.first->order; });
        if (events.empty()) return clock;
        const auto shift = clock - events.front().first->at;
        std::map<std::size_t, execution_id> offsets;
        for (std::size_t c = 0; c < r.connections.size(); ++c)
            offsets[c] = pooled(c, clock).next_id;
        std::map<execution_key, told_execution> told;
        std::set<execution_key> left_out;
        timestamp last = clock;
        std::uint64_t order = 0;
        for (const auto& [event, c] : events) {
            last = std::max(last, event->at + shift);
            tick(last);
            ++order;
            pooled_connection& connection = pool_[c];
            recorded_event copy = *event;
            if (!transactions_) {
                if (auto* start = std::get_if<recorded_start>(&copy.body);
                    start != nullptr && is_transaction_control(*start->statement)) {
                    left_out.insert({c, start->id});
                }
                execution_id id = 0;
                std::visit(
                    [&](const auto& body) {
                        if constexpr (requires { body.id; }) id = body.id;
                    },
                    copy.body);
                if (left_out.contains({c, id})) continue;
                if (auto* ready = std::get_if<recorded_ready>(&copy.body)) ready->status = 'I';
            }
            keep(copy, c, offsets[c], order, told);
            connection.teller->tell(copy, offsets[c], shift);
        }
        for (const auto& [key, execution] : told) {
            pool_[key.first - 1].next_id = std::max(pool_[key.first - 1].next_id, key.second + 1);
            told_in_[key] = r.label.scenario;
        }
        for (const auto& group : r.label.groups) {
            if (r.label.label == "n_plus_one") expect(r, group, told);
        }
        return last;
    }

    static void keep(const recorded_event& event, std::size_t c, execution_id offset,
                     std::uint64_t order, std::map<execution_key, told_execution>& told) {
        if (const auto* start = std::get_if<recorded_start>(&event.body)) {
            told_execution& execution = told[{c + 1, start->id + offset}];
            execution.order = order;
            execution.statement = start->statement;
            for (const auto& key : start->statement->keys) {
                const std::size_t i = key.parameter - 1U;
                std::uint64_t hash = 0;
                if (i < start->arguments.size()) {
                    const auto& a = start->arguments[i];
                    hash = canonicalize(argument{a.bytes, a.type_oid, a.format, a.is_null}).hash;
                }
                execution.keys.push_back(hash);
            }
        } else if (const auto* shape = std::get_if<recorded_shape>(&event.body)) {
            if (auto parsed = result_shape::parse(shape->row_description, shape->formats))
                told[{c + 1, shape->id + offset}].rows = std::make_shared<row_block>(parsed);
        } else if (const auto* row = std::get_if<recorded_row>(&event.body)) {
            told_execution& execution = told[{c + 1, row->id + offset}];
            if (execution.rows) (void)execution.rows->append(row->bytes, 1'000'000, 1 << 30);
            execution.rows_order = order;
        }
    }

    // The executions of the labeled parent, in this recording, whose labeled columns hold the key
    // when it is asked for. Of several pages of a list, only the last one counts.
    void expect(const recording& r, const expected_group& group,
                const std::map<execution_key, told_execution>& told) {
        std::vector<column_id> columns;
        for (const auto& name : group.fed_by)
            columns.push_back(all_.column(name));
        for (const auto& [key, lookup] : told) {
            if (!lookup.statement || lookup.statement->catalog_only ||
                !is_child(*lookup.statement, group))
                continue;
            if (lookup.statement->keys.size() != columns.size()) continue;
            expected_lookup expected{r.label.scenario, {}, columns};
            std::uint64_t newest = 0;
            for (const auto& [parent_key, parent] : told) {
                if (!parent.rows || parent.rows_order >= lookup.order || parent.rows_order == 0)
                    continue;
                if (!holds(*parent.rows, columns, lookup, group)) continue;
                if (r.label.scenario == "p_n_webn1") {
                    if (parent.rows_order < newest || parent.statement->keys.size() == 1) continue;
                    newest = parent.rows_order;
                    expected.parents.clear();
                }
                expected.parents.insert(parent_key);
            }
            if (!expected.parents.empty()) expected_[key] = expected;
        }
    }

    // A composite key has the same column names on both sides, in any order.
    static std::string key_name(const expected_group& group, std::size_t i) {
        if (group.fed_by.size() == 1) return group.key_columns[0];
        return group.fed_by[i].substr(group.fed_by[i].find('.') + 1);
    }

    static bool holds(const row_block& rows, const std::vector<column_id>& columns,
                      const told_execution& lookup, const expected_group& group) {
        std::vector<std::size_t> at;
        for (const auto& column : columns) {
            const auto& described = rows.shape().columns();
            const auto it =
                std::find_if(described.begin(), described.end(), [&](const result_column& c) {
                    return column_id{c.table_oid, c.attribute} == column;
                });
            if (it == described.end()) return false;
            at.push_back(static_cast<std::size_t>(it - described.begin()));
        }
        const auto key_of = [&](const std::string& column) {
            const auto& keys = lookup.statement->keys;
            return std::find_if(keys.begin(), keys.end(),
                                [&](const auto& k) { return k.column == column; }) -
                   keys.begin();
        };
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            bool equal = true;
            for (std::size_t i = 0; i < at.size(); ++i) {
                const auto key = static_cast<std::size_t>(key_of(key_name(group, i)));
                equal = equal && key < lookup.keys.size() &&
                        rows.value(row, at[i]).hash == lookup.keys[key];
            }
            if (equal) return true;
        }
        return false;
    }

    const corpus& all_;
    std::vector<const recording*> recordings_;
    bool transactions_;
    detector_hub hub_{detector_settings{}};
    std::vector<pooled_connection> pool_;
    timestamp ticked_;
    std::vector<attribution> attributions_;
    std::map<execution_key, expected_lookup> expected_;
    std::map<execution_key, std::string> told_in_;
};

struct score {
    std::uint64_t expected = 0, right = 0, wrong_execution = 0, wrong_column = 0, on_clean = 0,
                  suspected = 0;
};

bool same_columns(const attribution& a, const std::vector<column_id>& columns) {
    return a.columns.size() == columns.size() &&
           std::all_of(a.columns.begin(), a.columns.end(), [&](const auto& c) {
               return std::find(columns.begin(), columns.end(),
                                column_id{c.table_oid, c.attribute}) != columns.end();
           });
}

void add(score& s, const marathon& m, bool verbose) {
    s.expected += m.expected().size();
    std::set<execution_key> seen;
    std::map<std::string, int> trouble;
    for (const auto& a : m.attributions()) {
        const execution_key lookup{a.connection_id, a.lookup};
        const auto it = m.expected().find(lookup);
        const std::string scenario = m.told().contains(lookup) ? m.told().at(lookup) : "?";
        if (a.kind == finding_class::suspected) {
            ++s.suspected;
            if (scenario != "x_noparent") ++trouble["suspected in " + scenario];
        }
        if (a.kind != finding_class::n_plus_one) continue;
        if (!seen.insert(lookup).second) ADD_FAILURE() << "attributed twice: " << scenario;
        if (it == m.expected().end()) {
            ++s.on_clean;
            ++trouble["n_plus_one claimed in " + scenario + " <- " +
                      a.parent_statement->normalized_text.substr(0, 100)];
            continue;
        }
        if (!same_columns(a, it->second.columns)) {
            ++s.wrong_column;
            ++trouble["wrong column in " + scenario + " <- " +
                      a.parent_statement->normalized_text.substr(0, 100)];
        } else if (!it->second.parents.contains({a.parent_connection_id, a.parent})) {
            ++s.wrong_execution;
            ++trouble["wrong execution in " + scenario + " of " +
                      a.child_statement->tables_read[0].name + " " + std::to_string(a.parent) +
                      " not " + std::to_string(it->second.parents.begin()->second) + " <- " +
                      (m.told().contains({a.parent_connection_id, a.parent})
                           ? m.told().at({a.parent_connection_id, a.parent})
                           : "?") +
                      " " + a.parent_statement->normalized_text];
        } else {
            ++s.right;
        }
    }
    for (const auto& [lookup, expected] : m.expected()) {
        if (!seen.contains(lookup)) ++trouble["not attributed in " + expected.recording];
    }
    if (!verbose) return;
    for (const auto& [what, count] : trouble)
        std::cout << "    " << count << " " << what << "\n";
}

class marathon_of_client : public ::testing::TestWithParam<bool> {};

TEST_P(marathon_of_client, attributes_nearly_every_lookup_and_none_of_a_clean_recording) {
    const corpus& all = shared_corpus();
    const bool transactions = GetParam();
    score sum;
    for (const auto& client : all.clients()) {
        if (const char* only = std::getenv("PGFOLD_CLIENT"); only != nullptr && client != only)
            continue;
        score s;
        for (std::uint32_t seed = 1; seed <= 3; ++seed) {
            marathon m(all, all.of_client(client), transactions);
            m.run(seed);
            add(s, m, std::getenv("PGFOLD_VERBOSE") != nullptr);
        }
        std::cout << std::left << std::setw(22) << client
                  << (transactions ? "with transactions  " : "without            ") << "right "
                  << s.right << "/" << s.expected << "  wrong column " << s.wrong_column
                  << "  wrong execution " << s.wrong_execution << "  on clean " << s.on_clean
                  << "  suspected " << s.suspected << "\n";
        EXPECT_EQ(s.on_clean, 0U) << client;
        sum.expected += s.expected;
        sum.right += s.right;
        sum.wrong_column += s.wrong_column;
        sum.wrong_execution += s.wrong_execution;
    }
    std::cout << "all clients: " << sum.right << " of " << sum.expected << " lookups right, "
              << sum.wrong_column << " to a wrong column, " << sum.wrong_execution
              << " to a wrong execution\n";
    EXPECT_GE(static_cast<double>(sum.right), 0.99 * static_cast<double>(sum.expected));
}

INSTANTIATE_TEST_SUITE_P(windows, marathon_of_client, ::testing::Bool(), [](const auto& param) {
    return param.param ? "with_transactions" : "without_transactions";
});

}  // namespace
}  // namespace pgfold::detect::testing
