// One connection's conversation after its startup packet: authentication, queries, termination.
// Sans-I/O: bytes and a time in, actions out.
//
// Flow: the driver has read the client's StartupMessage (see proxy/protocol/startup.hpp), has
// connected to a server and has sent it that packet. Then, for every read on either socket,
//
//     actions.clear();
//     session.on_client_bytes(bytes, now, actions);   // or on_server_bytes
//     for (const action& a : actions) …               // write what it says, in order
//
// The session observes before anything is written, in both directions, so a reply can never be
// seen before its request. When nothing is held back or changed the actions are one
// send of exactly the bytes that came in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/session/action.hpp"
#include "proxy/session/folding_resources.hpp"
#include "proxy/telemetry/counters.hpp"

namespace pgfold::session {

using detect::timestamp;

struct session_options {
    bool client_tls = false;        // pgfold ends TLS on this side …
    bool server_tls = false;        // … or on that one: SCRAM-SHA-256-PLUS is taken from the list
    bool same_certificate = false;  // client sees the server's own certificate: PLUS can stay
    bool replication = false;       // replication= in the startup packet: piped raw …
    bool replication_sql = false;   // … =database: which may hold SQL as well
    bool analyze = true;            // false: requests are still followed, but no SQL is looked at
    bool strip_comments = false;    // tag comments do not reach the server
    // What sessions begin with besides user and database: the other startup parameters, and the
    // word of freshness::table_versions::role_settings() before the startup packet was sent.
    std::string startup_settings;
    std::uint64_t role_settings = 0;
    std::size_t assembled_message_bytes_max = 1 << 20;  // longer Query/Parse/Bind are not analysed
    std::size_t observed_row_bytes_max = 16 * 1024;
    std::size_t requests_outstanding_max = 100'000;
    std::size_t prepared_statements_max = 10'000;
};

// BackendKeyData: what a CancelRequest must quote. The secret has 4 bytes in protocol 3.0 and up to
// 256 in 3.2.
struct cancel_key {
    std::uint32_t process_id = 0;
    std::vector<std::byte> secret;
    friend bool operator==(const cancel_key&, const cancel_key&) = default;
};

enum class session_phase : std::uint8_t { authenticating, ready, blind, replicating };

class session {
public:
    // `observer` may be null. All references must outlive the session.
    session(session_options options, detect::session_identity who,
            sql::statement_analyzer& analyzer, detect::conversation_observer* observer,
            telemetry::thread_counters& counters, timestamp now);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    void on_client_bytes(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    void on_server_bytes(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    void on_client_closed(timestamp now);
    void on_server_closed(timestamp now);
    // From here on bytes are passed without it: whatever the client does may be a write.
    void give_up(timestamp now);

    // Writes are followed, and loops batched where nothing forbids it. Before the first byte.
    void enable_folding(folding_resources shared);
    // Sessions that fold one loop together, or ask the cache for the same, wait for each other:
    // `own` has on_wake() called, in this session's thread. Before the first byte. on_wake() is
    // also due at wake_at(), and does no harm before.
    void use_waker(std::shared_ptr<cache::waker> own);
    void on_wake(timestamp now, action_list& actions);
    [[nodiscard]] std::optional<timestamp> wake_at() const;
    // False while a lookup waits for a batch: read the client again after the server was heard.
    [[nodiscard]] bool wants_client_bytes() const;
    void on_tick(timestamp now);  // about once a second

    // A conversation that is joined midway (a capture that starts late): authentication is taken
    // as done, and nothing is interpreted before the first message boundary that both sides agree
    // on.
    void join_midway();

    [[nodiscard]] session_phase phase() const;
    [[nodiscard]] const std::optional<cancel_key>& backend_key() const;  // once it has been seen
    [[nodiscard]] char transaction_status() const;  // 'I', 'T', 'E'; 'I' before the first
    // Nothing outstanding, no transaction open: the session may be ended without harm.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] std::size_t requests_outstanding() const;
    [[nodiscard]] const detect::session_identity& identity() const;
    [[nodiscard]] std::string_view current_query() const;  // normalized text of the last statement
    [[nodiscard]] std::uint64_t queries() const;
    [[nodiscard]] timestamp last_activity() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::session
