// The rows of one result, kept small: fields too long to be a key are left out, rows and bytes are
// bounded. Values are hashed later, and only in columns that a lookup asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/detect/canonical_value.hpp"
#include "analyzer/detect/result_shape.hpp"

namespace pgfold::detect {

class row_block {
public:
    static constexpr std::size_t field_bytes_max = 64;

    explicit row_block(std::shared_ptr<const result_shape> shape) : shape_(std::move(shape)) {}

    // `row` is the body of a DataRow. False: not kept, the block is full or the row malformed.
    [[nodiscard]] bool append(std::span<const std::byte> row, std::size_t rows_max,
                              std::size_t bytes_max);
    void mark_incomplete() { complete_ = false; }

    [[nodiscard]] std::size_t rows() const { return offsets_.size(); }
    [[nodiscard]] std::size_t bytes() const {
        return bytes_.size() + offsets_.size() * sizeof(std::uint32_t);
    }
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] const result_shape& shape() const { return *shape_; }
    [[nodiscard]] const std::shared_ptr<const result_shape>& shape_pointer() const {
        return shape_;
    }

    // Hash 0 for NULL and for fields left out.
    [[nodiscard]] canonical_value value(std::size_t row, std::size_t column) const;
    // The bytes as they came; none for NULL and for fields left out.
    [[nodiscard]] std::optional<std::string_view> field(std::size_t row, std::size_t column) const;

private:
    std::shared_ptr<const result_shape> shape_;
    std::vector<char> bytes_;  // per field an int16 length, -1 without a value, and the value
    std::vector<std::uint32_t> offsets_;
    bool complete_ = true;
};

}  // namespace pgfold::detect
