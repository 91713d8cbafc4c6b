#include "proxy/net/relay.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>

#include "proxy/net/clock.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/waiting.hpp"
#include "proxy/protocol/startup.hpp"

namespace pgfold::net {
namespace {

// The other side is read again only once the queue is well below the limit, so that a slow reader
// costs few turns.
constexpr std::size_t queue_bytes_high = 64 * 1024;
constexpr std::size_t queue_bytes_low = 16 * 1024;
// A busy connection gives way to the others of its thread after this many full buffers.
constexpr int reads_per_turn_max = 4;
// As many actions in a row go into one system call.
constexpr std::size_t pieces_per_write_max = 16;
constexpr std::byte terminate_message[] = {std::byte{'X'}, std::byte{0}, std::byte{0}, std::byte{0},
                                           std::byte{4}};

// Of a session that may wait for others, and may be gone when they call.
class relay_waker final : public cache::waker {
public:
    relay_waker(std::shared_ptr<mailbox> mail, std::weak_ptr<relay> woken)
        : mail_(std::move(mail)), woken_(std::move(woken)) {}
    void wake() override {
        mail_->post([woken = woken_] {
            if (const auto self = woken.lock()) self->wake();
        });
    }

private:
    const std::shared_ptr<mailbox> mail_;
    const std::weak_ptr<relay> woken_;
};

}  // namespace

relay::relay(event_loop& loop, thread_resources& thread, stream client, stream server,
             std::shared_ptr<detect::conversation_observer> observer,
             std::unique_ptr<session::session> conversation, callbacks owner)
    : loop_(loop),
      thread_(thread),
      client_(loop, *this, side::client, std::move(client)),
      server_(loop, *this, side::server, std::move(server)),
      observer_(std::move(observer)),
      session_(std::move(conversation)),
      owner_(std::move(owner)),
      wake_timer_(loop, [this] {
          wake_timer_set_ = false;
          wake();
      }) {}

relay::~relay() = default;

void relay::start(std::span<const std::byte> from_client) {
    session_->use_waker(std::make_shared<relay_waker>(loop_.mail(), weak_from_this()));
    if (!from_client.empty()) pass(side::client, from_client);
    // Both may hold bytes that TLS has read already, so both are read before they are waited for.
    if (!over_) on_readable(side::server);
    if (!over_) on_readable(side::client);
    update_watches();
}

// ---- events

void relay::on_events(side which, std::uint32_t events) {
    peer& here = at(which);
    constexpr std::uint32_t broken = EPOLLERR | EPOLLHUP;  // reading or writing will say how
    const bool readable = (events & (EPOLLIN | broken)) != 0;
    const bool writable = (events & (EPOLLOUT | broken)) != 0;
    if (!here.queue.empty() && (here.write_wants_read ? readable : writable)) on_writable(which);
    if (!over_ && (here.read_wants_write ? writable : readable)) on_readable(which);
    update_watches();
}

void relay::on_tick(detect::timestamp at) {
    if (!over_ && !raw_) session_->on_tick(at);
    if (session_->wake_at()) wake();  // it may have been canceled
    update_watches();
}

void relay::wake() {
    if (over_ || raw_) return;
    thread_.actions.clear();
    try {
        session_->on_wake(now(), thread_.actions);
    } catch (const std::exception& error) {
        log::warning(std::string("a session that was woken failed: ") + error.what());
        end();
        return;
    }
    carry_out(thread_.actions);
    if (!over_) look_at_session();
    if (client_.close_after_queue || server_.close_after_queue) settle();
    set_wake_timer();
    update_watches();
}

// What the session waits for may never come.
void relay::set_wake_timer() {
    if (over_ || raw_) return;
    const auto at = session_->wake_at();
    if (!at) {
        if (std::exchange(wake_timer_set_, false)) wake_timer_.cancel();
        return;
    }
    if (std::exchange(wake_timer_set_, true)) return;
    const auto left = *at - now();
    wake_timer_.expire_after(
        std::max<std::chrono::nanoseconds>(left, std::chrono::milliseconds(1)));
}

bool relay::may_be_read(side from) {
    const peer& source = at(from);
    if (from == side::client && !raw_ && !session_->wants_client_bytes()) return false;
    return !over_ && !source.ended && !source.close_after_queue && !source.paused;
}

std::uint32_t relay::wanted_events(side which) {
    const peer& here = at(which);
    std::uint32_t wanted = 0;
    if (may_be_read(which)) wanted |= here.read_wants_write ? EPOLLOUT : EPOLLIN;
    if (!here.queue.empty()) wanted |= here.write_wants_read ? EPOLLIN : EPOLLOUT;
    return wanted;
}

void relay::update_watches() {
    for (const side which : {side::client, side::server}) {
        if (over_) return;
        peer& here = at(which);
        const bool readable = may_be_read(which);
        // TLS may hold what was read from the socket before the pause; the kernel knows nothing of
        // that.
        const bool was_readable = std::exchange(here.was_readable, readable);
        if (readable && !was_readable && here.socket.is_tls()) here.call_again();
        if (!here.socket.is_open()) continue;
        if (!here.watch(here.socket.descriptor(), wanted_events(which))) {
            log::error("a socket cannot be watched: its connection is closed");
            end();
        }
    }
}

// ---- reading

void relay::on_readable(side from) {
    peer& source = at(from);
    source.read_wants_write = false;
    for (int turn = 0; turn < reads_per_turn_max; ++turn) {
        if (!may_be_read(from)) return;
        if (at(other(from)).queue.size() > queue_bytes_high) {
            source.paused = true;
            return;
        }
        const std::span<std::byte> buffer = thread_.read_buffer();
        const io_result result = source.socket.read_some(buffer);
        switch (result.status) {
            case io_status::ok:
                break;
            case io_status::want_read:
                return;
            case io_status::want_write:
                source.read_wants_write = true;
                return;
            case io_status::end_of_stream:
                on_end_of_stream(from, false);
                return;
            case io_status::failed:
                on_end_of_stream(from, true);
                return;
        }
        pass(from, buffer.first(result.bytes));
        if (over_) return;
        if (!result.more && result.bytes < buffer.size()) return;
    }
    // There is more; let the others have their turn. The kernel tells of it again, but not of what
    // TLS holds.
    if (source.socket.is_tls()) source.call_again();
}

void relay::pass(side from, std::span<const std::byte> bytes) {
    if (from == side::client) {
        thread_.counters.bytes_from_client.add(bytes.size());
        bytes_from_client_ += bytes.size();
        if (owner_.capture) owner_.capture->from_client(bytes, now());
    } else {
        thread_.counters.bytes_from_server.add(bytes.size());
    }
    server_spoke_last_ = from == side::server;
    thread_.actions.clear();
    ask_session(from, bytes);
    carry_out(thread_.actions);
    if (over_) return;
    set_wake_timer();
    if (from == side::server) look_at_session();
    if (client_.close_after_queue || server_.close_after_queue) settle();
}

// A bug in the session must not cost the client its connection.
void relay::ask_session(side from, std::span<const std::byte> bytes) {
    if (!raw_) {
        try {
            if (from == side::client) {
                session_->on_client_bytes(bytes, now(), thread_.actions);
            } else {
                session_->on_server_bytes(bytes, now(), thread_.actions);
            }
            return;
        } catch (const std::exception& error) {
            log::warning(std::string("following a session failed, it is forwarded unseen: ") +
                         error.what());
        }
        raw_ = true;
        session_->give_up(now());
        thread_.actions.clear();
    }
    const auto kind = from == side::client ? session::action_kind::send_to_server
                                           : session::action_kind::send_to_client;
    thread_.actions.push_back({kind, bytes});
}

// ---- writing

void relay::carry_out(const session::action_list& actions) {
    for (std::size_t i = 0; i < actions.size() && !over_;) {
        const session::action& first = actions[i++];
        switch (first.kind) {
            case session::action_kind::close_client:
                client_.close_after_queue = true;
                continue;
            case session::action_kind::close_server:
                server_.close_after_queue = true;
                continue;
            case session::action_kind::send_to_server:
            case session::action_kind::send_to_client:
                break;
        }
        std::array<std::span<const std::byte>, pieces_per_write_max> gathered;
        std::size_t count = 0;
        gathered[count++] = first.bytes;
        while (i < actions.size() && actions[i].kind == first.kind && count < gathered.size())
            gathered[count++] = actions[i++].bytes;
        send(first.kind == session::action_kind::send_to_client ? side::client : side::server,
             std::span(gathered).first(count));
    }
}

void relay::send(side to, pieces bytes) {
    peer& target = at(to);
    std::size_t total = 0;
    for (const auto& piece : bytes)
        total += piece.size();
    if (target.write_closed || total == 0) return;
    if (to == side::client) {
        thread_.counters.bytes_to_client.add(total);
        bytes_to_client_ += total;
        if (owner_.capture) {
            const detect::timestamp at = now();
            for (const auto& piece : bytes)
                owner_.capture->from_server(piece, at);
        }
    } else {
        thread_.counters.bytes_to_server.add(total);
    }
    std::size_t written = 0;
    // TLS makes a record of each write, so that what is in pieces is put together first.
    const bool together = bytes.size() > 1 && target.socket.is_tls();
    if (target.queue.empty() && !together) {
        const io_result result = target.socket.write_some(bytes);
        switch (result.status) {
            case io_status::ok:
                written = result.bytes;
                if (written == total) return;
                break;
            case io_status::want_read:
                target.write_wants_read = true;
                break;
            case io_status::want_write:
                break;
            default:
                write_failed(to);
                return;
        }
    }
    const bool was_empty = target.queue.empty();
    for (const auto& piece : bytes) {
        const std::size_t taken = std::min(written, piece.size());
        written -= taken;
        target.queue.append(piece.subspan(taken));
    }
    if (together && was_empty) flush(to);
}

// What the socket takes of the queue.
void relay::flush(side to) {
    peer& target = at(to);
    target.write_wants_read = false;
    while (!target.queue.empty()) {
        const io_result result = target.socket.write_some(target.queue.front());
        if (result.status == io_status::ok) {
            target.queue.consume(result.bytes);
        } else if (result.status == io_status::want_write) {
            return;
        } else if (result.status == io_status::want_read) {
            target.write_wants_read = true;
            return;
        } else {
            write_failed(to);
            return;
        }
    }
}

void relay::on_writable(side to) {
    flush(to);
    settle();
    if (over_) return;
    peer& source = at(other(to));
    if (at(to).queue.size() <= queue_bytes_low) source.paused = false;
}

void relay::write_failed(side to) {
    peer& target = at(to);
    target.write_closed = true;
    target.queue.clear();
    if (to == side::client) {
        end();  // nobody is left to answer
        return;
    }
    // The server may have said why before it closed: go on reading it, but take no more requests.
    client_.ended = true;
}

void relay::on_end_of_stream(side from, bool reset) {
    peer& source = at(from);
    source.ended = true;
    if (from == side::client) {
        if (!raw_) session_->on_client_closed(now());
        if (reset) {
            end();
            return;
        }
    } else {
        if (!raw_) session_->on_server_closed(now());
        client_.close_after_queue = true;
    }
    settle();
}

void relay::look_at_session() {
    if (!cancel_key_told_ && session_->backend_key()) {
        cancel_key_told_ = true;
        if (owner_.on_cancel_key) owner_.on_cancel_key(*session_->backend_key());
    }
    if (when_idle_ && session_->is_idle()) std::exchange(when_idle_, {})();
    if (ending_ && session_->is_idle()) terminate_by_command();
}

void relay::when_idle(std::function<void()> callback) {
    when_idle_ = std::move(callback);
    if (!over_ && !raw_) look_at_session();
}

// ---- ends

// Carries out what waited for a queue to run empty.
void relay::settle() {
    if (over_) return;
    if (client_.close_after_queue && client_.queue.empty()) {
        end();
        return;
    }
    if (!server_.queue.empty() || server_.write_closed) return;
    if (server_.close_after_queue) {
        server_.write_closed = true;
        server_.ended = true;
        server_.stop_watching();
        server_.socket.close();
        client_.close_after_queue = true;
        settle();
    } else if (client_.ended) {
        server_.write_closed = true;
        server_.socket.shutdown_write();
    }
}

void relay::end_when_idle() {
    if (over_ || ending_) return;
    ending_ = true;
    if (client_.ended) {  // nobody waits for what the server still does
        end();
        return;
    }
    if (session_->is_idle() && client_.queue.empty() && server_.queue.empty()) {
        terminate_by_command();
    }
    update_watches();
}

void relay::end_now() {
    if (!over_) terminate_by_command();
    update_watches();
}

bool relay::client_owes_login() const {
    return server_spoke_last_ && !raw_ && !over_ &&
           session_->phase() == session::session_phase::authenticating;
}

void relay::end_login() {
    if (client_owes_login()) terminate("57014", "canceling authentication due to timeout");
    update_watches();
}

void relay::terminate_by_command() {
    terminate("57P01", "terminating connection due to administrator command");
}

void relay::terminate(std::string_view sqlstate, std::string_view message) {
    if (client_.close_after_queue) return;
    protocol::error_fields fields;
    fields.sqlstate = sqlstate;
    fields.message = message;
    const std::vector<std::byte> error = protocol::build_error_response(fields);
    const std::span<const std::byte> last_words(error);
    send(side::client, std::span(&last_words, 1));
    if (over_) return;
    // In the middle of a large message another message would be taken for its content.
    if (server_.queue.empty() && session_->is_idle()) {
        const std::span<const std::byte> goodbye(terminate_message);
        send(side::server, std::span(&goodbye, 1));
    }
    client_.close_after_queue = true;
    settle();
}

void relay::end() {
    if (std::exchange(over_, true)) return;
    wake_timer_.cancel();
    session_->on_server_closed(now());  // whatever was still open there is out of sight now
    client_.stop_watching();
    server_.stop_watching();
    if (server_.socket.is_open()) {
        if (server_.socket.is_tls()) server_.socket.shutdown_write();
        server_.socket.close();
    }
    if (client_.socket.is_open()) {
        if (!client_.write_closed && has_unread_input(client_.socket)) {
            loop_.tasks().start(close_gently(loop_, std::move(client_.socket)));
        } else {
            client_.socket.shutdown_write();
            client_.socket.close();
        }
    }
    // The owner lets go of this when it is told, so not while this is at work.
    loop_.defer([self = shared_from_this()] {
        if (const auto tell = std::exchange(self->owner_.on_end, nullptr)) tell();
        self->owner_ = {};
    });
}

}  // namespace pgfold::net
