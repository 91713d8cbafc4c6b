// A proxy that folds, in miniature, inside the clients: it fetches what a loop will ask, and
// answers from that as long as it thinks that nothing has changed. It knows every write, but for
// one kind of knowledge that can be taken from it. With all of it the check must pass, though most
// answers come from memory; without any one piece it must fail. That shows that the clients' work
// contains the situations in which each piece matters.
//
// The rule is pgfold's: a write is in flight from before it is sent until its transaction has
// ended, then its version goes up, before the client hears of it; an answer is served if nothing
// that it depends on is in flight or has another version than before its own query was sent.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/consistency/driver/connection.hpp"
#include "tests/consistency/driver/lookup.hpp"

namespace pgfold::consistency {

struct blind_spot;  // what the model does not know

[[nodiscard]] const std::vector<std::string_view>& blind_spot_names();

class fold_model {
public:
    // "none" knows everything. The name must be one of blind_spot_names().
    explicit fold_model(std::string_view blind_spot_name);

    using session_number = std::uint32_t;
    [[nodiscard]] session_number new_session();

    // Writers. `name` is what session::write() calls the statement.
    void write_begins(session_number by, std::string_view name);
    void statement_ended(session_number by);
    void rolled_back_to_savepoint(session_number by);
    void transaction_ended(session_number by);
    void prepared(session_number by, const std::string& transaction);
    void prepared_ended(const std::string& transaction);

    // Readers. A stamp of the tables that a lookup depends on, if none is being written.
    struct stamp {
        std::uint64_t sum = 0;
        read_context context;
    };
    [[nodiscard]] std::optional<stamp> capture(session_number by, const lookup& asked,
                                               const read_context& context);
    // `repeatable_read`: only what the session itself did matters.
    [[nodiscard]] bool is_valid(session_number by, const lookup& asked, const stamp& taken,
                                const read_context& context, bool repeatable_read, bool wrote);

    void served();
    [[nodiscard]] std::uint64_t served_count() const { return served_; }

private:
    struct write_state {
        std::uint64_t version = 0;
        std::uint32_t in_flight = 0;
    };
    using writes = std::vector<std::string>;  // by name

    void end(writes& ended);
    [[nodiscard]] std::uint64_t sum_of(const lookup& asked, bool& in_flight, session_number by);

    const blind_spot* blind_;
    std::mutex mutex_;
    std::map<std::string, write_state, std::less<>> states_;
    std::unordered_map<session_number, writes> open_;
    std::unordered_map<std::string, writes> prepared_;
    session_number sessions_ = 0;
    std::uint64_t served_ = 0;
};

}  // namespace pgfold::consistency
