// Commits that the stream has brought, and that not everybody sees yet. A commit is in the log
// before it is in anybody's snapshot: how long before, its server process knows, and the
// synchronous standby that it may wait for. What is asked in between is answered without it, and
// would seem to be newer.
//
// So a commit raises versions twice: when it comes, and when it is known to be seen.
//
// Flow: add() each commit; ask the server for those of numbers() that it sees
// (publication_queries::visible), and tell remove().
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proxy/freshness/database_versions.hpp"

namespace pgfold::freshness {

class unseen_commits {
public:
    explicit unseen_commits(database_versions& database) : database_(database) {}

    void add(const std::vector<catalog::oid>& tables, bool everything, std::uint32_t transaction);
    void remove(std::span<const std::uint32_t> transactions);

    [[nodiscard]] bool empty() const { return commits_.empty(); }
    // The oldest ones, as many as are worth one question.
    [[nodiscard]] std::vector<std::uint32_t> numbers() const;
    [[nodiscard]] bool fit_one_question() const { return commits_.size() <= asked_at_once_max; }

private:
    static constexpr std::size_t asked_at_once_max = 1'000;

    struct commit {
        std::uint32_t transaction;
        std::vector<table_entry*> written;
        void raise() const;
    };
    database_versions& database_;
    // At most one for each server process, and what came since the last question.
    std::vector<commit> commits_;
};

}  // namespace pgfold::freshness
