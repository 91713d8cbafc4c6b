// Single flight: of equal questions that miss at the same time, one goes to the server, and the
// others wait for what it brings.
//
// Flow:
//     flight_ticket ticket = flights.join(hash, waker);
//     if (ticket.leads()) … ask the server, put the answer where it is found; drop the ticket
//     else … wait for waker->wake(), or for patience to end; look for the answer; drop the ticket
//
// The leader lands by dropping its ticket, whatever has become of it: then all who wait are woken,
// and whoever does not find an answer asks for itself. Nobody leads twice in a row, so nobody waits
// twice. All of it is safe to use from any thread; wake() is called on the leader's.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "analyzer/sql/hash128.hpp"

namespace pgfold::cache {

// Reaches a session on its own thread. May be called when the session is gone.
class waker {
public:
    virtual ~waker() = default;
    virtual void wake() = 0;
};

class flight_table;

class flight_ticket {
public:
    flight_ticket() = default;
    flight_ticket(flight_ticket&& other) noexcept { *this = std::move(other); }
    flight_ticket& operator=(flight_ticket&& other) noexcept;
    flight_ticket(const flight_ticket&) = delete;
    flight_ticket& operator=(const flight_ticket&) = delete;
    ~flight_ticket() { drop(); }

    [[nodiscard]] bool is_valid() const { return table_ != nullptr; }
    [[nodiscard]] bool leads() const { return table_ != nullptr && number_ == 0; }
    // The leader has landed. True for the leader itself, who need not wait.
    [[nodiscard]] bool has_landed() const;
    void drop();

private:
    friend class flight_table;
    struct flight;
    flight_ticket(flight_table* table, std::shared_ptr<flight> joined, std::uint64_t number)
        : table_(table), flight_(std::move(joined)), number_(number) {}

    flight_table* table_ = nullptr;
    std::shared_ptr<flight> flight_;
    std::uint64_t number_ = 0;  // of those who wait, from 1
};

class flight_table {
public:
    // Who waits for one answer; more ask for themselves.
    static constexpr std::size_t waiting_max = 10'000;

    flight_table() = default;
    flight_table(const flight_table&) = delete;
    flight_table& operator=(const flight_table&) = delete;

    // Not valid: too many wait already. `me` may be null where nobody wants to wait: then only a
    // ticket that leads is valid.
    [[nodiscard]] flight_ticket join(const sql::hash128& key, std::shared_ptr<waker> me);
    [[nodiscard]] std::size_t size() const;

private:
    friend class flight_ticket;
    void land(const std::shared_ptr<flight_ticket::flight>& landed);
    void leave(flight_ticket::flight& joined, std::uint64_t number);

    mutable std::mutex mutex_;
    std::unordered_map<sql::hash128, std::shared_ptr<flight_ticket::flight>, sql::hash128_to_size>
        under_way_;
};

}  // namespace pgfold::cache
