#include "analyzer/statistics/row_table.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace pgfold::statistics {

row_table::row_table(std::size_t rows_max)
    : rows_max_(std::clamp<std::size_t>(rows_max, 1, 1 << 24)),
      mask_(std::bit_ceil(rows_max_ * 2) - 1),
      slots_(mask_ + 1) {
    blocks_.resize((rows_max_ + block_rows - 1) / block_rows);
}

std::uint64_t row_table::hash(const sql::statement_template& statement, dimension_id where) {
    // hash_low is a good hash by itself; the multiplication spreads the dimension over all bits.
    return statement.hash_low ^ ((std::uint64_t{where} + 1) * 0x9E37'79B9'7F4A'7C15ULL);
}

measured_row* row_table::find(const sql::statement_template& statement, dimension_id where) {
    const std::uint64_t wanted = hash(statement, where);
    for (std::size_t i = wanted & mask_; slots_[i].row != 0; i = (i + 1) & mask_) {
        if (slots_[i].hash != wanted) continue;
        measured_row& candidate = row_at(slots_[i].row - 1);
        // The same text may have been parsed anew: templates are compared by identity of the text.
        if (candidate.where == where && candidate.statement->hash_low == statement.hash_low &&
            candidate.statement->hash_high == statement.hash_high) {
            return &candidate;
        }
    }
    return nullptr;
}

measured_row* row_table::insert(const sql::template_ptr& statement, dimension_id where) {
    std::size_t index = 0;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else if (rows_made_ < rows_max_) {
        index = rows_made_++;
        if (index / block_rows == blocks_used_) {
            blocks_[blocks_used_++] = std::make_unique<measured_row[]>(block_rows);
        }
    } else {
        return nullptr;
    }
    measured_row& fresh = row_at(index);
    fresh.statement = statement;
    fresh.where = where;
    const std::uint64_t key = hash(*statement, where);
    std::size_t i = key & mask_;
    while (slots_[i].row != 0)
        i = (i + 1) & mask_;
    slots_[i] = {key, static_cast<std::uint32_t>(index + 1)};
    return &fresh;
}

measured_row* row_table::victim() {
    for (std::size_t looked_at = 0; looked_at < victims_looked_at_max; ++looked_at) {
        if (hand_ >= rows_made_) hand_ = 0;
        if (hand_ >= rows_made_) return nullptr;
        measured_row& candidate = row_at(hand_++);
        if (!candidate.statement) continue;
        if (!candidate.used_again) return &candidate;
        candidate.used_again = false;
    }
    return nullptr;
}

std::size_t row_table::slot_of(const measured_row& row) const {
    std::size_t i = hash(*row.statement, row.where) & mask_;
    while (&blocks_[(slots_[i].row - 1) / block_rows][(slots_[i].row - 1) % block_rows] != &row) {
        i = (i + 1) & mask_;
    }
    return i;
}

void row_table::erase(measured_row& row) {
    std::size_t hole = slot_of(row);
    free_.push_back(slots_[hole].row - 1);
    // Close the gap, so that no probe ends too early (backward shift deletion).
    for (std::size_t i = (hole + 1) & mask_; slots_[i].row != 0; i = (i + 1) & mask_) {
        const std::size_t home = slots_[i].hash & mask_;
        if (((i - home) & mask_) < ((i - hole) & mask_))
            continue;  // it would stand before its home
        slots_[hole] = slots_[i];
        hole = i;
    }
    slots_[hole] = {};
    row = measured_row{};
}

}  // namespace pgfold::statistics
