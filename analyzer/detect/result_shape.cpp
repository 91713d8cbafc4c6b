#include "analyzer/detect/result_shape.hpp"

#include <algorithm>
#include <cstring>

namespace pgfold::detect {
namespace {

// Reads big-endian fields; once it has run over the end it only returns zeros.
class cursor {
public:
    explicit cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::uint32_t integer(std::size_t size) {
        if (bytes_.size() < size) return fail();
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = (value << 8) | std::to_integer<std::uint32_t>(bytes_[i]);
        bytes_ = bytes_.subspan(size);
        return value;
    }

    std::string string() {
        const auto* first = reinterpret_cast<const char*>(bytes_.data());
        const void* end = bytes_.empty() ? nullptr : std::memchr(first, 0, bytes_.size());
        if (end == nullptr) {
            fail();
            return {};
        }
        const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - first);
        bytes_ = bytes_.subspan(length + 1);
        return {first, length};
    }

    [[nodiscard]] bool failed() const { return failed_; }

private:
    std::uint32_t fail() {
        failed_ = true;
        bytes_ = {};
        return 0;
    }
    std::span<const std::byte> bytes_;
    bool failed_ = false;
};

}  // namespace

std::shared_ptr<const result_shape> result_shape::parse(std::span<const std::byte> row_description,
                                                        std::span<const std::int16_t> formats) {
    cursor in(row_description);
    const std::size_t count = in.integer(2);
    auto shape = std::make_shared<result_shape>();
    shape->columns_.reserve(std::min(count, columns_max));
    for (std::size_t i = 0; i < count && i < columns_max; ++i) {
        result_column column;
        column.name = in.string();
        column.table_oid = in.integer(4);
        column.attribute = static_cast<std::int16_t>(in.integer(2));
        column.type_oid = in.integer(4);
        (void)in.integer(2);  // typlen
        (void)in.integer(4);  // typmod
        column.binary = in.integer(2) == 1;
        if (in.failed()) return nullptr;
        // Bind's rule: no codes is text, one code is for all columns, else one per column.
        if (formats.size() == 1) column.binary = formats[0] == 1;
        if (formats.size() > 1) column.binary = i < formats.size() && formats[i] == 1;
        shape->columns_.push_back(std::move(column));
    }
    shape->source_.assign(row_description.begin(), row_description.end());
    shape->formats_.assign(formats.begin(), formats.end());
    return shape;
}

bool result_shape::same_source(std::span<const std::byte> row_description,
                               std::span<const std::int16_t> formats) const {
    return source_.size() == row_description.size() && formats_.size() == formats.size() &&
           std::equal(source_.begin(), source_.end(), row_description.begin()) &&
           std::equal(formats_.begin(), formats_.end(), formats.begin());
}

}  // namespace pgfold::detect
