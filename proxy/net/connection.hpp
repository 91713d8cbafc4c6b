// One client from accept to close: startup, the way to a server, then the relay.
//
// Lives on one worker's thread. Keeps itself alive while it has something to do.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/admin/admin_context.hpp"
#include "proxy/freshness/table_versions.hpp"
#include "proxy/net/client_peer.hpp"
#include "proxy/net/client_startup.hpp"
#include "proxy/net/relay.hpp"
#include "proxy/net/server_connector.hpp"
#include "proxy/net/shared_state.hpp"

namespace pgfold::net {

class worker;

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(worker& home, stream client, client_peer peer);
    ~connection();

    void start();
    void tick(detect::timestamp at);  // about once a second

    // What a reload has changed and a session can take while it is open, when it is idle.
    void take_settings(std::shared_ptr<const runtime_config> next);

    void end_when_idle();  // drain
    void end_now();

    [[nodiscard]] admin::connection_snapshot snapshot() const;

    std::size_t position = 0;  // in the worker's list; the worker's own

private:
    // Coroutines run to the end of a phase; the shared_ptr keeps this alive through their waits.
    static task<void> run(std::shared_ptr<connection> self);
    task<void> open_session(client_startup startup);
    task<connect_outcome> reach_server(const client_startup& startup);
    task<bool> rejected_at_once(stream& server);
    task<void> pass_on_cancel(client_startup startup);
    task<void> refuse(std::string_view sqlstate, std::string message);

    void start_relay(client_startup startup, connect_outcome reached);
    [[nodiscard]] std::unique_ptr<capture::captured_conversation> begin_capture(
        const client_startup& startup);
    void take_cancel_key(const session::cancel_key& key);
    void give_place_back();  // among limits.client_connections
    void finish();

    worker& home_;
    std::shared_ptr<const runtime_config> config_;
    client_peer peer_;
    std::uint64_t id_;
    detect::timestamp since_;
    stream client_;  // until the relay takes it
    std::shared_ptr<relay> relay_;
    std::shared_ptr<detect::conversation_observer> analysis_;  // shared with the relay
    // This connection's own copies, which its session reads: see take_settings().
    std::shared_ptr<session::analysis_settings> analysis_settings_;
    std::shared_ptr<fold::fold_settings> fold_settings_;
    detect::session_identity who_;
    std::uint64_t role_settings_ = 0;  // how they stood before the server was asked
    server_address server_;
    std::optional<session::cancel_key> cancel_key_;
    std::shared_ptr<session::cancel_mark> cancel_mark_ = std::make_shared<session::cancel_mark>();
    std::optional<freshness::unfollowed_session> unfollowed_;
    admin::connection_state state_ = admin::connection_state::starting;
    bool client_tls_ = false;
    bool counted_as_session_ = false;
    bool finished_ = false;
};

}  // namespace pgfold::net
