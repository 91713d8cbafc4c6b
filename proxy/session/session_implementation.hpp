// State of one session, and its two halves: what the client's messages do (frontend_side.cpp) and
// what the server's do (backend_side.cpp). Private to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/freshness/session_writes.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/session/authentication.hpp"
#include "proxy/session/caching.hpp"
#include "proxy/session/comment_stripper.hpp"
#include "proxy/session/error_positions.hpp"
#include "proxy/session/folding.hpp"
#include "proxy/session/portal.hpp"
#include "proxy/session/request_queue.hpp"
#include "proxy/session/session.hpp"
#include "proxy/session/settings_identity.hpp"
#include "proxy/session/statement_registry.hpp"

namespace pgfold::session {

// Why interpretation of a message stopped.
enum class outcome : std::uint8_t { ok, malformed, unexpected };

struct session::implementation {
    implementation(session_options options, detect::session_identity who,
                   sql::statement_analyzer& analyzer, detect::conversation_observer* observer,
                   telemetry::thread_counters& counters, timestamp now);

    // Interprets one read. Neither forwards anything.
    void read_frontend(std::span<const std::byte> bytes, timestamp now);
    void read_backend(std::span<const std::byte> bytes, timestamp now);

    // Until the first ReadyForQuery; these return what is to be sent to the other side.
    [[nodiscard]] std::span<const std::byte> authenticate_backend(std::span<const std::byte> bytes,
                                                                  timestamp now);
    // Non-empty: an error for the client, which ends the connection.
    [[nodiscard]] std::span<const std::byte> authenticate_frontend(std::span<const std::byte> bytes,
                                                                   timestamp now);

    void begin(timestamp now);  // the first ReadyForQuery
    void end(timestamp now);
    void go_blind(telemetry::failopen_reason reason, timestamp now);

