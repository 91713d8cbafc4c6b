// Waiting in coroutines: for a socket, with a deadline.
#pragma once

#include <chrono>
#include <memory>

#include "proxy/net/asio_types.hpp"
#include "proxy/net/stream.hpp"

namespace pgfold::net {

// Bounds everything that is awaited with it. When it passes, waits under way end and later ones
// fail at once. Must outlive the waits that use it.
class deadline {
public:
    deadline(executor on, std::chrono::milliseconds after);
    ~deadline();
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    [[nodiscard]] bool expired() const;
    // The socket whose waits it ends; null for none. One at a time.
    void watch(stream_socket* socket);
    void stop();  // never expires after this

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Until `what` (want_read or want_write) can go on; false when the deadline passed or the socket
// was closed.
[[nodiscard]] awaitable<bool> wait_until_ready(stream& socket, io_status what, deadline& limit);

// Writes all of `bytes`, which must stay valid; false when that failed.
[[nodiscard]] awaitable<bool> write_all(stream& socket, std::span<const std::byte> bytes,
                                        deadline& limit);

// Closes so that the peer can still read what was sent: says that nothing more comes, then throws
// away what the peer has on its way, for a moment. (A close with unread input sends a reset, which
// makes the peer's kernel drop our last words.)
[[nodiscard]] awaitable<void> close_gently(stream socket);

// Whether input is waiting in the kernel.
[[nodiscard]] bool has_unread_input(const stream& socket);

}  // namespace pgfold::net
