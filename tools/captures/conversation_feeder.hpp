// Feeds one TCP connection of a capture to a session, from its startup packet or from midway.
//
//     startup ── SSLRequest ──> negotiating ── 'N' ──> startup
//        │                          └── 'S' or 'G' ──> done (encrypted)
//        └── StartupMessage ──> conversing ── gap ──> conversing, joined midway again
//     sniffing (no beginning in the capture) ── first segment that is PostgreSQL's ──> conversing
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/protocol/startup.hpp"
#include "proxy/session/session.hpp"
#include "proxy/telemetry/counters.hpp"
#include "tools/captures/capture_replayer.hpp"
#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {

class conversation_feeder;

// What the conversations of one replay share.
struct replay_context {
    replay_options options;
    observer_factory factory;
    note_sink notes;
    replay_totals totals;
    std::set<std::uint16_t> server_ports;  // customary ones, and those of conversations seen so far
    sql::statement_analyzer analyzer;
    telemetry::thread_counters counters;
    std::map<std::uint64_t, conversation_feeder*> open;  // by number; those with a session

    replay_context(replay_options o, observer_factory f, note_sink n);
    void note(const tcp_connection& connection, std::string_view what) const;
};

class conversation_feeder final : public stream_listener {
public:
    // `sides_swapped`: who is the client and who is the server in `connection` is the wrong way
    // round.
    conversation_feeder(replay_context& context, tcp_connection connection, bool sides_swapped);
    ~conversation_feeder() override;

    void on_bytes(stream_side from, std::span<const std::byte> bytes, timestamp at) override;
    void on_gap(stream_side from, std::uint64_t missing, timestamp at) override;
    void on_end(timestamp at) override;

    void on_time(timestamp at);

private:
    enum class phase : std::uint8_t { startup, negotiating, sniffing, conversing, done };

    void on_startup_bytes(std::span<const std::byte> bytes, timestamp at);
    void on_negotiation_answer(std::span<const std::byte> bytes, timestamp at);
    void on_startup_packet(const protocol::startup_packet& packet, timestamp at);
    void sniff(stream_side from, std::span<const std::byte> bytes, timestamp at);
    void converse(stream_side from, std::span<const std::byte> bytes, timestamp at);
    // `startup` null: midway.
    void open_session(const protocol::startup_message* startup, timestamp at);
    void close_session(timestamp at);
    void skip_encrypted();
    [[nodiscard]] timestamp monotonic(timestamp at);

    replay_context& context_;
    tcp_connection connection_;
    phase phase_;
    bool sides_swapped_;
    bool gap_noted_ = false;
    unsigned segments_sniffed_ = 0;
    timestamp last_at_;
    std::vector<std::byte> startup_bytes_;
    detect::session_identity identity_;
    session::session_options session_options_;
    session::action_list actions_;
    std::unique_ptr<detect::conversation_observer> observer_;  // outlives session_
    std::unique_ptr<conversation_tap> tap_;
    std::unique_ptr<session::session> session_;
};

}  // namespace pgfold::captures
