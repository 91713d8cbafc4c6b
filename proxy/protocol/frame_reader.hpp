// Cuts one direction of a conversation into messages, whatever the pieces that it arrives in.
//
// Flow:
//     reader.feed(chunk);
//     while (true) {
//         const frame f = reader.next(wanted);   // wanted(type, body_bytes) → bytes of body to
//         deliver if (f.state == frame_state::need_more) break; …
//     }
//
// A body that lies whole in the chunk is delivered in place; one that does not is assembled in a
// buffer of at most the wanted size. Where fewer bytes are wanted than the body has, the message is
// delivered as soon as those are there (`prefix`), and the rest is passed over as it streams by:
// memory does not depend on the length of a message. The untyped first packet of a frontend is not
// read by this class (see startup.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/protocol/byte_reader.hpp"
#include "proxy/protocol/message_type.hpp"

namespace pgfold::protocol {

enum class frame_state : std::uint8_t {
    need_more,  // the chunk is used up
    message,    // `body` is the whole body
    prefix,     // `body` is the wanted beginning of a longer body (empty if nothing is wanted)
    malformed,  // impossible length; the reader stays in this state
};

struct frame {
    frame_state state = frame_state::need_more;
    std::uint8_t type = 0;
    std::uint32_t body_bytes = 0;  // of the whole body
    byte_span body;                // valid until the next call of next() or feed()
};

class frame_reader {
public:
    static constexpr std::size_t header_bytes = 5;

    // The chunk must stay in place until next() has answered need_more.
    void feed(byte_span chunk) { rest_ = chunk; }

    template <class Wanted>
    [[nodiscard]] frame next(Wanted&& wanted) {
        if (state_ == reading::skip && !finish_skip()) return {};
        if (state_ != reading::header) return resume();
        if (header_have_ == 0 && rest_.size() >= header_bytes) {
            const std::byte* header = rest_.data();
            rest_ = rest_.subspan(header_bytes);
            return begin(header, wanted);
        }
        if (!gather_header()) return {};
        return begin(header_.data(), wanted);
    }

    // No message is half read.
    [[nodiscard]] bool at_boundary() const {
        return state_ == reading::header && header_have_ == 0;
    }
    // Passes over what is left of a message that was delivered as a prefix; false: more of it
    // comes.
    [[nodiscard]] bool pass_rest() { return state_ != reading::skip || finish_skip(); }
    // What next() has not looked at yet.
    [[nodiscard]] byte_span rest() const { return rest_; }

private:
    enum class reading : std::uint8_t { header, body, skip, malformed };

    template <class Wanted>
    frame begin(const std::byte* header, Wanted&& wanted) {
        const auto type = std::to_integer<std::uint8_t>(header[0]);
        const std::uint32_t length = load_uint32(header + 1);
        header_have_ = 0;
        if (length < 4 || length > message_bytes_max) {
            state_ = reading::malformed;
            return {frame_state::malformed, type, 0, {}};
        }
        current_.type = type;
        current_.body_bytes = length - 4;
        const std::size_t size =
            std::min<std::size_t>(wanted(type, current_.body_bytes), current_.body_bytes);
        current_.state = size == current_.body_bytes ? frame_state::message : frame_state::prefix;
        if (size <= rest_.size()) {
            current_.body = rest_.first(size);
            rest_ = rest_.subspan(size);
            skip(current_.body_bytes - size);
            return current_;
        }
        return assemble(size);
    }

    [[nodiscard]] bool gather_header();
    [[nodiscard]] frame assemble(std::size_t size);
    [[nodiscard]] frame resume();
    [[nodiscard]] bool finish_skip();
    void skip(std::size_t count) {
        skip_bytes_ = count;
        if (count != 0) state_ = reading::skip;
    }

    byte_span rest_;
    frame current_;
    std::size_t skip_bytes_ = 0;
    std::size_t assembled_size_ = 0;
    std::vector<std::byte> assembled_;
    std::array<std::byte, header_bytes> header_{};
    std::uint8_t header_have_ = 0;
    reading state_ = reading::header;
};

}  // namespace pgfold::protocol
