// Which isolation level the session's transaction has. Under READ COMMITTED each statement sees
// what is committed by then, so an answer that is still true may cross the borders of transactions;
// under a fixed snapshot it may not. Not known counts as the latter.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::fold {

class isolation_tracker {
public:
    // A statement that leaves settings alone.
    void on_statement(const sql::statement_template& statement);
    void on_status(char status);  // of ReadyForQuery, when it changes
    void forget();                // settings may have changed

    [[nodiscard]] bool knows_default() const { return default_ != level::unknown; }
    void learn_default(std::string_view value);  // of default_transaction_isolation

    // Of the transaction that is open, or that each statement is outside of one.
    [[nodiscard]] bool is_read_committed() const { return current_ == level::read_committed; }

private:
    enum class level : std::uint8_t { unknown, read_committed, snapshot };
    [[nodiscard]] static level named_in(std::string_view text);

    level default_ = level::unknown;
    level begun_ = level::unknown;  // by the latest BEGIN
    level current_ = level::unknown;
    bool open_ = false;
};

}  // namespace pgfold::fold
