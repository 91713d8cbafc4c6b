#include <algorithm>
#include <mutex>

#include "analyzer/statistics/dimension_table.hpp"
#include "analyzer/statistics/row_table.hpp"
#include "analyzer/statistics/statement_statistics.hpp"

namespace pgfold::statistics {
namespace {

// Rows that a reader copies under one lock: some 80 KiB, so recording waits microseconds.
constexpr std::size_t rows_per_lock = 64;

}  // namespace

struct statistics_shard::implementation {
    implementation(std::size_t statements_max, std::size_t dimensions_max)
        : dimensions(dimensions_max), table(statements_max) {}

    void move_to_other(const measured_row& row) {
        other.latency.merge(row.latency);
        other.rows += row.rows;
        other.bytes += row.bytes;
        other.errors += row.errors;
    }

    measured_row& row_for(const sql::template_ptr& statement, dimension_id where) {
        if (measured_row* known = table.find(*statement, where)) {
            known->used_again = true;
            return *known;
        }
        if (measured_row* fresh = table.insert(statement, where)) return *fresh;
        measured_row* const cold = table.victim();
        if (cold == nullptr) return other;
        move_to_other(*cold);
        table.erase(*cold);
        return *table.insert(statement, where);
    }

    struct activity {
        std::uint64_t requests = 0, queries = 0;
    };
    activity& activity_of(dimension_id where) {
        if (activities.size() <= where) activities.resize(where + 1);
        return activities[where];
    }

    std::mutex mutex;
    std::vector<activity> activities;  // by dimension
    dimension_table dimensions;
    row_table table;
    measured_row other;
};

statistics_shard::statistics_shard(std::size_t statements_max, std::size_t dimensions_max)
    : implementation_(std::make_unique<implementation>(statements_max, dimensions_max)) {}

statistics_shard::~statistics_shard() = default;

dimension_id statistics_shard::dimension(std::string_view database, std::string_view user,
                                         std::string_view route) {
    const std::lock_guard lock(implementation_->mutex);
    return implementation_->dimensions.intern(database, user, route);
}

void statistics_shard::record(const sql::template_ptr& statement, dimension_id where,
                              std::uint64_t duration_ns, std::uint64_t rows, std::uint64_t bytes,
                              bool error) {
    const std::lock_guard lock(implementation_->mutex);
    measured_row& row =
        statement ? implementation_->row_for(statement, where) : implementation_->other;
    row.latency.record(duration_ns);
    ++implementation_->activity_of(where).queries;
    row.rows += rows;
    row.bytes += bytes;
    row.errors += error ? 1 : 0;
}

void statistics_shard::count_request(dimension_id where) {
    const std::lock_guard lock(implementation_->mutex);
    ++implementation_->activity_of(where).requests;
}

void statistics_shard::merge_into(std::vector<request_row>& rows) const {
    const std::lock_guard lock(implementation_->mutex);
    for (std::size_t i = 0; i < implementation_->activities.size(); ++i) {
        const auto& [requests, queries] = implementation_->activities[i];
        if (requests == 0) continue;
        const dimension_names& names =
            implementation_->dimensions.names(static_cast<dimension_id>(i));
        rows.push_back({names.database, names.user, names.route, requests, queries});
    }
}

void statistics_shard::merge_into(std::vector<statement_row>& rows) const {
    const auto copy = [&](const measured_row& source, const dimension_names& names) {
        statement_row& row = rows.emplace_back();
        row.key = {source.statement, names.database, names.user, names.route};
        row.latency = source.latency;
        row.rows = source.rows;
        row.bytes = source.bytes;
        row.errors = source.errors;
    };
    // What is evicted meanwhile moves from a row to `other`. Reading that first, a snapshot can
    // miss a row for once but never counts one twice.
    {
        const std::lock_guard lock(implementation_->mutex);
        if (implementation_->other.latency.count() != 0) {
            copy(implementation_->other, implementation_->dimensions.names(dimension_table::other));
        }
    }
    std::size_t index = 0;
    for (bool more = true; more;) {
        // Outside the lock: recording must not wait for the allocator.
        if (rows.capacity() - rows.size() < rows_per_lock) {
            rows.reserve(std::max(2 * rows.capacity(), rows.size() + rows_per_lock));
        }
        const std::lock_guard lock(implementation_->mutex);
        const row_table& table = implementation_->table;
        const std::size_t end = std::min(index + rows_per_lock, table.rows_end());
        for (; index < end; ++index) {
            const measured_row& row = table.row(index);
            if (row.statement) copy(row, implementation_->dimensions.names(row.where));
        }
        more = index < table.rows_end();
    }
}

}  // namespace pgfold::statistics
