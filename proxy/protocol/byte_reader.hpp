// Bounds-checked cursor over one message body. A read past the end sets a sticky error and yields
// zeros, so a parser reads all its fields and asks ok() once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace pgfold::protocol {

using byte_span = std::span<const std::byte>;

[[nodiscard]] inline std::uint32_t load_uint32(const std::byte* p) {
    return std::to_integer<std::uint32_t>(p[0]) << 24 | std::to_integer<std::uint32_t>(p[1]) << 16 |
           std::to_integer<std::uint32_t>(p[2]) << 8 | std::to_integer<std::uint32_t>(p[3]);
}

[[nodiscard]] inline std::uint16_t load_uint16(const std::byte* p) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(p[0]) << 8 |
                                      std::to_integer<unsigned>(p[1]));
}

[[nodiscard]] inline std::string_view as_text(byte_span bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline byte_span as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

class byte_reader {
public:
    explicit byte_reader(byte_span bytes) : bytes_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }
    // Everything was read and nothing was missing.
    [[nodiscard]] bool complete() const { return ok_ && at_end(); }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }
    [[nodiscard]] std::size_t position() const { return position_; }

    std::uint8_t read_uint8() {
        if (!require(1)) return 0;
        return std::to_integer<std::uint8_t>(bytes_[position_++]);
    }
    std::uint16_t read_uint16() {
        if (!require(2)) return 0;
        const auto value = load_uint16(bytes_.data() + position_);
        position_ += 2;
        return value;
    }
    std::int16_t read_int16() { return static_cast<std::int16_t>(read_uint16()); }
    std::uint32_t read_uint32() {
        if (!require(4)) return 0;
        const auto value = load_uint32(bytes_.data() + position_);
        position_ += 4;
        return value;
    }
    std::int32_t read_int32() { return static_cast<std::int32_t>(read_uint32()); }

    byte_span read_bytes(std::size_t count) {
        if (!require(count)) return {};
        const auto result = bytes_.subspan(position_, count);
        position_ += count;
        return result;
    }

    byte_span read_rest() { return read_bytes(remaining()); }

    // String of the manual: bytes up to a zero byte, which is consumed.
    std::string_view read_string() {
        if (!ok_) return {};
        const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + position_;
        const auto* end = static_cast<const char*>(
            remaining() == 0 ? nullptr : std::memchr(begin, 0, remaining()));
        if (end == nullptr) {
            ok_ = false;
            return {};
        }
        const auto length = static_cast<std::size_t>(end - begin);
        position_ += length + 1;
        return {begin, length};
    }

private:
    bool require(std::size_t count) {
        if (ok_ && remaining() >= count) return true;
        ok_ = false;
        return false;
    }

    byte_span bytes_;
    std::size_t position_ = 0;
    bool ok_ = true;
};

}  // namespace pgfold::protocol
