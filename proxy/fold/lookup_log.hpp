// The latest lookups that sessions of one pool have sent to the server, by statement. Two or three
// in a row that follow a column of somebody's recent result are a loop, although each session has
// seen only some of them; and what has been asked already need not be fetched ahead.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "analyzer/detect/result_window.hpp"
#include "proxy/fold/prediction.hpp"

namespace pgfold::fold {

class lookup_log {
public:
    static constexpr std::size_t statements_max = 64;
    static constexpr std::size_t lookups_max = 128;  // of one statement

    struct logged {
        seen_lookup lookup;
        detect::timestamp at;
        std::uint64_t connection = 0;
    };

    // Searching gets rarer while it finds nothing: false, and it need not be logged either.
    [[nodiscard]] bool is_awake(const sql::statement_template& statement);
    void note(const sql::statement_template& statement, const logged& latest);
    // Those since then, newest first.
    [[nodiscard]] std::vector<logged> since(const sql::statement_template& statement,
                                            detect::timestamp then, std::size_t max) const;
    void note_search(const sql::statement_template& statement, bool found);

private:
    struct of_statement {
        std::uint64_t hash_low = 0, hash_high = 0;
        std::deque<logged> lookups;
        std::uint32_t fruitless = 0;  // searches in a row
        std::uint32_t resting = 0;    // lookups until the next ones are looked at
        std::uint64_t last_use = 0;
    };

    [[nodiscard]] of_statement& state_of(const sql::statement_template& statement);

    mutable std::mutex mutex_;
    std::vector<of_statement> statements_;
    std::uint64_t uses_ = 0;
};

}  // namespace pgfold::fold
