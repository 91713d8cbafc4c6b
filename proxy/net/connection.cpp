#include "proxy/net/connection.hpp"

#include <charconv>
#include <exception>
#include <utility>

#include "analyzer/detect/connection_detector.hpp"
#include "proxy/net/clock.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/tls_context.hpp"
#include "proxy/net/worker.hpp"

namespace pgfold::net {
namespace {

using admin::connection_state;

constexpr std::chrono::milliseconds refuse_timeout{5'000};

bool asks_for_replication(const protocol::startup_message& message) {
    const std::string_view value = message.parameter("replication");
    return !value.empty() && value != "false" && value != "off" && value != "no" && value != "0";
}

detect::session_identity identity_of(const protocol::startup_message& message,
                                     const client_peer& peer, std::uint64_t id) {
    detect::session_identity who;
    who.connection_id = id;
    who.user = message.parameter("user");
    who.database = message.parameter("database");
    if (who.database.empty()) who.database = who.user;  // as PostgreSQL does
    who.application_name = message.parameter("application_name");
    who.client_host = peer.host;
    return who;
}

// What the session begins with, as far as the client says.
std::string settings_in(const protocol::startup_message& message) {
    std::string result;
    for (const auto& [name, value] : message.parameters) {
        if (name == "user" || name == "database" || name == "application_name") continue;
        result.append(name).append(1, '\0').append(value).append(1, '\0');
    }
    return result;
}

}  // namespace

connection::connection(worker& home, stream client, client_peer peer)
    : home_(home),
      config_(home.shared().config.current()),
      peer_(std::move(peer)),
      id_(home.shared().last_connection_id.fetch_add(1, std::memory_order_relaxed) + 1),
      since_(now()),
      client_(std::move(client)) {}

connection::~connection() = default;

void connection::start() {
    home_.resources().counters.client_connections_opened.add();
    home_.loop().tasks().start(run(shared_from_this()),
                               [self = shared_from_this()](const std::exception_ptr& failure) {
                                   if (failure)
                                       log::error("opening a connection failed unexpectedly");
                                   if (failure || !self->relay_) self->finish();
                               });
}

task<void> connection::run(std::shared_ptr<connection> self) {
    const config::settings& settings = *self->config_->settings;
    startup_policy policy;
    policy.mode = settings.tls.mode;
    policy.tls = self->config_->client_tls;
    policy.is_unix = self->peer_.is_unix();
    policy.client_host = self->peer_.host;

    client_startup startup;
    {
        deadline limit(self->home_.loop(), settings.limits.startup_timeout);
        startup = co_await negotiate_startup(self->client_, std::move(policy),
                                             self->home_.resources().counters, limit);
    }
    self->client_tls_ = self->client_.is_tls();
    switch (startup.outcome) {
        case startup_outcome::start:
            co_await self->open_session(std::move(startup));
            break;
        case startup_outcome::cancel:
            co_await self->pass_on_cancel(std::move(startup));
            break;
        case startup_outcome::closed:
            if (!startup.problem.empty()) {
                log::event(config::log_level::debug, "connection refused",
                           {{"client", self->peer_.address}, {"reason", startup.problem}});
                co_await close_gently(self->home_.loop(), std::move(self->client_));
            }
            break;
    }
}

task<void> connection::open_session(client_startup startup) {
    shared_state& shared = home_.shared();
    role_settings_ = shared.versions.role_settings().load();
    who_ = identity_of(startup.message, peer_, id_);
    state_ = connection_state::connecting;
    if (shared.draining) {
        home_.resources().counters.connections_refused.add();
        co_await refuse("57P03", "the database system is shutting down");
        co_return;
    }
    const std::uint32_t before = shared.sessions.fetch_add(1);
    counted_as_session_ = true;
    if (before >= config_->settings->limits.client_connections) {
        home_.resources().counters.connections_refused.add();
        co_await refuse("53300", "sorry, too many clients already");
        co_return;
    }
    connect_outcome reached = co_await reach_server(startup);
    if (!reached.connection) {
        log::event(config::log_level::warning, "server not reached",
                   {{"client", peer_.address}, {"reason", reached.error}});
        co_await refuse("08006", reached.error);
        co_return;
    }
    if (shared.draining) {
        co_await refuse("57P03", "the database system is shutting down");
        co_return;
    }
    if (!client_.is_open()) co_return;
    start_relay(std::move(startup), std::move(reached));
}

// A connection that has got the startup packet. With sslmode=prefer or allow, libpq tries the other
// way once when the server rejects the first; so does this.
task<connect_outcome> connection::reach_server(const client_startup& startup) {
    const auto& target = config_->server;
    connect_outcome first = co_await connect_to_upstream(home_.loop(), target);
    if (!first.connection) co_return first;
    deadline limit(home_.loop(), target->options.connect_timeout);
    const bool sent = co_await write_all(*first.connection, startup.packet, limit);
    if (!sent) co_return first;  // the relay will find out why, and pass on what the server said

    const bool tls = first.address.tls;
    const bool can_change =
        !first.address.is_unix && ((target->options.ssl == ssl_mode::prefer && tls) ||
                                   (target->options.ssl == ssl_mode::allow && !tls));
    if (!can_change) co_return first;
    const bool rejected = co_await rejected_at_once(*first.connection);
    if (!rejected) co_return first;
    connect_outcome second = co_await connect_to_address(
        home_.loop(), target, first.address, tls ? encryption::plain_only : encryption::tls_only);
    if (!second.connection) co_return first;  // with the server's own error
    deadline second_limit(home_.loop(), target->options.connect_timeout);
    const bool sent_again = co_await write_all(*second.connection, startup.packet, second_limit);
    if (!sent_again) co_return first;
    co_return second;
}

// Whether the server's first message is an ErrorResponse. Takes nothing from the stream.
task<bool> connection::rejected_at_once(stream& server) {
    deadline limit(home_.loop(), config_->server->options.connect_timeout);
    for (;;) {
        std::byte first{};
        const io_result result = server.peek(first);
        if (result.status == io_status::ok) co_return first == std::byte{'E'};
        if (result.status != io_status::want_read) co_return false;
        const bool ready = co_await wait_until_ready(server, io_status::want_read, limit);
        if (!ready) co_return false;
    }
}

void connection::start_relay(client_startup startup, connect_outcome reached) {
    shared_state& shared = home_.shared();
    thread_resources& thread = home_.resources();
    server_ = reached.address;
    thread.counters.server_connections_opened.add();

    session::session_options options;
    options.client_tls = client_.is_tls();
    options.server_tls = reached.connection->is_tls();
    options.same_certificate =
        options.client_tls && options.server_tls &&
        peer_shows_certificate_of(reached.connection->tls(), config_->client_tls.get());
    options.replication = asks_for_replication(startup.message);
    options.replication_sql = startup.message.parameter("replication") == "database";
    options.startup_settings = settings_in(startup.message);
    options.role_settings = role_settings_;
    options.strip_comments = config_->settings->comments == config::comments_mode::strip;

    std::unique_ptr<detect::conversation_observer> detector;
    const detect::result_window* results = nullptr;
    const detect::sibling_results* siblings = nullptr;
    if (config_->settings->detect.enabled) {
        auto connected = shared.findings.connect_detector();
        results = &connected->recent_results();
        siblings = connected.get();
        detector = std::move(connected);
    }
    const auto in_force = shared.config.current();  // a reload may have come since the accept
    analysis_settings_ = std::make_shared<session::analysis_settings>(*in_force->analysis);
    fold_settings_ = std::make_shared<fold::fold_settings>(*in_force->folding);
    analysis_ = std::make_shared<session::connection_analysis>(
        analysis_settings_, thread.statistics, std::move(detector), thread.counters);
    auto conversation = std::make_unique<session::session>(
        std::move(options), who_, thread.analyzer, analysis_.get(), thread.counters, now());
    if (results != nullptr &&
        (fold_settings_->mode != fold::fold_mode::off || config_->caching->is_on())) {
        conversation->enable_folding({fold_settings_, shared.associations, shared.catalog_claims,
                                      shared.versions, thread.effects, *results, cancel_mark_,
                                      shared.pools, siblings, server_.name, shared.cache,
                                      config_->caching, shared.shared_cache.get()});
    } else {
        unfollowed_.emplace(shared.versions);
    }

    relay::callbacks callbacks;
    callbacks.on_cancel_key = [this](const session::cancel_key& key) { take_cancel_key(key); };
    callbacks.on_end = [self = shared_from_this()] { self->finish(); };
    callbacks.capture = begin_capture(startup);
    state_ = connection_state::authenticating;
    if (log::is_debug()) {
        log::event(config::log_level::debug, "connection opened",
                   {{"connection", std::to_string(id_), true},
                    {"client", peer_.address},
                    {"server", server_.name},
                    {"database", who_.database},
                    {"user", who_.user},
                    {"client_tls", describe_tls(client_.tls())},
                    {"server_tls", describe_tls(reached.connection->tls())}});
    }
    relay_ = std::make_shared<relay>(home_.loop(), thread, std::move(client_),
                                     std::move(*reached.connection), analysis_,
                                     std::move(conversation), std::move(callbacks));
    relay_->start(startup.after);
}

std::unique_ptr<capture::captured_conversation> connection::begin_capture(
    const client_startup& startup) {
    capture::traffic_capture* const all = home_.shared().capture.get();
    if (all == nullptr) return nullptr;
    capture::conversation_facts facts;
    facts.number = id_;
    facts.client_host = peer_.host;
    if (!peer_.is_unix()) {
        const std::string_view port =
            std::string_view(peer_.address).substr(peer_.address.rfind(':') + 1);
        std::from_chars(port.data(), port.data() + port.size(), facts.client_port);
    }
    facts.comment = "pgfold: connection=" + std::to_string(id_) + " database=" + who_.database +
                    " user=" + who_.user + " application_name=" + who_.application_name +
                    " client=" + peer_.address + " server=" + server_.name;
    return all->begin(std::move(facts), startup.packet, now());
}

void connection::take_cancel_key(const session::cancel_key& key) {
    const bool added = home_.shared().cancel_keys.add(key.process_id, key.secret,
                                                      {server_, config_->server, cancel_mark_});
    if (added) cancel_key_ = key;
}

// As PostgreSQL: no answer, and the connection is closed once the request has been dealt with.
task<void> connection::pass_on_cancel(client_startup startup) {
    home_.resources().counters.cancel_requests.add();
    const auto target = home_.shared().cancel_keys.find(startup.process_id, startup.secret);
    if (!target) co_return;
    connect_outcome reached = co_await connect_to_address(
        home_.loop(), target->via, target->address,
        target->address.tls ? encryption::tls_only : encryption::plain_only);
    if (!reached.connection) {
        log::event(config::log_level::warning, "cancel request not passed on",
                   {{"client", peer_.address}, {"reason", reached.error}});
        co_return;
    }
    stream& server = *reached.connection;
    target->mark->set(now());
    deadline limit(home_.loop(), target->via->options.connect_timeout);
    const bool sent = co_await write_all(server, startup.packet, limit);
    // The server closes once it has sent the signal; a client that waits for us to close knows so.
    while (sent) {
        std::byte nothing{};
        const io_result result = server.read_some(std::span(&nothing, 1));
        if (result.status != io_status::want_read && result.status != io_status::ok) break;
        const bool ready = co_await wait_until_ready(server, io_status::want_read, limit);
        if (!ready) break;
    }
}

task<void> connection::refuse(std::string_view sqlstate, std::string message) {
    protocol::error_fields fields;
    fields.sqlstate = sqlstate;
    fields.message = message;
    const std::vector<std::byte> error = protocol::build_error_response(fields);
    home_.resources().counters.bytes_to_client.add(error.size());
    state_ = connection_state::closing;
    give_place_back();  // the goodbye may take a while
    if (!client_.is_open()) co_return;
    {
        deadline limit(home_.loop(), refuse_timeout);
        const bool written = co_await write_all(client_, error, limit);
        if (!written) co_return;
    }
    co_await close_gently(home_.loop(), std::move(client_));
}

void connection::give_place_back() {
    if (std::exchange(counted_as_session_, false)) home_.shared().sessions.fetch_sub(1);
}

void connection::tick(detect::timestamp at) {
    if (analysis_) analysis_->on_tick(at);
    if (relay_ && relay_->client_owes_login() &&
        at - since_ > config_->settings->limits.startup_timeout) {
        relay_->end_login();
    } else if (relay_) {
        relay_->on_tick(at);
    }
}

// What answers are kept under stays as it was: the mode, and the bytes that they may take.
void connection::take_settings(std::shared_ptr<const runtime_config> next) {
    if (!relay_) return;  // it takes what is in force when it is made
    relay_->when_idle([this, next = std::move(next)] {
        analysis_settings_->slow_after = next->analysis->slow_after;
        fold::fold_settings changed = *next->folding;
        changed.mode = fold_settings_->mode;
        changed.bytes_max = fold_settings_->bytes_max;
        *fold_settings_ = std::move(changed);
    });
}

void connection::end_when_idle() {
    if (relay_)
        relay_->end_when_idle();
    else if (state_ == connection_state::starting)
        client_.close();  // it has not asked for anything
}

void connection::end_now() {
    const auto self = shared_from_this();
    if (relay_)
        relay_->end_now();
    else
        client_.close();
}

void connection::finish() {
    if (std::exchange(finished_, true)) return;
    const auto self = shared_from_this();
    telemetry::thread_counters& counters = home_.resources().counters;
    shared_state& shared = home_.shared();
    if (cancel_key_) shared.cancel_keys.remove(cancel_key_->process_id, cancel_key_->secret);
    unfollowed_.reset();
    give_place_back();
    counters.client_connections_closed.add();
    if (relay_) {
        counters.server_connections_closed.add();
        if (log::is_debug()) {
            log::event(config::log_level::debug, "connection closed",
                       {{"connection", std::to_string(id_), true},
                        {"client", peer_.address},
                        {"queries", std::to_string(relay_->conversation().queries()), true}});
        }
    }
    client_.close();
    home_.remove(*this);
}

admin::connection_snapshot connection::snapshot() const {
    admin::connection_snapshot result;
    result.id = id_;
    result.client_address = peer_.address;
    result.server_address = server_.name;
    result.database = who_.database;
    result.user = who_.user;
    result.application_name = who_.application_name;
    result.state = state_;
    result.client_tls = client_tls_;
    result.server_tls = server_.tls;
    result.since = since_;
    result.last_activity = since_;
    if (!relay_) return result;

    const session::session& conversation = relay_->conversation();
    result.application_name = conversation.identity().application_name;
    result.transaction_status = conversation.transaction_status();
    result.last_activity = conversation.last_activity();
    result.current_query = conversation.current_query();
    result.queries = conversation.queries();
    result.bytes_from_client = relay_->bytes_from_client();
    result.bytes_to_client = relay_->bytes_to_client();
    switch (conversation.phase()) {
        case session::session_phase::authenticating:
            result.state = connection_state::authenticating;
            break;
        case session::session_phase::blind:
            result.state = connection_state::blind;
            break;
        case session::session_phase::replicating:
            result.state = connection_state::replicating;
            break;
        case session::session_phase::ready:
            if (conversation.requests_outstanding() > 0)
                result.state = connection_state::active;
            else if (result.transaction_status != 'I')
                result.state = connection_state::idle_in_transaction;
            else
                result.state = connection_state::idle;
            break;
    }
    return result;
}

}  // namespace pgfold::net
