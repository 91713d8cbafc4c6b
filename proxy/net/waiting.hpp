// Waiting in coroutines: for a socket, with a deadline.
#pragma once

#include <chrono>
#include <coroutine>
#include <span>

#include "proxy/net/event_loop.hpp"
#include "proxy/net/stream.hpp"

namespace pgfold::net {

class readiness;

// Bounds everything that is awaited with it. When it passes, the wait under way ends and later ones
// fail at once. Must outlive the waits that use it.
class deadline {
public:
    deadline(event_loop& loop, std::chrono::milliseconds after);
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    [[nodiscard]] bool expired() const { return expired_; }
    [[nodiscard]] event_loop& loop() const { return loop_; }

private:
    friend class readiness;
    event_loop& loop_;
    loop_timer timer_;
    readiness* waiting_ = nullptr;
    bool expired_ = false;
};

// One wait, as co_await wants it; see wait_until_ready.
class [[nodiscard]] readiness final : public descriptor_watch {
public:
    readiness(stream& socket, io_status what, deadline& limit);
    ~readiness() override;

    [[nodiscard]] bool await_ready() const { return limit_.expired() || !socket_.is_open(); }
    void await_suspend(std::coroutine_handle<> waiting);
    [[nodiscard]] bool await_resume() const {
        return ready_ && !limit_.expired() && socket_.is_open();
    }

    // Ends the wait, though not from within this call: the socket is about to be closed, or the
    // deadline has passed.
    void cancel();

private:
    void on_events(std::uint32_t events) override;
    void leave();

    stream& socket_;
    deadline& limit_;
    const std::uint32_t wanted_;
    std::coroutine_handle<> waiting_;
    bool canceled_ = false;
    bool ready_ = false;
};

// Until `what` (want_read or want_write) can go on; false when the deadline passed or the socket
// was closed. One wait at a time for each socket and for each deadline.
[[nodiscard]] inline readiness wait_until_ready(stream& socket, io_status what, deadline& limit) {
    return {socket, what, limit};
}

// Writes all of `bytes`, which must stay valid; false when that failed.
[[nodiscard]] task<bool> write_all(stream& socket, std::span<const std::byte> bytes,
                                   deadline& limit);

// Closes so that the peer can still read what was sent: says that nothing more comes, then throws
// away what the peer has on its way, for a moment. (A close with unread input sends a reset, which
// makes the peer's kernel drop our last words.)
[[nodiscard]] task<void> close_gently(event_loop& loop, stream socket);

// Whether input is waiting in the kernel.
[[nodiscard]] bool has_unread_input(const stream& socket);

}  // namespace pgfold::net
