// How often tables are written, as cache.auto wants to know it: an allowance of writes that fills
// up with time. A table whose allowance is used up is left alone until half of it is back, so that
// one at the limit does not go in and out.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/freshness/database_versions.hpp"

namespace pgfold::cache {

class table_churn {
public:
    // All tables that the answer depends on are seldom written. Any thread.
    [[nodiscard]] bool is_quiet(const freshness::read_set& tables, std::uint32_t writes_per_hour,
                                detect::timestamp now);

private:
    static constexpr std::size_t tables_max = 10'000;
    struct record {
        std::uint64_t version = 0;
        detect::timestamp seen;
        double allowance = 0;
        bool quiet = true;
    };
    [[nodiscard]] bool is_quiet(const freshness::table_entry& table, double per_hour,
                                detect::timestamp now);

    std::mutex mutex_;
    std::unordered_map<const freshness::table_entry*, record> records_;
};

}  // namespace pgfold::cache
