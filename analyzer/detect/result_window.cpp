#include "analyzer/detect/result_window.hpp"

#include <algorithm>

namespace pgfold::detect {

stored_result& result_window::add(std::shared_ptr<stored_result> result) {
    make_room(result->derived);
    result->serial = next_serial_++;
    results_.push_back(std::move(result));
    return *results_.back();
}

void result_window::make_room(bool derived) {
    for (;;) {
        std::size_t count = 0;
        std::size_t oldest = results_.size();
        for (std::size_t i = 0; i < results_.size(); ++i) {
            if (results_[i]->derived != derived) continue;
            ++count;
            if (oldest == results_.size() || results_[i]->touched < results_[oldest]->touched)
                oldest = i;
        }
        if (count == 0 || (count < results_max_ && bytes() < bytes_max)) return;
        evict(oldest);
    }
}

void result_window::evict(std::size_t position) {
    results_[position]->record.reset();  // sources that still point here see that it is gone
    results_.erase(results_.begin() + static_cast<std::ptrdiff_t>(position));
}

std::size_t result_window::bytes() const {
    std::size_t sum = 0;
    for (const auto& result : results_)
        sum += result->record->rows.bytes();
    return sum;
}

void result_window::supersede(const sql::statement_template& statement, std::uint64_t request,
                              std::uint64_t at, const stored_result* newest) {
    for (auto& result : results_) {
        if (result.get() != newest && result->superseded_at == never &&
            result->record->request == request &&
            same_statement(*result->record->statement, statement)) {
            result->superseded_at = at;
        }
    }
}

void result_window::reinstate(const sql::statement_template& statement) {
    for (auto& result : results_) {
        if (same_statement(*result->record->statement, statement)) result->superseded_at = never;
    }
}

void result_window::expire(timestamp before) {
    for (std::size_t i = results_.size(); i-- > 0;) {
        if (results_[i]->touched < before) evict(i);
    }
}

void result_window::clear() {
    for (auto& result : results_)
        result->record.reset();
    results_.clear();
    results_.shrink_to_fit();
}

}  // namespace pgfold::detect
