// Which server a cancel key belongs to. A CancelRequest comes on a connection of its own, on any
// thread, and must reach the same server that issued the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "proxy/net/server_address.hpp"
#include "proxy/session/cancel_mark.hpp"

namespace pgfold::net {

struct upstream;

struct cancel_target {
    server_address address;
    std::shared_ptr<const upstream> via;  // how its connection was made: TLS options
    std::shared_ptr<session::cancel_mark> mark;
};

// Thread-safe. Used when a session starts, ends or is canceled, never for a query.
class cancel_registry {
public:
    // False when the key is taken: two servers can issue the same one, 3.0's secrets have 32 bits.
    // The first keeps it.
    bool add(std::uint32_t process_id, std::span<const std::byte> secret, cancel_target target);
    void remove(std::uint32_t process_id, std::span<const std::byte> secret);
    [[nodiscard]] std::optional<cancel_target> find(std::uint32_t process_id,
                                                    std::span<const std::byte> secret) const;
    [[nodiscard]] std::size_t size() const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, cancel_target> targets_;  // by process id and secret
};

}  // namespace pgfold::net
