// Writes in flight whose session does not hold them any more: of transactions prepared for
// two-phase commit, until COMMIT or ROLLBACK PREPARED is seen on whichever connection; and of
// connections lost while an outcome was open, for a bounded time. Thread-safe; rarely used.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/freshness/write_ticket.hpp"

namespace pgfold::freshness {

using timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

struct unsettled_limits {
    // A backend that lost its client goes on until it next writes to it; what it commits after this
    // time is not noticed.
    std::chrono::nanoseconds open_outcome = std::chrono::seconds(10);
    // More: the oldest end at once. That is safe: what is prepared is not seen by anyone before
    // COMMIT PREPARED, which for a transaction not known here writes everything.
    std::size_t prepared_max = 10'000;
    std::size_t lost_max = 10'000;
};

class unsettled_writes {
public:
    unsettled_writes(unsettled_limits limits, const freshness_rules& rules)
        : limits_(limits), rules_(rules) {}

    void add_prepared(std::string_view gid, write_ticket ticket);
    // A ticket for the same tables, for who is about to send COMMIT or ROLLBACK PREPARED; none if
    // the transaction is not known.
    [[nodiscard]] std::optional<write_ticket> share_prepared(const database_versions& database,
                                                             std::string_view gid) const;
    void end_prepared(const database_versions& database, std::string_view gid);

    void add_lost(write_ticket ticket, timestamp now);
    // To be called now and then.
    void expire(timestamp now);

    [[nodiscard]] std::size_t prepared() const;
    [[nodiscard]] std::size_t lost() const;

private:
    struct prepared_transaction {
        write_ticket ticket;
        std::uint64_t number;
    };
    using prepared_key = std::pair<const database_versions*, std::string>;
    struct lost_connection {
        write_ticket ticket;
        timestamp until;
    };

    const unsettled_limits limits_;
    const freshness_rules rules_;
    mutable std::mutex mutex_;
    std::map<prepared_key, prepared_transaction> prepared_;
    std::uint64_t prepared_number_ = 0;
    std::vector<lost_connection> lost_;
};

}  // namespace pgfold::freshness
