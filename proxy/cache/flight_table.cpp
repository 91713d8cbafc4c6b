#include "proxy/cache/flight_table.hpp"

#include <atomic>
#include <utility>

namespace pgfold::cache {

struct flight_ticket::flight {
    sql::hash128 key;
    std::atomic<bool> landed{false};
    // Under the table's mutex.
    std::uint64_t last_number = 0;
    std::vector<std::pair<std::uint64_t, std::shared_ptr<waker>>> waiting;
};

flight_ticket& flight_ticket::operator=(flight_ticket&& other) noexcept {
    if (this == &other) return *this;
    drop();
    table_ = std::exchange(other.table_, nullptr);
    flight_ = std::move(other.flight_);
    number_ = other.number_;
    return *this;
}

bool flight_ticket::has_landed() const {
    return leads() || !flight_ || flight_->landed.load();
}

void flight_ticket::drop() {
    flight_table* table = std::exchange(table_, nullptr);
    if (table == nullptr) return;
    const auto joined = std::move(flight_);
    if (number_ == 0)
        table->land(joined);
    else
        table->leave(*joined, number_);
}

flight_ticket flight_table::join(const sql::hash128& key, std::shared_ptr<waker> me) {
    const std::lock_guard lock(mutex_);
    auto& found = under_way_[key];
    if (found == nullptr) {
        found = std::make_shared<flight_ticket::flight>();
        found->key = key;
        return {this, found, 0};
    }
    if (me == nullptr || found->waiting.size() >= waiting_max) return {};
    found->waiting.emplace_back(++found->last_number, std::move(me));
    return {this, found, found->last_number};
}

std::size_t flight_table::size() const {
    const std::lock_guard lock(mutex_);
    return under_way_.size();
}

void flight_table::land(const std::shared_ptr<flight_ticket::flight>& landed) {
    decltype(landed->waiting) waiting;
    {
        const std::lock_guard lock(mutex_);
        landed->landed.store(true);
        under_way_.erase(landed->key);
        waiting.swap(landed->waiting);
    }
    for (const auto& [number, who] : waiting)
        who->wake();
}

void flight_table::leave(flight_ticket::flight& joined, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    std::erase_if(joined.waiting, [number](const auto& w) { return w.first == number; });
}

}  // namespace pgfold::cache
