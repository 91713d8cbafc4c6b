// The executions of one statement on one connection, and the guesses at where their keys come from.
//
// Flow: add() every execution; it leaves a touch at each source that holds its keys. settle()
// judges the sources, takes the lookups that the best ones explain out of the series and returns
// them as proofs. What stays unexplained waits for a better idea until it falls out of the log.
//
// Cost: a statement with no results to follow pays for its entry in the log and nothing else. A
// result is looked at from the second lookup after it on, so that a list page with one detail page
// never has its columns hashed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/foreign_keys.hpp"
#include "analyzer/detect/key_source.hpp"
#include "analyzer/detect/lookup_totals.hpp"
#include "analyzer/detect/provenance.hpp"
#include "analyzer/detect/result_window.hpp"

namespace pgfold::detect {

// What a series needs to know about its surroundings.
class series_context {
public:
    virtual ~series_context() = default;
    [[nodiscard]] virtual bool is_proven_loop(const sql::statement_template& statement) const = 0;
    [[nodiscard]] virtual result_window& results() = 0;
    [[nodiscard]] virtual const proof_rules& rules() const = 0;
    [[nodiscard]] virtual key_relation relation(const result_column& parent,
                                                const sql::key_comparison& child) const = 0;
};

struct proven_lookup {
    lookup_record lookup;
    execution_id parent = 0;
    std::uint64_t parent_connection_id = 0;
};

struct loop_proof {
    sql::template_ptr parent;
    std::vector<result_column> columns;     // of the parent's result
    column_tuple positions;                 // their places in it
    std::vector<std::string> column_names;  // without aliases
    std::vector<std::uint8_t> keys;         // which of the statement's key comparisons they feed
    std::vector<proven_lookup> lookups;
    std::uint64_t distinct = 0;
    std::uint64_t runs = 0;  // loops that begin here
    bool exact = false;      // nothing was passed over
    timestamp parent_arrived;
};

// Lookups that have left the log unexplained, for the window that they were in.
struct repetition_state {
    std::uint32_t window = 0;
    lookup_totals totals;
};

class lookup_series {
public:
    static constexpr std::size_t log_max = 256;
    static constexpr std::size_t log_entries_max = 1024;  // with settled ones behind open ones
    static constexpr std::size_t log_without_results_max = 64;
    static constexpr std::size_t sources_max = 48;
    static constexpr std::size_t results_per_source_max = 96;
    static constexpr std::size_t touches_max = 4096;

    lookup_series(sql::template_ptr statement, std::uint64_t signature, std::uint64_t request);

    [[nodiscard]] const sql::template_ptr& statement() const { return statement_; }
    [[nodiscard]] bool is(const sql::statement_template& statement, std::uint64_t signature,
                          std::uint64_t request) const {
        return (&statement == statement_.get() || same_statement(statement, *statement_)) &&
               signature == signature_ && request == request_;
    }
    [[nodiscard]] bool has_keys() const { return keys_ > 0; }
    [[nodiscard]] bool proven() const { return proven_; }
    [[nodiscard]] std::uint64_t signature() const { return signature_; }
    [[nodiscard]] std::uint64_t request() const { return request_; }
    [[nodiscard]] std::span<const value_kind> kinds() const { return kinds_; }

    // Returns the lookup's number.
    std::uint64_t add(const lookup_record& lookup, std::span<const value_kind> kinds,
                      series_context& context);
    [[nodiscard]] lookup_record* find(std::uint64_t number);
    [[nodiscard]] bool wants_settling(const series_context& context) const;

    // `closing`: nothing more will come, lookups still under way are taken as they are.
    [[nodiscard]] std::vector<loop_proof> settle(bool closing, series_context& context);

    [[nodiscard]] std::span<lookup_record> log() { return log_; }
    [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
    [[nodiscard]] bool log_full() const;
    // When it is full: takes settled lookups at the front and, but for the newest half, the
    // unsettled ones out of the log. What it could not drop does not count for log_full().
    [[nodiscard]] std::vector<lookup_record> retire(bool all);
    void mark_settled(lookup_record& lookup);
    [[nodiscard]] std::vector<std::uint8_t> varying_keys() const;
    // A row that alone answered a lookup may be the parent of a nested loop. Its execution or 0.
    [[nodiscard]] bool was_touched(execution_id id) const;

    // Bookkeeping of the connection that owns the series.
    struct state {
        std::uint64_t last_used = 0;  // event
        std::uint32_t in_flight = 0;
        bool in_window_list = false;
        std::shared_ptr<const result_shape> shape;
        std::shared_ptr<result_record>
            single_row;  // the last answer of one row, kept while results are about
        std::string tag_comment, example;
        bool ignored = false;
        repetition_state tally;
        bool other_arguments_vary = false;
        std::uint64_t other_arguments = 0;
    } owner;

private:
    // A result of which not every column is followed: it has not been looked at, or the keys so far
    // are not in it. Masks have a bit per column, for each key.
    struct prospect {
        std::shared_ptr<stored_result> result;
        std::uint64_t from = 0;     // first lookup after it
        std::uint64_t seen = 0;     // first lookup not looked for in it
        std::uint64_t look_at = 2;  // lookups after it before the next look
        bool known = false;         // `candidates` is set
        std::array<std::uint64_t, result_record::keys_max> candidates{}, found{};
    };

    void note_kinds(std::span<const value_kind> kinds);
    bool note_variation(const lookup_record& lookup);
    [[nodiscard]] std::uint64_t key_hash(const lookup_record& lookup) const;
    void rebuild(series_context& context);
    void find_prospects(const result_window& window);
    void look_at_prospects(bool all, series_context& context);
    void look_at(prospect& candidate, series_context& context);
    void choose_candidates(prospect& candidate);
    void follow_combinations(const prospect& candidate, series_context& context);
    void follow(const std::shared_ptr<stored_result>& result, const column_tuple& columns,
                series_context& context);
    key_source* source_for(const stored_result& result, const column_tuple& columns,
                           series_context& context);
    void probe(lookup_record& lookup, std::uint64_t number);
    [[nodiscard]] std::size_t next_check() const;
    [[nodiscard]] std::size_t log_limit() const;
    void drop_front(std::size_t count);
    void trim();
    void catch_up();
    void forget_settled_touches();
    [[nodiscard]] parent_role role_of(const key_source& source,
                                      const series_context& context) const;
    [[nodiscard]] loop_proof commit(key_source& source, judgement& verdict, parent_role role);
    void settle_rest(std::vector<loop_proof>& proofs, std::size_t settled_max,
                     series_context& context);

    sql::template_ptr statement_;
    std::uint64_t signature_, request_;
    std::uint8_t keys_ = 0;     // key comparisons followed
    std::uint8_t varying_ = 0;  // bit per key whose value has changed
    std::array<value_kind, result_record::keys_max> kinds_{};
    std::array<std::uint64_t, result_record::keys_max> first_keys_{};
    bool proven_ = false;

    std::vector<lookup_record> log_;
    std::uint64_t base_ = 1;  // number of log_[0]
    std::size_t unsettled_ = 0;
    std::size_t check_at_ = 0;  // unsettled lookups at which sources are judged next
    std::size_t full_at_ = 0;   // not before the log has as many entries
    std::uint64_t serial_seen_ = 0;
    std::vector<prospect> prospects_;
    std::vector<std::unique_ptr<key_source>> sources_;
};

}  // namespace pgfold::detect
