// A client of one connection, in a few words: what it asks, what it gets, when.
//
//     conversation c(hub);
//     c.query(organizations, {}, rows_of({{1, 5}, {2, 6}}));
//     c.query(employees, {1}, …);
//
// Every statement is a round trip of its own unless told otherwise. Values are text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/detector.hpp"

namespace pgfold::detect::testing {

using namespace std::chrono_literals;

// SELECT … FROM `table` WHERE each of `keys` = $n; its result has `columns` of that table.
[[nodiscard]] sql::template_ptr select(const std::string& table, std::vector<std::string> keys = {},
                                       const std::string& note = "");
[[nodiscard]] sql::template_ptr write(sql::statement_kind kind, const std::string& table,
                                      std::vector<std::string> keys, std::size_t values);
[[nodiscard]] sql::template_ptr statement_of(sql::statement_kind kind);

struct cell {
    cell(int number) : text(std::to_string(number)) {}  // NOLINT: implicit on purpose
    cell(std::string value, bool null = false) : text(std::move(value)), is_null(null) {}  // NOLINT
    cell(const char* value) : text(value) {}                                               // NOLINT
    std::string text;
    bool is_null = false;
};
inline const cell null_cell{"", true};

struct column {
    std::string name;
    std::uint32_t table_oid = 0;
    std::int16_t attribute = 0;
    std::uint32_t type_oid = 23;
};

struct result {
    std::vector<column> columns;
    std::vector<std::vector<cell>> rows;
};

// One int4 column per name, of the table with this OID, attributes from 1 on.
[[nodiscard]] result rows_of(std::uint32_t table_oid, std::vector<std::string> names,
                             std::vector<std::vector<cell>> rows);
// A single column of ids.
[[nodiscard]] result ids(std::uint32_t table_oid, const std::string& name,
                         const std::vector<int>& values);
[[nodiscard]] std::vector<int> sequence(int first, int last);

struct collected {
    detector_hub hub;
    std::vector<attribution> attributions;
    std::vector<finding> announced;

    explicit collected(detector_settings settings = {});
    [[nodiscard]] std::vector<finding> of(finding_class kind) const;
    // Lookups attributed to this column of a result of this parent.
    [[nodiscard]] std::size_t attributed(const sql::template_ptr& child,
                                         const sql::template_ptr& parent, std::uint32_t table_oid,
                                         std::int16_t attribute) const;
};

class conversation {
public:
    explicit conversation(collected& all, std::uint64_t connection_id = 1,
                          const std::string& application = "");
    ~conversation();
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;

    execution_id query(const sql::template_ptr& statement, const std::vector<cell>& arguments,
                       const result& answer, const std::string& comment = "");
    execution_id query(const sql::template_ptr& statement, const std::vector<cell>& arguments = {});
    execution_id fail(const sql::template_ptr& statement, const std::vector<cell>& arguments);
    // The two halves, for pipelines.
    execution_id ask(const sql::template_ptr& statement, const std::vector<cell>& arguments,
                     const std::string& comment = "");
    void answer(execution_id id, const result& answer, bool suspended = false);
    // pgfold answers itself.
    execution_id folded_query(const sql::template_ptr& statement,
                              const std::vector<cell>& arguments, const result& answer);
    void ready(execution_id first, execution_id last);

    void begin();
    void commit();
    void wait(std::chrono::nanoseconds time) { now_ += time; }
    void at(timestamp now) { now_ = std::max(now_, now); }
    [[nodiscard]] timestamp now() const { return now_; }
    void tick() { observer_->on_tick(now_); }
    void reset() { observer_->on_session_reset(now_); }
    void end();
    [[nodiscard]] conversation_observer& observer() { return *observer_; }

private:
    void send_rows(execution_id id, const result& answer);

    std::unique_ptr<conversation_observer> observer_;
    timestamp now_;
    execution_id next_ = 1;
    char status_ = 'I';
    bool ended_ = false;
};

}  // namespace pgfold::detect::testing
