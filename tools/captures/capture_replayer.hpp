// Replays the PostgreSQL conversations of capture files into observers, one per conversation,
// through the same session code that runs in the proxy.
//
//     capture_replayer replayer({}, [&](const tcp_connection&) { return hub.connect(); });
//     const capture_result result = replayer.replay_file("traffic.pcapng");
//     replayer.finish();
//
// A file is streamed: memory depends on the number of open connections, not on its size.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/protocol/startup.hpp"
#include "tools/captures/capture_reader.hpp"
#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {

// The bytes of one conversation, for what needs more than its events.
class conversation_tap {
public:
    virtual ~conversation_tap() = default;
    // Behind the startup packet. After a gap nothing more comes.
    virtual void on_bytes(stream_side from, std::span<const std::byte> bytes, timestamp at) = 0;
};
// `startup` is null for a conversation that is joined midway. Null: no tap.
using tap_factory = std::function<std::unique_ptr<conversation_tap>(
    const tcp_connection&, const protocol::startup_message* startup)>;

struct replay_options {
    // Server port. 0: every connection that starts like a PostgreSQL one, or, where the capture
    // starts midway, whose messages look like PostgreSQL's.
    std::uint16_t port = 0;
    tap_factory taps;  // empty: none
};

struct replay_totals {
    std::uint64_t conversations = 0;    // connections followed
    std::uint64_t joined_midway = 0;    // of these, without their beginning
    std::uint64_t encrypted = 0;        // TLS: skipped
    std::uint64_t interrupted = 0;      // lost packets: rejoined or given up
    std::uint64_t blind = 0;            // stopped making sense
    std::uint64_t cancel_requests = 0;  // connections that carried only a CancelRequest
    std::uint64_t statements = 0;       // Query and Execute messages
};

// Makes the observer of one conversation. It lives until its on_session_end, or to the end of the
// capture. Null: the conversation is decoded but not observed.
using observer_factory =
    std::function<std::unique_ptr<detect::conversation_observer>(const tcp_connection&)>;

// Lines for the user about what was left out and why ("10.0.0.1:5123 -> 10.0.0.2:5432: TLS, …").
using note_sink = std::function<void(const std::string&)>;

class capture_replayer {
public:
    capture_replayer(replay_options options, observer_factory factory, note_sink notes = {});
    ~capture_replayer();
    capture_replayer(const capture_replayer&) = delete;
    capture_replayer& operator=(const capture_replayer&) = delete;

    void on_progress(std::function<void(std::uint64_t bytes)> callback);  // as capture_reader's

    // Files of one rotated capture are replayed in their order; connections go on from file to file
    // when the times fit, and end otherwise.
    [[nodiscard]] capture_result replay_file(const std::string& path);

    // Ends the conversations that are still open. Call it before asking for findings.
    void finish();

    [[nodiscard]] const replay_totals& totals() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::captures
