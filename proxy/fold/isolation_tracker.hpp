// Which isolation level the session's transaction has. Under READ COMMITTED each statement sees
// what is committed by then, so an answer that is still true may cross the borders of transactions;
// under a fixed snapshot it may not. Not known counts as the latter.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/sql/statement_template.hpp"

namespace pgfold::fold {

enum class isolation_level : std::uint8_t { unknown, read_committed, snapshot, serializable };

class isolation_tracker {
public:
    // A statement that leaves settings alone.
    void on_statement(const sql::statement_template& statement);
    void on_status(char status);  // of ReadyForQuery, when it changes
    void forget();                // settings may have changed

    // Something of it has to be asked of the server.
    [[nodiscard]] bool is_known() const {
        return default_ != level::unknown && current_ != level::unknown;
    }
    // A question put to the server now; learn() knows by it what has changed until the answer.
    struct question {
        std::uint32_t settings = 0;
        std::uint32_t transaction = 0;
    };
    [[nodiscard]] question ask() const { return asked_; }
    // Values of transaction_isolation and default_transaction_isolation when that was asked.
    void learn(question asked, std::string_view current, std::string_view by_default);

    // Of the transaction that is open, or that each statement is outside of one.
    [[nodiscard]] bool is_read_committed() const { return current_ == level::read_committed; }

    // What a transaction gets without a word; told to sessions of equal settings, and by them.
    [[nodiscard]] isolation_level by_default() const { return default_; }
    void adopt_default(isolation_level level);
    // A statement sent now sees all that is committed: it is READ COMMITTED, or alone in its
    // transaction. Behind a BEGIN that has not been answered yet, too.
    [[nodiscard]] bool sees_latest() const;
    // Nothing says no: others have asked already, or will be told.
    [[nodiscard]] bool may_see_latest() const {
        return sees_latest() || (outside_ && !has_begun_ && default_ == isolation_level::unknown);
    }

    // Reads ahead could make such a transaction fail that would not have.
    // Also behind a BEGIN that has not been answered yet.
    [[nodiscard]] bool is_serializable() const {
        return current_ == level::serializable || (has_begun_ && begun_ == level::serializable);
    }

private:
    using level = isolation_level;
    [[nodiscard]] static level named_in(std::string_view text);

    level default_ = level::unknown;
    level begun_ = level::unknown;  // by the latest BEGIN
    bool has_begun_ = false;        // a BEGIN was sent since the last transaction ended
    level current_ = level::unknown;
    bool outside_ = true;  // of a transaction, by the latest status
    question asked_;       // what would be asked now
};

}  // namespace pgfold::fold
