#include "tools/captures/conversation_feeder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/captures/message_sniffer.hpp"

namespace pgfold::captures {
namespace {

// A connection without its beginning is given this many segments to show that it is PostgreSQL's:
// it may start inside a large result.
constexpr unsigned segments_sniffed_max = 64;

bool is_true(std::string_view value) {  // as PostgreSQL reads replication=
    return value == "true" || value == "on" || value == "yes" || value == "1" ||
           value == "database";
}

}  // namespace

replay_context::replay_context(replay_options o, observer_factory f, note_sink n)
    : options(o),
      factory(std::move(f)),
      notes(std::move(n)),
      server_ports{5432, 6432, 6433},
      analyzer(sql::make_template_table()) {}

void replay_context::note(const tcp_connection& connection, std::string_view what) const {
    if (notes) notes(to_string(connection) + ": " + std::string(what));
}

conversation_feeder::conversation_feeder(replay_context& context, tcp_connection connection,
                                         bool sides_swapped)
    : context_(context),
      connection_(std::move(connection)),
      phase_(connection_.from_start ? phase::startup : phase::sniffing),
      sides_swapped_(sides_swapped),
      last_at_(connection_.first_seen) {
    if (sides_swapped_) std::swap(connection_.client, connection_.server);
}

conversation_feeder::~conversation_feeder() {
    context_.open.erase(connection_.number);
}

timestamp conversation_feeder::monotonic(timestamp at) {
    last_at_ = std::max(last_at_, at);
    return last_at_;
}

void conversation_feeder::on_bytes(stream_side from, std::span<const std::byte> bytes,
                                   timestamp at) {
    at = monotonic(at);
    if (sides_swapped_) {
        from = from == stream_side::client ? stream_side::server : stream_side::client;
    }
    switch (phase_) {
        case phase::startup:
            if (from == stream_side::client) {
                on_startup_bytes(bytes, at);
            } else {
                phase_ = phase::done;  // a server that speaks first is not PostgreSQL
            }
            break;
        case phase::negotiating:
            if (from == stream_side::server) on_negotiation_answer(bytes, at);
            // A client that does not wait for the answer is starting TLS: its bytes mean nothing
            // here.
            break;
        case phase::sniffing:
            sniff(from, bytes, at);
            break;
        case phase::conversing:
            converse(from, bytes, at);
            break;
        case phase::done:
            break;
    }
}

void conversation_feeder::on_startup_bytes(std::span<const std::byte> bytes, timestamp at) {
    startup_bytes_.insert(startup_bytes_.end(), bytes.begin(), bytes.end());
    const protocol::startup_packet packet = protocol::parse_startup(startup_bytes_);
    if (packet.kind == protocol::startup_kind::need_more) return;
    on_startup_packet(packet, at);
    const std::vector<std::byte> rest(
        startup_bytes_.begin() +
            static_cast<std::ptrdiff_t>(std::min(packet.length, startup_bytes_.size())),
        startup_bytes_.end());
    startup_bytes_.clear();
    if (phase_ == phase::conversing && !rest.empty()) converse(stream_side::client, rest, at);
}

void conversation_feeder::on_startup_packet(const protocol::startup_packet& packet, timestamp at) {
    switch (packet.kind) {
        case protocol::startup_kind::ssl_request:
        case protocol::startup_kind::gssenc_request:
            phase_ = phase::negotiating;
            break;
        case protocol::startup_kind::direct_tls:
            skip_encrypted();
            break;
        case protocol::startup_kind::cancel:
            ++context_.totals.cancel_requests;
            phase_ = phase::done;
            break;
        case protocol::startup_kind::startup: {
            const protocol::startup_message& startup = packet.startup;
            identity_.user = startup.parameter("user");
            identity_.database = startup.parameter("database");
            if (identity_.database.empty())
                identity_.database = identity_.user;  // as the server does
            identity_.application_name = startup.parameter("application_name");
            session_options_.replication = is_true(startup.parameter("replication"));
            context_.server_ports.insert(connection_.server.port);
            open_session(&startup, at);
            break;
        }
        case protocol::startup_kind::malformed:
        case protocol::startup_kind::need_more:
            if (context_.options.port != 0) {
                context_.note(connection_,
                              "no PostgreSQL startup packet, skipped: " + packet.error);
            }
            phase_ = phase::done;
            break;
    }
}

void conversation_feeder::on_negotiation_answer(std::span<const std::byte> bytes, timestamp) {
    switch (std::to_integer<char>(bytes.front())) {
        case 'N':
            phase_ = phase::startup;
            break;
        case 'S':
        case 'G':
            skip_encrypted();
            break;
        default:  // an ErrorResponse
            phase_ = phase::done;
            break;
    }
}

void conversation_feeder::skip_encrypted() {
    ++context_.totals.encrypted;
    context_.note(connection_,
                  "encrypted, skipped: capture where it is plain text, such as "
                  "between pgfold and a local server, or with sslmode=disable");
    phase_ = phase::done;
}

void conversation_feeder::sniff(stream_side from, std::span<const std::byte> bytes, timestamp at) {
    const sniffed content = sniff_messages(bytes);
    const bool likely_port = context_.server_ports.contains(connection_.server.port) ||
                             connection_.server.port == context_.options.port;
    switch (content) {
        case sniffed::frontend:
        case sniffed::backend: {
            const stream_side sender =
                content == sniffed::frontend ? stream_side::client : stream_side::server;
            if (sender != from && context_.options.port == 0) {
                sides_swapped_ = !sides_swapped_;
                std::swap(connection_.client, connection_.server);
                from = sender;
            }
            if (sender != from) break;
            open_session(nullptr, at);
            converse(from, bytes, at);
            return;
        }
        case sniffed::tls:
            if (likely_port) {
                skip_encrypted();
                return;
            }
            break;
        case sniffed::unknown:
            break;
    }
    if (++segments_sniffed_ == segments_sniffed_max) phase_ = phase::done;
}

void conversation_feeder::converse(stream_side from, std::span<const std::byte> bytes,
                                   timestamp at) {
    actions_.clear();  // what a proxy would do with the bytes is of no interest
    if (tap_) tap_->on_bytes(from, bytes, at);
    if (from == stream_side::client) {
        session_->on_client_bytes(bytes, at, actions_);
    } else {
        session_->on_server_bytes(bytes, at, actions_);
    }
}

void conversation_feeder::open_session(const protocol::startup_message* startup, timestamp at) {
    identity_.connection_id = connection_.number;
    identity_.client_host = connection_.client.address;
    if (context_.factory) observer_ = context_.factory(connection_);
    if (context_.options.taps) tap_ = context_.options.taps(connection_, startup);
    session_ = std::make_unique<session::session>(session_options_, identity_, context_.analyzer,
                                                  observer_.get(), context_.counters, at);
    if (startup == nullptr) {
        session_->join_midway();
        ++context_.totals.joined_midway;
    }
    ++context_.totals.conversations;
    context_.open[connection_.number] = this;
    phase_ = phase::conversing;
}

void conversation_feeder::close_session(timestamp at) {
    if (session_ == nullptr) return;
    session_->on_client_closed(at);
    session_->on_server_closed(at);
    context_.totals.statements += session_->queries();
    if (session_->phase() == session::session_phase::blind) {
        ++context_.totals.blind;
        context_.note(connection_, "stopped making sense: what came before was used");
    }
    identity_ = session_->identity();
    session_.reset();
    observer_.reset();
    context_.open.erase(connection_.number);
}

void conversation_feeder::on_gap(stream_side, std::uint64_t missing, timestamp at) {
    at = monotonic(at);
    if (phase_ == phase::done) return;
    const std::string bytes = std::to_string(missing) + (missing == 1 ? " byte" : " bytes");
    if (phase_ == phase::startup || phase_ == phase::negotiating) {
        context_.note(connection_, bytes + " of its startup are missing from the capture, skipped");
        ++context_.totals.interrupted;
        phase_ = phase::done;
        return;
    }
    if (phase_ != phase::conversing) return;
    if (!gap_noted_) {
        context_.note(connection_, bytes + " are missing from the capture: rejoined after them");
        ++context_.totals.interrupted;
        gap_noted_ = true;
    }
    close_session(at);
    tap_.reset();
    const auto no_taps = std::exchange(context_.options.taps, nullptr);
    open_session(nullptr, at);
    context_.options.taps = no_taps;
    --context_.totals.conversations;  // it is the same one
    --context_.totals.joined_midway;
}

void conversation_feeder::on_time(timestamp at) {
    if (observer_ != nullptr) observer_->on_tick(monotonic(at));
}

void conversation_feeder::on_end(timestamp at) {
    close_session(monotonic(at));
    phase_ = phase::done;
}

}  // namespace pgfold::captures
