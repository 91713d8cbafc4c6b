#include "proxy/net/waiting.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace pgfold::net {

namespace {
constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes_max = 16 << 20;
}  // namespace

deadline::deadline(event_loop& loop, std::chrono::milliseconds after)
    : loop_(loop), timer_(loop, [this] {
          expired_ = true;
          if (waiting_ != nullptr) waiting_->cancel();
      }) {
    timer_.expire_after(after);
}

readiness::readiness(stream& socket, io_status what, deadline& limit)
    : descriptor_watch(limit.loop()),
      socket_(socket),
      limit_(limit),
      wanted_(what == io_status::want_write ? EPOLLOUT : EPOLLIN) {}

readiness::~readiness() {
    leave();
}

void readiness::await_suspend(std::coroutine_handle<> waiting) {
    assert(socket_.waiting_ == nullptr && limit_.waiting_ == nullptr);
    waiting_ = waiting;
    socket_.waiting_ = this;
    limit_.waiting_ = this;
    if (!watch(socket_.descriptor(), wanted_)) cancel();
}

void readiness::leave() {
    if (!waiting_) return;
    stop_watching();
    socket_.waiting_ = nullptr;
    limit_.waiting_ = nullptr;
}

void readiness::cancel() {
    canceled_ = true;
    stop_watching();
    call_again();
}

void readiness::on_events(std::uint32_t /*events*/) {
    ready_ = !canceled_;
    leave();
    std::exchange(waiting_, nullptr).resume();
}

task<bool> write_all(stream& socket, std::span<const std::byte> bytes, deadline& limit) {
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

task<void> close_gently(event_loop& loop, stream socket) {
    socket.shutdown_write();
    deadline limit(loop, linger_time);
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