    // frontend_side.cpp
    [[nodiscard]] outcome on_frontend(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_query(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_parse(const protocol::frame& f);
    [[nodiscard]] outcome on_bind(const protocol::frame& f);
    [[nodiscard]] outcome on_describe(const protocol::frame& f);
    [[nodiscard]] outcome on_execute(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_close(const protocol::frame& f);
    void on_copy_end();
    [[nodiscard]] sql::analysis analyze(std::string_view text);
    void start_execution(request& r, const sql::template_ptr& statement, const statement_text& said,
                         bool named, timestamp now);
    [[nodiscard]] std::size_t frontend_bytes_wanted(std::uint8_t type, std::uint32_t body) const;

    // backend_side.cpp
    [[nodiscard]] outcome on_backend(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_row_description(const protocol::frame& f);
    [[nodiscard]] outcome on_no_data();
    [[nodiscard]] outcome on_parameter_description(const protocol::frame& f);
    [[nodiscard]] outcome on_data_row(const protocol::frame& f);
    [[nodiscard]] outcome on_completion(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_error(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_ready(const protocol::frame& f, timestamp now);
    [[nodiscard]] outcome on_copy_in();
    [[nodiscard]] outcome expect(request_kind kind);
    void on_parameter_status(const protocol::frame& f);
    void on_backend_key_data(const protocol::frame& f);
    void expect_position();
    void finish_execution(request& r, timestamp now, std::string_view tag,
                          std::string_view sqlstate, bool suspended, bool skipped);
    void follow_command(const request& r, std::string_view tag, timestamp now);
    void skip_to_sync(timestamp now);
    void pop_request();
    void send_shape(request& r, std::span<const std::byte> row_description);
    [[nodiscard]] std::size_t backend_bytes_wanted(std::uint8_t type, std::uint32_t body);

    // statement_changes.cpp
    void forget_statements();
    [[nodiscard]] bool is_prepared_again(std::string_view name) const;
    void take_back(std::size_t count);

    // folding.cpp
    void begin_folding();
    void follow_effects(request& r, const sql::template_ptr& analyzed, std::string_view text);
    void begin_settings();
    // True: it puts settings back that nobody has changed, and does nothing else.
    [[nodiscard]] bool follow_settings(request& r, const sql::template_ptr& analyzed,
                                       const freshness::tracked_effects& effects,
                                       std::string_view text);
    [[nodiscard]] bool put_off(const sql::template_ptr& statement);
    [[nodiscard]] bool judge_settings();
    // Which settings the session has; nullopt: that is not known, now or for good.
    [[nodiscard]] std::optional<sql::hash128> settings_value(const sql::keyed_hash& hash);
    void number_request(request& r);  // ReadyForQuery will answer it
    void load_catalog(timestamp now, action_list& actions);
    void note_standby();

    // What escapes from folding ends it, and the session too if bytes are owed.
    void fold_client_bytes(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    void fold_server_bytes(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    void leave_folding(std::span<const std::byte> rest, action_kind to, action_list& actions);
    // `comments: strip`, of the actions from there on.
    void strip_actions(std::size_t from, action_list& actions);

    // folding_frontend.cpp
    void fold_frontend(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    [[nodiscard]] bool may_begin_cycle() const;
    void begin_cycle(std::size_t at);
    void note_message(const protocol::frame& f, std::size_t at);
    void note_lookup(const request& r, const sql::template_ptr& statement,
                     std::span<const sql::literal_span> literals, std::string_view text,
                     std::string_view directive);
    void end_cycle(std::size_t end, timestamp now, action_list& actions);
    [[nodiscard]] bool is_group_open(std::size_t requests) const;
    [[nodiscard]] bool is_select_cycle(fold::answer_shape& shape) const;
    [[nodiscard]] bool is_foldable() const;
    [[nodiscard]] bool is_transaction_control() const;
    [[nodiscard]] fold::asked_lookup asked_in(std::span<const std::byte> cycle);
    [[nodiscard]] bool no_client_requests() const;
    [[nodiscard]] bool nothing_before(std::size_t count) const;
    [[nodiscard]] bool only_lookups_before(std::size_t count) const;
    [[nodiscard]] char status_at_server() const;
    void pass_on(std::size_t end, action_list& actions);
    [[nodiscard]] bool answer_here(const fold::asked_lookup& asked, const fold::answer_shape& shape,
                                   std::size_t count, timestamp now, action_list& actions);
    // Rows that were in memory.
    struct given_answer {
        std::uint32_t rows = 0;
        std::span<const std::byte> row_bytes;
        std::span<const std::byte> row_description;
        std::size_t bytes = 0;  // of all that the client gets
    };
    void finish_answer(const given_answer& given, const fold::answer_shape& shape,
                       std::size_t count, timestamp now, action_list& actions);
    void report_answer(request& r, const given_answer& given, timestamp now);
    void close_group_at_server(action_list& actions);
    void append_batch(const fold::asked_lookup& asked, timestamp now, action_list& actions);
    void look_ahead(timestamp now, action_list& actions);
    void wait_with(std::span<const std::byte> cycle, std::span<const std::byte> rest,
                   std::size_t count);
    [[nodiscard]] bool is_still_prepared() const;
    void settle_waiting(timestamp now, action_list& actions);
    void end_waiting(timestamp now, action_list& actions);

    // caching.cpp
    enum class cache_turn : std::uint8_t { none, answer, wait, ask };
    void begin_caching();
    void follow_for_cache(const sql::statement_template* statement,
                          const freshness::tracked_effects& effects);
    void end_transaction_for_cache(char before);
    [[nodiscard]] const caching_state::known_choice& choice_of(const sql::template_ptr& statement);
    [[nodiscard]] std::optional<cache::bypass> cache_obstacle(std::size_t count) const;
    [[nodiscard]] std::optional<cache::bypass> isolation_obstacle() const;
    [[nodiscard]] bool is_good(const cache::cached_answer& answer,
                               const cache::cache_choice& choice, const fold::answer_shape& shape,
                               timestamp now);
    [[nodiscard]] cache_turn consider_cached(const fold::asked_lookup& asked,
                                             const fold::answer_shape& shape, std::size_t count,
                                             bool may_wait, timestamp now);
    [[nodiscard]] static std::size_t requests_behind(const fold::answer_shape& shape);
    void attach_fill(const fold::answer_shape& shape);
    void give_cached(const fold::answer_shape& shape, std::size_t count, timestamp now,
                     action_list& actions);
    [[nodiscard]] bool is_flight_over(timestamp now);
    void keep_answer(request& r, std::string_view tag);

    // cache_inquiry.cpp
    [[nodiscard]] std::optional<sql::hash128> cache_identity();
    void adopt_isolation(const sql::hash128& settings);
    void inquire(timestamp now, action_list& actions);
    void ask(inquiry what, std::string_view text, action_list& actions);
    void on_inquiry_reply(const protocol::frame& f);
    void learn_settings(const std::vector<std::vector<std::string>>& told);

    // folding_cancel.cpp
    void cancel_cycle(std::vector<std::byte>& cycle, bool extended, action_list& actions);
    void pass_on_error(const protocol::frame& f, timestamp now, action_list& actions);

    // folding_prepared.cpp
    void note_reference(const prepared_statement_ptr& statement);
    void note_dropped_unnamed();
    [[nodiscard]] bool is_at_server(const prepared_statement& statement) const;
    [[nodiscard]] bool describe_here(std::size_t end, bool synced, timestamp now,
                                     action_list& actions);
    [[nodiscard]] bool prepare_here(std::size_t end, timestamp now, action_list& actions);
    [[nodiscard]] bool forget_here(timestamp now, action_list& actions);
    void answer_cycle(std::size_t count, std::vector<std::byte>& bytes, timestamp now,
                      action_list& actions);
    void send_missing(action_list& actions);
    void send_unsent(action_list& actions);
    void pass_on_before(std::size_t message_at, action_list& actions);
    void note_not_prepared(const request& r);

    // folding_split.cpp
    void note_prefix(std::size_t end);
    void pass_on_prefix(action_list& actions);
    void split_cycle(action_list& actions);
    void join_split_cycle();

    // folding_switch.cpp
    void note_switch(const sql::statement_template& statement, std::string_view text);
    [[nodiscard]] bool is_switch_cycle() const;
    void answer_switch(timestamp now, action_list& actions);

    // folding_pool.cpp
    void follow_pool(std::size_t count);
    [[nodiscard]] std::optional<sql::hash128> pool_settings();

    // folding_backend.cpp
    void fold_backend(std::span<const std::byte> bytes, timestamp now, action_list& actions);
    void on_own_reply(const protocol::frame& f, timestamp now, action_list& actions);

    // midway.cpp
    [[nodiscard]] bool look_for_boundary_frontend(std::span<const std::byte> bytes, timestamp now);
    void look_for_boundary_backend(std::span<const std::byte> bytes);

    session_options options_;
    detect::session_identity who_;
    sql::statement_analyzer& analyzer_;
    detect::conversation_observer* observer_;
    telemetry::thread_counters& counters_;

    session_phase phase_ = session_phase::authenticating;
    char status_ = 'I';
    bool started_ = false;     // on_session_start was called
    bool skipping_ = false;    // the server ignores what comes until a Sync that is not sent yet
    bool copying_in_ = false;  // CopyInResponse seen, CopyDone not sent yet
    bool midway_ = false;      // still looking for a message boundary
    bool boundary_ = false;    // … and the server's last read ended on one
    detect::execution_id last_execution_ = 0;
    detect::execution_id group_first_ = 0, group_last_ = 0;  // ended since the last ReadyForQuery
    timestamp last_activity_;
    timestamp last_answer_;  // the latest execution ended
    std::uint64_t queries_ = 0;
    sql::template_ptr current_;
    sql::text_settings text_settings_;

    protocol::frame_reader from_client_, from_server_;
    request_queue requests_;
    statement_registry statements_;
    portal_table portals_;
    authentication_relay authentication_;
    std::optional<comment_stripper> stripper_;
    error_positions positions_;  // used with stripper_
    std::optional<folding_resources> resources_;
    std::shared_ptr<freshness::database_versions> versions_;
    std::unique_ptr<freshness::session_writes> writes_;  // null: nobody asks
    // Sent while nobody knew the catalog: what they may have set is judged when it is known.
    struct unjudged_statement {
        sql::template_ptr statement;
        std::uint64_t generation = 0;  // of the catalog
    };
    static constexpr std::size_t unjudged_max = 32;
    std::vector<unjudged_statement> unjudged_;
    settings_identity settings_;              // while writes are followed
    std::unique_ptr<folding_state> folding_;  // null: nothing is folded
    std::unique_ptr<caching_state> caching_;  // null: nothing is cached
    std::shared_ptr<cache::waker> waker_;     // null: it can wait for no other session
    int server_version_ = 0;                  // as server_version_num
    bool standby_ = false;                    // in_hot_standby
    std::optional<freshness::standby_session> on_standby_;
    byte_arena folding_arena_;  // what is left of it
    std::unique_ptr<caching_state> folding_held_;
    std::optional<cancel_key> key_;
    std::vector<std::byte> held_;       // incomplete message of the authentication phase
    std::vector<std::byte> generated_;  // bytes of ours that an action points to
    std::vector<detect::argument> arguments_;
};

}  // namespace pgfold::session
