// The pump between one client and one server once the startup packet has been passed on: reads
// what is there, shows it to the session, does what the session says.
//
// Both sockets stay registered with the event loop. Which events a side waits for follows from its
// state alone and is worked out at the end of each turn (update_watches); for a query that is
// answered at once nothing changes, so it costs no system call.
//
// Nothing is buffered but what a socket did not take. While one side's queue is over its limit the
// other side is not read, so memory stays constant whatever the length of a message or the speed of
// a reader.
//
// Ends: the client closes its half → the server's half is closed after what is queued, and the
// server may still answer. The server closes → the client gets all that is queued, then the end.
// The client resets → both are closed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "proxy/capture/traffic_capture.hpp"
#include "proxy/net/event_loop.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/net/thread_resources.hpp"
#include "proxy/net/write_queue.hpp"
#include "proxy/session/session.hpp"

namespace pgfold::net {

class relay : public std::enable_shared_from_this<relay> {
public:
    // What the owner wants to hear. All are called on the relay's thread.
    struct callbacks {
        std::function<void(const session::cancel_key&)> on_cancel_key;  // at most once
        std::unique_ptr<capture::captured_conversation> capture;        // null for none
        std::function<void()> on_end;  // once, the last call, from the loop: nothing of this runs
    };

    // `observer` is what the session reports to; null for none.
    relay(event_loop& loop, thread_resources& thread, stream client, stream server,
          std::shared_ptr<detect::conversation_observer> observer,
          std::unique_ptr<session::session> conversation, callbacks owner);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    // `from_client` is what the client has sent behind its startup packet.
    void start(std::span<const std::byte> from_client);

    // A session that it has waited for has something to say.
    void wake();

    // About once a second: what holds a side back may have passed with time.
    void on_tick(detect::timestamp at);

    // Calls it once no statement and no transaction is open, which may be now. The last one counts.
    void when_idle(std::function<void()> callback);

    // Ends the conversation with FATAL 57P01 as soon as no statement and no transaction is open.
    void end_when_idle();
    // … now.
    void end_now();
    // The server has asked for a password, or the like, and the client has not answered. Not while
    // the server itself is slow: how long that may take is the server's to say.
    [[nodiscard]] bool client_owes_login() const;
    void end_login();  // … and takes too long

    [[nodiscard]] const session::session& conversation() const { return *session_; }
    [[nodiscard]] std::uint64_t bytes_from_client() const { return bytes_from_client_; }
    [[nodiscard]] std::uint64_t bytes_to_client() const { return bytes_to_client_; }

private:
    enum class side : std::uint8_t { client, server };
    class peer final : public descriptor_watch {
    public:
        peer(event_loop& loop, relay& owner, side which, stream connected)
            : descriptor_watch(loop), owner_(owner), which_(which), socket(std::move(connected)) {}
        ~peer() override { stop_watching(); }

    private:
        void on_events(std::uint32_t events) override { owner_.on_events(which_, events); }
        relay& owner_;
        const side which_;

    public:
        bool paused = false;        // not read while the other side's queue is long
        bool ended = false;         // it sends nothing more
        bool write_closed = false;  // nothing more is written to it
        bool close_after_queue = false;
        bool was_readable = false;      // may_be_read(), when the watches were last worked out
        bool read_wants_write = false;  // TLS cannot read before it has written …
        bool write_wants_read = false;  // … or the other way round
        stream socket;
        write_queue queue;
    };

    [[nodiscard]] peer& at(side s) { return s == side::client ? client_ : server_; }
    [[nodiscard]] static side other(side s) {
        return s == side::client ? side::server : side::client;
    }

    void on_events(side which, std::uint32_t events);
    void on_readable(side from);
    void on_writable(side to);
    [[nodiscard]] bool may_be_read(side from);
    [[nodiscard]] std::uint32_t wanted_events(side which);
    void update_watches();
    void pass(side from, std::span<const std::byte> bytes);
    void ask_session(side from, std::span<const std::byte> bytes);
    void carry_out(const session::action_list& actions);
    using pieces = std::span<const std::span<const std::byte>>;
    void send(side to, pieces bytes);
    void flush(side to);
    void write_failed(side to);
    void on_end_of_stream(side from, bool reset);
    void look_at_session();
    void set_wake_timer();
    void settle();
    void terminate_by_command();
    void terminate(std::string_view sqlstate, std::string_view message);
    void end();

    event_loop& loop_;
    thread_resources& thread_;
    peer client_;
    peer server_;
    std::shared_ptr<detect::conversation_observer> observer_;  // outlives the session
    std::unique_ptr<session::session> session_;
    callbacks owner_;
    loop_timer wake_timer_;
    bool wake_timer_set_ = false;
    std::uint64_t bytes_from_client_ = 0;
    std::uint64_t bytes_to_client_ = 0;
    std::function<void()> when_idle_;
    bool cancel_key_told_ = false;
    bool server_spoke_last_ = false;
    bool ending_ = false;  // when idle
    bool raw_ = false;     // the session failed: bytes are passed unseen
    bool over_ = false;
};

}  // namespace pgfold::net
