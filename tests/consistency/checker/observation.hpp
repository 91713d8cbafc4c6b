// What a read says about the committed state: its rows found in the timelines, its own
// transaction's writes taken out.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/consistency/checker/timeline_set.hpp"

namespace pgfold::consistency {

struct seen_version {
    row_timeline* on = nullptr;
    const version_entry* entry = nullptr;
    std::uint32_t read = 0;
};

struct seen_owner {
    row_timeline* on = nullptr;
    owner_id owner = gone;
    bool holds = true;
    std::uint32_t read = 0;

    [[nodiscard]] bool allows(const version_entry& entry) const {
        return (entry.owner == owner) == holds;
    }
};

struct observation {
    std::vector<seen_version> versions;
    std::vector<seen_owner> owners;
};

class observer {
public:
    observer(timeline_set& timelines, const history& part);

    // Adds what read number `read` saw to `to`; what cannot be right whatever the moment goes to
    // `violations`.
    void observe(std::uint32_t read, observation& to, std::vector<violation>& violations);

private:
    // The writes of the read's own transaction, as they stand when it is sent.
    class own_writes;

    void observe_row(const seen_row& row, std::uint32_t number, const own_writes& own,
                     observation& to, std::vector<violation>& violations);
    void observe_owner(const condition& seen, std::uint32_t number, const own_writes& own,
                       observation& to, std::vector<violation>& violations);
    void observe_listing(const listing& list, std::uint32_t number, const own_writes& own,
                         observation& to, std::vector<violation>& violations);
    void check_form(const listing& list, const read_operation& read,
                    std::vector<violation>& violations) const;

    timeline_set& timelines_;
    const history& part_;
    std::vector<std::vector<const row_write*>> writes_;  // by transaction
};

}  // namespace pgfold::consistency
