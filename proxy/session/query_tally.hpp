// How many queries were done for what: one count per tag. Thread-safe; a counter, once handed out,
// stays where it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "analyzer/sql/sqlcommenter.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::session {

class query_tally {
public:
    using counter = std::atomic<std::uint64_t>;

    // Past the bound, the one of "": what is not tagged.
    [[nodiscard]] counter& of(std::string_view label);
    [[nodiscard]] std::map<std::string, std::uint64_t> counts() const;

    // Queries of the application: no transaction control, no settings, no SELECT 1, nothing that
    // asks only the system catalogs, which drivers do once and then remember.
    [[nodiscard]] static bool is_counted(const sql::statement_template& statement);

private:
    static constexpr std::size_t labels_max = 100'000;

    mutable std::mutex mutex_;
    std::map<std::string, counter, std::less<>> counters_;
};

// What a statement with these tags was done for: pgfold.tag, else its route; else empty.
[[nodiscard]] std::string label_of(const sql::tag_list& tags);

}  // namespace pgfold::session
