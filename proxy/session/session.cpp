#include "proxy/session/session.hpp"

#include <exception>
#include <utility>

#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {

session::implementation::implementation(session_options options, detect::session_identity who,
                                        sql::statement_analyzer& analyzer,
                                        detect::conversation_observer* observer,
                                        telemetry::thread_counters& counters, timestamp now)
    : options_(std::move(options)),
      who_(std::move(who)),
      analyzer_(analyzer),
      observer_(options_.analyze ? observer : nullptr),
      counters_(counters),
      last_activity_(now),
      statements_(options_.prepared_statements_max),
      authentication_(options_.client_tls, options_.server_tls, options_.same_certificate) {}

void session::implementation::begin(timestamp now) {
    phase_ = options_.replication ? session_phase::replicating : session_phase::ready;
    if (options_.strip_comments && phase_ == session_phase::ready)
        stripper_.emplace(options_.assembled_message_bytes_max);
    if (observer_ && phase_ == session_phase::ready) {
        observer_->on_session_start(who_, now);
        started_ = true;
    }
    if (resources_) begin_folding();
}

void session::implementation::end(timestamp now) {
    if (std::exchange(started_, false)) observer_->on_session_end(now);
}

void session::implementation::go_blind(telemetry::failopen_reason reason, timestamp now) {
    if (phase_ == session_phase::blind) return;
    phase_ = session_phase::blind;
    counters_.failopen[static_cast<std::size_t>(reason)].add();
    if (writes_) writes_->on_blind();
    end(now);
}

void session::implementation::read_frontend(std::span<const std::byte> bytes, timestamp now) {
    if (midway_ && !look_for_boundary_frontend(bytes, now)) return;
    from_client_.feed(bytes);
    const auto wanted = [this](std::uint8_t type, std::uint32_t body) {
        return frontend_bytes_wanted(type, body);
    };
    while (phase_ == session_phase::ready) {
        const auto f = from_client_.next(wanted);
        if (f.state == protocol::frame_state::need_more) return;
        const auto result =
            f.state == protocol::frame_state::malformed ? outcome::malformed : on_frontend(f, now);
        if (result == outcome::ok) continue;
        if (result == outcome::malformed)
            counters_
                .protocol_errors[static_cast<std::size_t>(
                    telemetry::protocol_error::malformed_client_message)]
                .add();
        go_blind(telemetry::failopen_reason::malformed_message, now);
    }
}

void session::implementation::read_backend(std::span<const std::byte> bytes, timestamp now) {
    if (midway_) return look_for_boundary_backend(bytes);
    from_server_.feed(bytes);
    const auto wanted = [this](std::uint8_t type, std::uint32_t body) {
        return backend_bytes_wanted(type, body);
    };
    while (phase_ == session_phase::ready) {
        const auto f = from_server_.next(wanted);
        if (f.state == protocol::frame_state::need_more) return;
        const auto result =
            f.state == protocol::frame_state::malformed ? outcome::malformed : on_backend(f, now);
        if (result == outcome::ok) continue;
        if (result == outcome::malformed)
            counters_
                .protocol_errors[static_cast<std::size_t>(
                    telemetry::protocol_error::malformed_server_message)]
                .add();
        go_blind(telemetry::failopen_reason::malformed_message, now);
    }
}

session::session(session_options options, detect::session_identity who,
                 sql::statement_analyzer& analyzer, detect::conversation_observer* observer,
                 telemetry::thread_counters& counters, timestamp now)
    : implementation_(std::make_unique<implementation>(std::move(options), std::move(who), analyzer,
                                                       observer, counters, now)) {}

session::~session() = default;

