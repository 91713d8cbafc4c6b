// The framer gives the same messages whatever the pieces that the bytes come in.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "proxy/protocol/frame_reader.hpp"

using namespace pgfold::protocol;

namespace {

struct event {
    frame_state state;
    std::uint8_t type;
    std::uint32_t body_bytes;
    std::string body;
    friend bool operator==(const event&, const event&) = default;
};

template <class NextPiece>
std::vector<event> read_all(byte_span input, NextPiece next_piece) {
    frame_reader reader;
    std::vector<event> events;
    while (!input.empty()) {
        const auto size = std::min<std::size_t>(next_piece(), input.size());
        const std::vector<std::byte> piece(input.begin(),
                                           input.begin() + static_cast<std::ptrdiff_t>(size));
        input = input.subspan(size);
        reader.feed(piece);
        while (true) {
            const frame f = reader.next([](std::uint8_t type, std::uint32_t body) {
                return type % 3 == 0 ? std::size_t{type} : std::size_t{body};
            });
            if (f.state == frame_state::need_more) break;
            events.push_back({f.state, f.type, f.body_bytes, std::string(as_text(f.body))});
            if (f.state == frame_state::malformed) return events;
        }
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const byte_span input = std::as_bytes(std::span(data, size)).subspan(1);
    std::uint32_t state = data[0] + 1u;
    const auto whole = read_all(input, [&] { return input.size(); });
    const auto pieces =
        read_all(input, [&] { return 1 + (state = state * 1664525u + 1013904223u) % 17; });
    if (whole != pieces) std::abort();
    return 0;
}
