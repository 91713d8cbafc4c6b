// Builder for the messages that pgfold originates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::protocol {

class byte_writer {
public:
    explicit byte_writer(std::vector<std::byte>& out) : out_(out) {}

    byte_writer& write_uint8(std::uint8_t value) {
        out_.push_back(static_cast<std::byte>(value));
        return *this;
    }
    byte_writer& write_uint16(std::uint16_t value) {
        return write_uint8(static_cast<std::uint8_t>(value >> 8))
            .write_uint8(static_cast<std::uint8_t>(value));
    }
    byte_writer& write_uint32(std::uint32_t value) {
        return write_uint16(static_cast<std::uint16_t>(value >> 16))
            .write_uint16(static_cast<std::uint16_t>(value));
    }
    byte_writer& write_bytes(byte_span bytes) {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    // String of the manual: with its zero byte.
    byte_writer& write_string(std::string_view text) {
        return write_bytes(as_bytes(text)).write_uint8(0);
    }

private:
    std::vector<std::byte>& out_;
};

// Writes a message's type and reserves its length; the destructor fills the length in. For the
// untyped first packet pass no type.
class message_builder : public byte_writer {
public:
    template <class Type>
    message_builder(std::vector<std::byte>& out, Type type) : byte_writer(out), out_(out) {
        write_uint8(static_cast<std::uint8_t>(type));
        begin();
    }
    explicit message_builder(std::vector<std::byte>& out) : byte_writer(out), out_(out) { begin(); }
    ~message_builder() {
        const auto length = static_cast<std::uint32_t>(out_.size() - length_at_);
        for (int i = 0; i < 4; ++i)
            out_[length_at_ + static_cast<std::size_t>(i)] =
                static_cast<std::byte>(length >> (24 - 8 * i));
    }
    message_builder(const message_builder&) = delete;
    message_builder& operator=(const message_builder&) = delete;

private:
    void begin() {
        length_at_ = out_.size();
        write_uint32(0);
    }

    std::vector<std::byte>& out_;
    std::size_t length_at_ = 0;
};

}  // namespace pgfold::protocol
