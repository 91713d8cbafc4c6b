#include "analyzer/detect/result_receiver.hpp"

#include <algorithm>

namespace pgfold::detect {

result_receiver::receiving_result* result_receiver::find(execution_id id) {
    if (receiving_.id == id) return &receiving_;
    for (auto& suspended : suspended_) {
        if (suspended.id == id) return &suspended;
    }
    return nullptr;
}

bool result_receiver::on_row_shape(execution_id id, const row_shape& shape) {
    const pending_execution* pending = pending_.find(id);
    if (pending == nullptr) return false;
    receiving_.id = id;
    receiving_.series = pending->series;
    receiving_.parent = pending->parent;
    receiving_.result.reset();
    receiving_.rows = 0;
    receiving_.first_row_missing = false;
    receiving_.wanted = true;
    if (pending->series != nullptr) {
        auto& known = pending->series->owner.shape;
        if (!known || !known->same_source(shape.row_description, shape.formats)) {
            known = result_shape::parse(shape.row_description, shape.formats);
        }
        receiving_.wanted = known != nullptr;
        receiving_.shape.reset();
    } else {
        receiving_.shape = result_shape::parse(shape.row_description, shape.formats);
        receiving_.wanted = receiving_.shape != nullptr;
    }
    return receiving_.wanted;
}

bool result_receiver::on_data_row(execution_id id, std::span<const std::byte> row, bool truncated) {
    receiving_result* receiving = find(id);
    if (receiving == nullptr || !receiving->wanted) return false;
    ++receiving->rows;
    if (receiving->rows == 1) {
        receiving->first_row.assign(row.begin(), row.end());
        receiving->first_row_missing = truncated;
        return true;
    }
    if (!receiving->result) {
        start_result(*receiving, row, truncated);
        return receiving->wanted;
    }
    if (!receiving->result->record) return false;  // evicted meanwhile
    row_block& rows = receiving->result->record->rows;
    if (truncated) {
        rows.mark_incomplete();
        return true;
    }
    receiving->wanted = append(rows, row);
    return receiving->wanted;
}

bool result_receiver::append(row_block& rows, std::span<const std::byte> row) const {
    return rows.append(row, state_.settings->result_rows_max, state_.settings->result_bytes_max);
}

std::shared_ptr<result_record> result_receiver::make_record(
    const receiving_result& receiving) const {
    const auto& shape =
        receiving.series != nullptr ? receiving.series->owner.shape : receiving.shape;
    auto record = std::make_shared<result_record>(shape);
    record->connection_id = state_.who.connection_id;
    record->id = receiving.id;
    record->statement =
        receiving.series != nullptr ? receiving.series->statement() : receiving.parent;
    record->request = state_.request;
    record->arrived = state_.now;
    return record;
}

void result_receiver::start_result(receiving_result& receiving,
                                   std::span<const std::byte> second_row, bool truncated) {
    auto record = make_record(receiving);
    bool derived = false;
    if (receiving.series != nullptr) {
        if (const pending_execution* pending = pending_.find(receiving.id)) {
            if (const lookup_record* lookup = receiving.series->find(pending->number)) {
                record->keys = lookup->keys;
                derived = lookup->touched;
            }
        }
    }
    const auto take = [&](std::span<const std::byte> row, bool missing) {
        if (missing) {
            record->rows.mark_incomplete();
        } else if (!append(record->rows, row)) {
            receiving.wanted = false;
        }
    };
    take(receiving.first_row, receiving.first_row_missing);
    take(second_row, truncated);
    auto result = std::make_shared<stored_result>(std::move(record));
    result->derived = derived;
    result->visible_from = ++state_.event;
    result->touched = state_.now;
    if (receiving.series != nullptr) supersede(*receiving.series, result.get());
    receiving.result = result;
    (void)results_.add(std::move(result));
}

void result_receiver::supersede(const lookup_series& series, const stored_result* newest) {
    if (results_.empty() || series.proven()) return;
    results_.supersede(*series.statement(), state_.request, state_.event, newest);
}

void result_receiver::keep_derived(std::shared_ptr<result_record> record,
                                   std::uint64_t visible_from) {
    auto result = std::make_shared<stored_result>(std::move(record));
    result->derived = true;
    result->visible_from = visible_from;
    result->touched = state_.now;
    (void)results_.add(std::move(result));
}

void result_receiver::keep_single_row(lookup_series& series) {
    auto& single = series.owner.single_row;
    if (!single || !series.was_touched(single->id)) return;
    std::uint64_t visible_from = 0;
    for (const lookup_record& lookup : series.log()) {
        if (lookup.id == single->id) visible_from = lookup.event + 1;
    }
    keep_derived(std::move(single), visible_from);
    single.reset();
}

const stored_result* result_receiver::finish(receiving_result& receiving, const execution_end& end,
                                             const lookup_record* lookup) {
    if (!receiving.result) {
        if (receiving.series != nullptr) finish_single_row(receiving, lookup);
        return nullptr;
    }
    stored_result& result = *receiving.result;
    if (!result.record) return nullptr;
    const std::uint64_t kept = result.record->rows.rows();
    result.rows_left_out = end.rows > kept ? end.rows - kept : 0;
    result.record->arrived = state_.now;
    return end.suspended ? nullptr : &result;  // which the window holds, since it has a record
}

void result_receiver::finish_single_row(receiving_result& receiving, const lookup_record* lookup) {
    lookup_series& series = *receiving.series;
    series.owner.single_row.reset();
    if (receiving.rows != 1 || receiving.first_row_missing || results_.empty() ||
        lookup == nullptr || !series.has_keys()) {
        supersede(series, nullptr);
        return;
    }
    auto record = make_record(receiving);
    record->keys = lookup->keys;
    if (!record->rows.append(receiving.first_row, 1, state_.settings->result_bytes_max)) return;
    if (lookup->touched) {
        keep_derived(std::move(record), state_.event);
        return;
    }
    supersede(series, nullptr);
    series.owner.single_row = std::move(record);
}

void result_receiver::suspend(receiving_result& receiving) {
    if (suspended_.size() >= suspended_max) suspended_.erase(suspended_.begin());
    if (receiving.series != nullptr) {
        if (!receiving.shape) receiving.shape = receiving.series->owner.shape;
        receiving.parent = receiving.series->statement();
    }
    suspended_.push_back(receiving);
    suspended_.back().series = nullptr;  // the series may be gone when the portal goes on
}

const stored_result* result_receiver::on_execution_end(const execution_end& end,
                                                       const lookup_series* series,
                                                       const lookup_record* lookup) {
    if (receiving_.id == end.id) {
        const stored_result* const complete = finish(receiving_, end, lookup);
        if (end.suspended) suspend(receiving_);
        receiving_.id = 0;
        receiving_.result.reset();
        receiving_.parent.reset();
        return complete;
    }
    if (!suspended_.empty()) {
        const auto it = std::find_if(suspended_.begin(), suspended_.end(),
                                     [&](const auto& s) { return s.id == end.id; });
        if (it == suspended_.end()) return nullptr;
        const stored_result* const complete = finish(*it, end, nullptr);
        if (!end.suspended) suspended_.erase(it);
        return complete;
    }
    if (series != nullptr && end.sqlstate.empty() && !end.skipped) {
        supersede(*series, nullptr);  // no rows at all
    }
    return nullptr;
}

void result_receiver::forget_results() {
    results_.clear();
    receiving_.first_row = {};
}

}  // namespace pgfold::detect
