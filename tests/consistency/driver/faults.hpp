// Errors that a proxy could make, made here between the client and the connection, so that it can
// be shown that each is found.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/consistency/driver/connection.hpp"

namespace pgfold::consistency {

enum class fault : std::uint8_t {
    none,
    stale,           // an earlier answer of anybody, outside transactions
    stale_list,      // the same, for lists of rows only
    own_write,       // an earlier answer inside a transaction that has written since
    rolled_back,     // an answer from inside a transaction that was rolled back
    snapshot,        // REPEATABLE READ: an answer of another connection
    settings,        // an earlier answer under another role or search_path
    wrong_key,       // the answer for another key
    torn,            // one half of an earlier answer, one half of the present one
    dropped_row,     // a list without its last row
    repeated_write,  // a write is sent twice
    lost_write,      // a write is reported done and is not
};

[[nodiscard]] std::optional<fault> fault_by_name(std::string_view name);
[[nodiscard]] const std::vector<std::string_view>& fault_names();

// What is known about a lookup when the fault decides.
struct lookup_circumstances {
    std::string question;  // text and key
    bool lists_rows = false;
    bool joined = false;
    bool in_transaction = false;
    bool wrote = false;  // in this transaction
    bool repeatable_read = false;
    bool control = false;
    std::uint64_t transaction = 0;  // unique over all clients
    int settings = 0;               // role and search_path
};

// Shared by all clients.
class fault_injector {
public:
    fault_injector(fault kind, std::uint64_t seed) : kind_(kind), random_(seed) {}

    [[nodiscard]] bool is(fault kind) const { return kind_ == kind; }
    // Now and then true.
    [[nodiscard]] bool strikes();

    // The answer to give in place of `honest`, if any.
    [[nodiscard]] result_ptr distort(const lookup_circumstances& lookup, const answer& honest);
    void transaction_ended(std::uint64_t transaction, bool committed);

private:
    struct memory {
        result_ptr result;
        std::uint64_t transaction = 0;
        bool wrote = false;
        bool in_transaction = false;
        bool rolled_back = false;
        int settings = 0;
        std::string question;
    };

    [[nodiscard]] bool suits(const lookup_circumstances& lookup, const memory& old) const;

    fault kind_;
    std::mutex mutex_;
    std::mt19937_64 random_;
    std::map<std::string, std::vector<memory>> memories_;
};

}  // namespace pgfold::consistency
