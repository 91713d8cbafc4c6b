// What travels in CopyData between a walsender and us (manual: "Streaming Replication Protocol").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "proxy/freshness/replication/wal_position.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::freshness {

struct stream_message {
    enum class kind : std::uint8_t {
        data,      // XLogData: `payload` is one message of the output plugin
        keepalive  // all that was committed up to `position` has been sent before
    };
    kind what = kind::keepalive;
    wal_position position = 0;
    bool reply_requested = false;
    protocol::byte_span payload;
};

// Nothing: not such a message.
[[nodiscard]] std::optional<stream_message> parse_stream_message(protocol::byte_span copy_data);

// Standby status update: "I have got everything up to `position`", so the server may forget it.
using status_update = std::array<std::byte, 34>;
[[nodiscard]] status_update build_status_update(wal_position position, bool reply_requested);

}  // namespace pgfold::freshness
