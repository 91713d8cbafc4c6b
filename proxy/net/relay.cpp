#include "proxy/net/relay.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <exception>
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
constexpr std::byte terminate_message[] = {std::byte{'X'}, std::byte{0}, std::byte{0}, std::byte{0},
                                           std::byte{4}};

}  // namespace

relay::relay(thread_resources& thread, stream client, stream server,
             std::shared_ptr<detect::conversation_observer> observer,
             std::unique_ptr<session::session> conversation, callbacks owner)
    : thread_(thread),
      client_(std::move(client)),
      server_(std::move(server)),
      observer_(std::move(observer)),
      session_(std::move(conversation)),
      owner_(std::move(owner)) {}

relay::~relay() = default;

void relay::start(std::span<const std::byte> from_client) {
    if (!from_client.empty()) pass(side::client, from_client);
    if (over_) return;
    // Both may hold bytes that TLS has read already, so both are read before they are waited for.
    on_readable(side::server);
    if (!over_) on_readable(side::client);
}

void relay::wait_to_read(side from) {
    peer& source = at(from);
    if (source.waiting_to_read) return;
    source.waiting_to_read = true;
    source.socket.socket().async_wait(stream_socket::wait_read,
                                      [self = shared_from_this(), from](error_code failure) {
                                          self->at(from).waiting_to_read = false;
                                          if (!failure && !self->over_) self->on_readable(from);
                                      });
}

void relay::wait_to_write(side to) {
    peer& target = at(to);
    if (target.waiting_to_write) return;
    target.waiting_to_write = true;
    target.socket.socket().async_wait(stream_socket::wait_write,
                                      [self = shared_from_this(), to](error_code failure) {
                                          self->at(to).waiting_to_write = false;
                                          if (!failure && !self->over_) self->on_writable(to);
                                      });
}

void relay::on_readable(side from) {
    peer& source = at(from);
    for (int turn = 0; turn < reads_per_turn_max; ++turn) {
        if (source.ended || source.close_after_queue) return;
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
                wait_to_read(from);
                return;
            case io_status::want_write:
                wait_to_write(from);
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
        if (!result.more && result.bytes < buffer.size()) {
            wait_to_read(from);
            return;
        }
    }
    // There is more; let the others have their turn. Not a wait: TLS may hold what poll() cannot
    // see.
    asio::post(source.socket.socket().get_executor(), [self = shared_from_this(), from] {
        if (!self->over_) self->on_readable(from);
    });
}

void relay::on_writable(side to) {
    peer& target = at(to);
    while (!target.queue.empty()) {
        const io_result result = target.socket.write_some(target.queue.front());
        if (result.status == io_status::ok) {
            target.queue.consume(result.bytes);
        } else if (result.status == io_status::want_write) {
            wait_to_write(to);
            break;
        } else if (result.status == io_status::want_read) {
            break;  // comes back with the next input
        } else {
            write_failed(to);
            return;
        }
    }
    settle();
    if (over_) return;
    peer& source = at(other(to));
    if (source.paused && target.queue.size() <= queue_bytes_low) {
        source.paused = false;
        on_readable(other(to));
        if (over_) return;
    }
    // A TLS read may have waited for this.
    if (!target.waiting_to_read && !target.paused && !target.ended) on_readable(to);
}

void relay::pass(side from, std::span<const std::byte> bytes) {
    if (from == side::client) {
        thread_.counters.bytes_from_client.add(bytes.size());
        bytes_from_client_ += bytes.size();
    } else {
        thread_.counters.bytes_from_server.add(bytes.size());
    }
    server_spoke_last_ = from == side::server;
    thread_.actions.clear();
    ask_session(from, bytes);
    for (const session::action& action : thread_.actions) {
        switch (action.kind) {
            case session::action_kind::send_to_server:
                send(side::server, action.bytes);
                break;
            case session::action_kind::send_to_client:
                send(side::client, action.bytes);
                break;
            case session::action_kind::close_client:
                client_.close_after_queue = true;
                break;
            case session::action_kind::close_server:
                server_.close_after_queue = true;
                break;
        }
        if (over_) return;
    }
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
        thread_.counters
            .failopen[static_cast<std::size_t>(telemetry::failopen_reason::analysis_error)]
            .add();
        thread_.actions.clear();
    }
    const auto kind = from == side::client ? session::action_kind::send_to_server
                                           : session::action_kind::send_to_client;
    thread_.actions.push_back({kind, bytes});
}

void relay::send(side to, std::span<const std::byte> bytes) {
    peer& target = at(to);
    if (target.write_closed || bytes.empty()) return;
    if (to == side::client) {
        thread_.counters.bytes_to_client.add(bytes.size());
        bytes_to_client_ += bytes.size();
    } else {
        thread_.counters.bytes_to_server.add(bytes.size());
    }
    if (target.queue.empty()) {
        const io_result result = target.socket.write_some(bytes);
        switch (result.status) {
            case io_status::ok:
                bytes = bytes.subspan(result.bytes);
                break;
            case io_status::want_read:
            case io_status::want_write:
                break;
            default:
                write_failed(to);
                return;
        }
        if (bytes.empty()) return;
    }
    target.queue.append(bytes);
    wait_to_write(to);
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
    if (ending_ && session_->is_idle()) terminate();
}

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
    if (session_->is_idle() && client_.queue.empty() && server_.queue.empty()) terminate();
}

void relay::end_now() {
    if (!over_) terminate();
}

bool relay::client_owes_login() const {
    return server_spoke_last_ && !raw_ && !over_ &&
           session_->phase() == session::session_phase::authenticating;
}

void relay::end_login() {
    if (client_owes_login()) terminate("57014", "canceling authentication due to timeout");
}

void relay::terminate() {
    terminate("57P01", "terminating connection due to administrator command");
}

void relay::terminate(std::string_view sqlstate, std::string_view message) {
    if (client_.close_after_queue) return;
    protocol::error_fields fields;
    fields.sqlstate = sqlstate;
    fields.message = message;
    const std::vector<std::byte> error = protocol::build_error_response(fields);
    send(side::client, error);
    if (over_) return;
    // In the middle of a large message another message would be taken for its content.
    if (server_.queue.empty() && session_->is_idle()) send(side::server, terminate_message);
    client_.close_after_queue = true;
    settle();
}

void relay::end() {
    if (std::exchange(over_, true)) return;
    if (server_.socket.is_open()) {
        if (server_.socket.is_tls()) server_.socket.shutdown_write();
        server_.socket.close();
    }
    if (client_.socket.is_open()) {
        if (!client_.write_closed && has_unread_input(client_.socket)) {
            const executor on = client_.socket.socket().get_executor();
            error_code ignored;
            client_.socket.socket().cancel(ignored);
            asio::co_spawn(on, close_gently(std::move(client_.socket)), asio::detached);
        } else {
            client_.socket.shutdown_write();
            client_.socket.close();
        }
    }
    if (const auto tell = std::exchange(owner_.on_end, nullptr)) tell();
    owner_ = {};
}

}  // namespace pgfold::net
