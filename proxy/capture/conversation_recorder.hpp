// One conversation on its way into the file: its bytes are cut into messages, filtered, and written
// as packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proxy/capture/message_filter.hpp"
#include "proxy/capture/tcp_packets.hpp"

namespace pgfold::capture {

class conversation_recorder {
public:
    // `values` null: values are not redacted.
    conversation_recorder(const client_address& client, std::uint64_t number, std::string comment,
                          const pseudonyms* values)
        : client_(client),
          comment_(std::move(comment)),
          packets_(client, number),
          filter_(values) {}

    // All append to `out`, the file's next bytes. `bytes` are changed in place.
    void open(std::vector<std::byte>& out, timestamp at) { packets_.open(out, at, comment_); }
    void startup_packet(std::vector<std::byte>& out, std::span<const std::byte> bytes,
                        timestamp at);
    void bytes(std::vector<std::byte>& out, direction from, std::span<std::byte> bytes,
               timestamp at);
    void close(std::vector<std::byte>& out, timestamp at);

    // A new file has begun: its first packet of this says again what the conversation is.
    void begin_file() { introduce_again_ = true; }

    [[nodiscard]] const client_address& client() const { return client_; }

private:
    struct side {
        std::vector<std::byte> kept;  // of a message that is not complete
        std::uint64_t passing = 0;    // bytes to come of a message that is not held …
        bool blank = false;           // … and must not be seen
        bool given_up = false;        // not messages
    };

    // How many of `bytes` are done with; the rest is an incomplete message.
    std::size_t filter(side& s, direction from, std::span<std::byte> bytes);
    void emit(std::vector<std::byte>& out, direction from, std::span<const std::byte> bytes,
              timestamp at);

    client_address client_;
    std::string comment_;
    tcp_packets packets_;
    message_filter filter_;
    std::array<side, 2> sides_;
    bool introduce_again_ = false;
};

}  // namespace pgfold::capture
