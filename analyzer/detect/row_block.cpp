#include "analyzer/detect/row_block.hpp"

#include <algorithm>
#include <cstring>

namespace pgfold::detect {
namespace {

std::int32_t read_int32(const std::byte* p) {
    return static_cast<std::int32_t>((std::to_integer<std::uint32_t>(p[0]) << 24) |
                                     (std::to_integer<std::uint32_t>(p[1]) << 16) |
                                     (std::to_integer<std::uint32_t>(p[2]) << 8) |
                                     std::to_integer<std::uint32_t>(p[3]));
}

}  // namespace

bool row_block::append(std::span<const std::byte> row, std::size_t rows_max,
                       std::size_t bytes_max) {
    if (offsets_.size() >= rows_max || bytes_.size() >= bytes_max || row.size() < 2) {
        complete_ = false;
        return false;
    }
    if (offsets_.empty()) {  // a guess that spares most results growing piece by piece
        bytes_.reserve(std::min<std::size_t>(row.size() * 8, 2048));
        offsets_.reserve(8);
    }
    const std::size_t start = bytes_.size();
    const std::size_t fields = shape_->columns().size();
    std::size_t count =
        (std::to_integer<std::size_t>(row[0]) << 8) | std::to_integer<std::size_t>(row[1]);
    if (count > fields) count = fields;
    row = row.subspan(2);
    for (std::size_t i = 0; i < fields; ++i) {
        std::int16_t kept = -1;
        std::size_t length = 0;
        if (i < count) {
            const std::int32_t declared = row.size() < 4 ? -2 : read_int32(row.data());
            if (declared < -1 ||
                (declared >= 0 && row.size() - 4 < static_cast<std::size_t>(declared))) {
                bytes_.resize(start);
                complete_ = false;
                return false;
            }
            row = row.subspan(4);
            length = declared < 0 ? 0 : static_cast<std::size_t>(declared);
            if (declared >= 0 && length <= field_bytes_max)
                kept = static_cast<std::int16_t>(length);
        }
        const std::size_t at = bytes_.size();
        bytes_.resize(at + sizeof kept + (kept > 0 ? length : 0));
        std::memcpy(bytes_.data() + at, &kept, sizeof kept);
        if (kept > 0) std::memcpy(bytes_.data() + at + sizeof kept, row.data(), length);
        row = row.subspan(length);
    }
    offsets_.push_back(static_cast<std::uint32_t>(start));
    return true;
}

std::optional<std::string_view> row_block::field(std::size_t row, std::size_t column) const {
    const char* p = bytes_.data() + offsets_[row];
    std::int16_t length = 0;
    for (std::size_t i = 0;; ++i) {
        std::memcpy(&length, p, sizeof length);
        p += sizeof length;
        if (i == column) break;
        if (length > 0) p += length;
    }
    if (length < 0) return std::nullopt;
    return std::string_view(p, static_cast<std::size_t>(length));
}

canonical_value row_block::value(std::size_t row, std::size_t column) const {
    const auto bytes = field(row, column);
    if (!bytes) return {};
    const result_column& type = shape_->columns()[column];
    return canonicalize(*bytes, type.type_oid, type.binary);
}

}  // namespace pgfold::detect
