// What a session asks its driver to do. Actions are carried out in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pgfold::session {

enum class action_kind : std::uint8_t {
    send_to_server,
    send_to_client,
    close_client,  // after everything queued for the client has been written
    close_server,
};

// `bytes` points into the input of the call that returned the action, or into the session, and is
// valid until the next call on the session.
struct action {
    action_kind kind;
    std::span<const std::byte> bytes;
};

using action_list = std::vector<action>;  // owned and reused by the driver; calls append

}  // namespace pgfold::session