// A bug in what only looks must not take the connection down: whatever escapes here is counted, and
// the session goes on forwarding.
void session::on_client_bytes(std::span<const std::byte> bytes, timestamp now,
                              action_list& actions) {
    auto& self = *implementation_;
    self.last_activity_ = now;
    if (self.folding_) {
        self.folding_->arena.clear();
        if (self.caching_) self.caching_->given.clear();
        if (self.phase_ == session_phase::ready) {
            self.fold_client_bytes(bytes, now, actions);
            return;
        }
    }
    try {
        if (self.phase_ == session_phase::authenticating) {
            const auto refusal = self.authenticate_frontend(bytes, now);
            if (!refusal.empty()) {
                actions.push_back({action_kind::send_to_client, refusal});
                actions.push_back({action_kind::close_client, {}});
                actions.push_back({action_kind::close_server, {}});
                return;
            }
        } else if (self.phase_ == session_phase::ready) {
            self.read_frontend(bytes, now);
        }
    } catch (const std::exception&) {
        self.go_blind(telemetry::failopen_reason::analysis_error, now);
    }
    if (self.stripper_) bytes = self.stripper_->filter(bytes, self.analyzer_, self.text_settings_);
    if (!bytes.empty()) actions.push_back({action_kind::send_to_server, bytes});
}

void session::on_server_bytes(std::span<const std::byte> bytes, timestamp now,
                              action_list& actions) {
    auto& self = *implementation_;
    if (self.folding_) {
        self.folding_->arena.clear();
        if (self.caching_) self.caching_->given.clear();
        if (self.phase_ == session_phase::ready) {
            self.fold_server_bytes(bytes, now, actions);
            return;
        }
    }
    try {
        if (self.phase_ == session_phase::authenticating) {
            bytes = self.authenticate_backend(bytes, now);
        } else if (self.phase_ == session_phase::ready) {
            self.read_backend(bytes, now);
        }
    } catch (const std::exception&) {
        self.go_blind(telemetry::failopen_reason::analysis_error, now);
    }
    if (self.stripper_) bytes = self.positions_.filter(bytes);
    if (!bytes.empty()) actions.push_back({action_kind::send_to_client, bytes});
    // The catalog is loaded while nobody waits: the first loop should not have to.
    if (self.folding_ && self.phase_ == session_phase::ready)
        self.fold_server_bytes({}, now, actions);
}

void session::give_up(timestamp now) {
    implementation_->go_blind(telemetry::failopen_reason::analysis_error, now);
}

void session::on_client_closed(timestamp now) {
    implementation_->end(now);
}
void session::on_server_closed(timestamp now) {
    implementation_->end(now);
    if (const auto writes = std::move(implementation_->writes_)) writes->on_connection_lost(now);
}

void session::enable_folding(folding_resources shared) {
    implementation_->resources_.emplace(std::move(shared));
}

bool session::wants_client_bytes() const {
    const auto& folding = implementation_->folding_;
    return !folding || !folding->waiting;
}

void session::on_tick(timestamp now) {
    if (implementation_->folding_) implementation_->folding_->folder.on_tick(now);
}

void session::join_midway() {
    implementation_->phase_ = session_phase::ready;
    implementation_->midway_ = true;
}

session_phase session::phase() const {
    return implementation_->phase_;
}
const std::optional<cancel_key>& session::backend_key() const {
    return implementation_->key_;
}
char session::transaction_status() const {
    return implementation_->status_;
}

bool session::is_idle() const {
    const auto& self = *implementation_;
    return self.phase_ == session_phase::ready && self.status_ == 'I' && self.requests_.empty() &&
           !self.skipping_ && self.from_client_.at_boundary();
}

std::size_t session::requests_outstanding() const {
    return implementation_->requests_.size();
}
const detect::session_identity& session::identity() const {
    return implementation_->who_;
}

std::string_view session::current_query() const {
    const auto& current = implementation_->current_;
    return current ? std::string_view(current->normalized_text) : std::string_view();
}

std::uint64_t session::queries() const {
    return implementation_->queries_;
}
timestamp session::last_activity() const {
    return implementation_->last_activity_;
}

}  // namespace pgfold::session
