// The server's side of `comments: strip`: corrects the position in ErrorResponse and NoticeResponse
// messages, which PostgreSQL counts in the text without comments, to where it is in the client's.
//
// Flow: the session reads the server's bytes first and calls expect() for each such message; then
// filter() finds the messages in the same bytes, in the same order. They are held until they are
// whole, everything else passes as it comes, and most often uncopied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/session/text_cuts.hpp"

namespace pgfold::session {

class error_positions {
public:
    static constexpr std::size_t message_bytes_max = 64 * 1024;  // longer ones pass unchanged

    // The next error or notice is about a text with these cuts.
    void expect(const text_cuts& cuts) { expected_.push_back(cuts); }

    // What to send for `bytes`; valid until the next call. The first call starts with a message.
    [[nodiscard]] std::span<const std::byte> filter(std::span<const std::byte> bytes);

private:
    void append(std::span<const std::byte> bytes) {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    void append_corrected(std::span<const std::byte> message);
    [[nodiscard]] text_cuts take_expected();

    std::vector<text_cuts> expected_;  // oldest first; few, and empty without errors
    std::vector<std::byte> held_;      // of a message that is not whole, or of a header
    std::vector<std::byte> out_;
    std::uint64_t pass_bytes_ = 0;  // of a message that passes as it comes
    bool lost_ = false;             // an impossible length: no boundary is known any more
};

}  // namespace pgfold::session
