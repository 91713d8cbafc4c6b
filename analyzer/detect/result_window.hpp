// The recent results of one connection that may feed loops, bounded in number, bytes and age.
//
// Two rings, each least recently touched out first: results that stand on their own, and results
// that are themselves answers inside a loop. A loop's many answers so never push its parent out,
// and a live loop keeps its parent by touching it. More memory would make proofs worse, not better:
// old columns of small integers explain anything.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "analyzer/detect/stored_result.hpp"

namespace pgfold::detect {

class result_window {
public:
    static constexpr std::size_t bytes_max = 512 * 1024;  // of all results together

    explicit result_window(std::size_t results_max) : results_max_(results_max) {}

    // Takes a place in its ring; the least recently touched of a full ring goes.
    stored_result& add(std::shared_ptr<stored_result> result);
    // A statement was executed afresh: loops over its older results are over.
    void supersede(const sql::statement_template& statement, std::uint64_t request,
                   std::uint64_t at, const stored_result* newest);
    // The statement turned out to be a loop itself: its executions stand side by side.
    void reinstate(const sql::statement_template& statement);
    void expire(timestamp before);
    void clear();

    [[nodiscard]] bool empty() const { return results_.empty(); }
    [[nodiscard]] std::uint64_t newest_serial() const { return next_serial_ - 1; }
    [[nodiscard]] const std::vector<std::shared_ptr<stored_result>>& results() const {
        return results_;
    }

private:
    void evict(std::size_t position);
    void make_room(bool derived);
    [[nodiscard]] std::size_t bytes() const;

    std::size_t results_max_;
    std::vector<std::shared_ptr<stored_result>> results_;  // by serial
    std::uint64_t next_serial_ = 1;
};

[[nodiscard]] inline bool same_statement(const sql::statement_template& a,
                                         const sql::statement_template& b) {
    return &a == &b || (a.hash_low == b.hash_low && a.hash_high == b.hash_high);
}

}  // namespace pgfold::detect
