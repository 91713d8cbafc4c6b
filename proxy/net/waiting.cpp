#include "proxy/net/waiting.hpp"

#include <sys/ioctl.h>

#include <array>

namespace pgfold::net {

namespace {
constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes_max = 16 << 20;
}  // namespace

struct deadline::state {
    explicit state(executor on) : timer(on) {}
    steady_timer timer;
    stream_socket* socket = nullptr;
    bool expired = false;
};

deadline::deadline(executor on, std::chrono::milliseconds after)
    : state_(std::make_shared<state>(on)) {
    state_->timer.expires_after(after);
    state_->timer.async_wait([held = state_](error_code failure) {
        if (failure) return;
        held->expired = true;
        error_code ignored;
        if (held->socket != nullptr) held->socket->cancel(ignored);
    });
}

deadline::~deadline() {
    stop();
}

bool deadline::expired() const {
    return state_->expired;
}

void deadline::watch(stream_socket* socket) {
    state_->socket = socket;
}

void deadline::stop() {
    state_->socket = nullptr;
    state_->timer.cancel();
}

awaitable<bool> wait_until_ready(stream& socket, io_status what, deadline& limit) {
    if (limit.expired() || !socket.is_open()) co_return false;
    limit.watch(&socket.socket());
    const auto direction =
        what == io_status::want_write ? stream_socket::wait_write : stream_socket::wait_read;
    const auto [failure] = co_await socket.socket().async_wait(direction, as_tuple_awaitable);
    limit.watch(nullptr);
    co_return !failure && !limit.expired();
}

awaitable<bool> write_all(stream& socket, std::span<const std::byte> bytes, deadline& limit) {
    while (!bytes.empty()) {
        const io_result result = socket.write_some(bytes);
        switch (result.status) {
            case io_status::ok:
                bytes = bytes.subspan(result.bytes);
                break;
            case io_status::want_read:
            case io_status::want_write: {
                const bool ready = co_await wait_until_ready(socket, result.status, limit);
                if (!ready) co_return false;
                break;
            }
            default:
                co_return false;
        }
    }
    co_return true;
}

awaitable<void> close_gently(stream socket) {
    socket.shutdown_write();
    deadline limit(socket.socket().get_executor(), linger_time);
    std::size_t thrown_away = 0;
    while (thrown_away < linger_bytes_max) {
        std::array<std::byte, 2048> buffer;
        // Below TLS: what comes need not be understood any more.
        const ssize_t count =
            ::recv(socket.descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN)) break;
        if (count > 0) {
            thrown_away += static_cast<std::size_t>(count);
            continue;
        }
        const bool ready = co_await wait_until_ready(socket, io_status::want_read, limit);
        if (!ready) break;
    }
    socket.close();
}

bool has_unread_input(const stream& socket) {
    int count = 0;
    return ::ioctl(socket.descriptor(), FIONREAD, &count) == 0 && count > 0;
}

}  // namespace pgfold::net
