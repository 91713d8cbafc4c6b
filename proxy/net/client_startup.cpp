#include "proxy/net/client_startup.hpp"

#include <array>
#include <string_view>

namespace pgfold::net {
namespace {

using protocol::startup_kind;
using telemetry::protocol_error;

constexpr std::byte answer_yes{'S'};
constexpr std::byte answer_no{'N'};

void count(telemetry::thread_counters& counters, protocol_error what) {
    counters.protocol_errors[static_cast<std::size_t>(what)].add();
}

std::uint32_t int32_at(std::span<const std::byte> bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

// The code or protocol version behind the length, be the length right or wrong.
bool has_code(std::span<const std::byte> bytes, std::uint32_t code) {
    return bytes.size() >= 8 && int32_at(bytes, 4) == code;
}

// A packet that would be a startup packet but for its length.
bool claims_too_much(std::span<const std::byte> bytes) {
    return bytes.size() >= 8 && int32_at(bytes, 0) > protocol::startup_bytes_max &&
           int32_at(bytes, 4) >> 16 == protocol::protocol_3_0 >> 16;
}

// The state of one negotiation. Each step reads at most one packet.
class negotiation {
public:
    negotiation(stream& client, startup_policy policy, telemetry::thread_counters& counters,
                deadline& limit)
        : client_(client), policy_(std::move(policy)), counters_(counters), limit_(limit) {}

    task<client_startup> run();

private:
    enum class step : std::uint8_t { again, done };

    task<step> look_for_direct_tls();
    task<bool> read_more();
    task<step> handle_packet(protocol::startup_packet packet);
    task<step> answer_encryption_request(protocol::startup_packet packet);
    task<step> accept_tls();
    task<step> finish_startup(protocol::startup_packet packet);
    task<step> refuse(std::string_view sqlstate, std::string message, std::string hint = {});
    task<step> refuse_malformed(std::string reason);
    static task<step> nothing_more() { co_return step::done; }

    [[nodiscard]] bool tls_possible() const {
        return policy_.tls != nullptr && !policy_.is_unix && !client_.is_tls();
    }

    stream& client_;
    startup_policy policy_;
    telemetry::thread_counters& counters_;
    deadline& limit_;
    std::vector<std::byte> bytes_;  // read and not yet understood
    bool ssl_requested_ = false;
    bool gss_requested_ = false;
    bool direct_tls_ = false;
    client_startup result_;
};

task<client_startup> negotiation::run() {
    step next = co_await look_for_direct_tls();
    while (next == step::again) {
        protocol::startup_packet packet = protocol::parse_startup(bytes_);
        if (packet.kind != startup_kind::need_more) {
            next = co_await handle_packet(std::move(packet));
        } else {
            const bool got_some = co_await read_more();
            if (!got_some) break;
        }
    }
    if (limit_.expired()) {
        count(counters_, protocol_error::startup_timeout);
        result_.problem = "no complete startup packet within limits.startup_timeout";
        result_.outcome = startup_outcome::closed;
    }
    co_return std::move(result_);
}

// A ClientHello must stay in the socket for OpenSSL, so the first byte is only looked at.
task<negotiation::step> negotiation::look_for_direct_tls() {
    if (!tls_possible()) co_return step::again;
    constexpr std::byte tls_handshake_record{0x16};
    for (;;) {
        std::byte first{};
        const io_result peeked = client_.peek(first);
        if (peeked.status == io_status::ok) {
            if (first != tls_handshake_record) co_return step::again;
            direct_tls_ = true;
            co_return co_await accept_tls();
        }
        if (peeked.status != io_status::want_read) co_return step::done;
        const bool ready = co_await wait_until_ready(client_, io_status::want_read, limit_);
        if (!ready) co_return step::done;
    }
}

task<bool> negotiation::read_more() {
    for (;;) {
        io_result result;
        {
            // Enough to see that a packet is too long, or that something follows it.
            std::array<std::byte, 2048> buffer;
            result = client_.read_some(buffer);
            if (result.status == io_status::ok) {
                counters_.bytes_from_client.add(result.bytes);
                bytes_.insert(bytes_.end(), buffer.begin(),
                              buffer.begin() + static_cast<std::ptrdiff_t>(result.bytes));
                co_return true;
            }
        }
        if (result.status != io_status::want_read && result.status != io_status::want_write) {
            co_return false;
        }
        const bool ready = co_await wait_until_ready(client_, result.status, limit_);
        if (!ready) co_return false;
    }
}

task<negotiation::step> negotiation::handle_packet(protocol::startup_packet packet) {
    switch (packet.kind) {
        case startup_kind::ssl_request:
        case startup_kind::gssenc_request:
            return answer_encryption_request(std::move(packet));
        case startup_kind::startup:
            return finish_startup(std::move(packet));
        case startup_kind::direct_tls:
            return refuse_malformed(policy_.tls ? "TLS is not possible here"
                                                : "TLS is switched off in pgfold (tls.mode)");
        case startup_kind::cancel:
            result_.outcome = startup_outcome::cancel;
            result_.process_id = packet.cancel.process_id;
            result_.secret.assign(packet.cancel.secret.begin(), packet.cancel.secret.end());
            result_.packet.assign(bytes_.begin(),
                                  bytes_.begin() + static_cast<std::ptrdiff_t>(packet.length));
            return nothing_more();
        default:
            // PostgreSQL never answers on a connection that wants to cancel.
            if (has_code(bytes_, protocol::cancel_request_code)) return nothing_more();
            return refuse_malformed(packet.error);
    }
}

task<negotiation::step> negotiation::answer_encryption_request(protocol::startup_packet packet) {
    const bool is_ssl = packet.kind == startup_kind::ssl_request;
    bool& requested = is_ssl ? ssl_requested_ : gss_requested_;
    if (requested || direct_tls_) {
        co_return co_await refuse_malformed("encryption was requested twice");
    }
    requested = true;
    // What follows the request before our answer came from whoever sits between: CVE-2021-23214.
    if (bytes_.size() > packet.length) {
        co_return co_await refuse_malformed(
            is_ssl ? "received unencrypted data after SSL request"
                   : "received unencrypted data after GSSAPI encryption request");
    }
    bytes_.clear();
    const bool yes = is_ssl && tls_possible();
    const std::byte answer = yes ? answer_yes : answer_no;
    counters_.bytes_to_client.add(1);
    const bool written = co_await write_all(client_, std::span(&answer, 1), limit_);
    if (!written) co_return step::done;
    if (!yes) co_return step::again;
    co_return co_await accept_tls();
}

task<negotiation::step> negotiation::accept_tls() {
    client_.start_tls(policy_.tls);
    std::string reason;
    for (;;) {
        const io_result result = client_.accept_tls(reason);
        if (result.status == io_status::ok) {
            // As PostgreSQL: who does not ask first must say which protocol is meant (ALPACA).
            if (direct_tls_ && !client_.has_agreed_on_protocol()) {
                co_return co_await refuse_malformed(
                    "received direct SSL connection request without ALPN protocol negotiation "
                    "extension");
            }
            co_return step::again;
        }
        if (result.status != io_status::want_read && result.status != io_status::want_write) break;
        const bool ready = co_await wait_until_ready(client_, result.status, limit_);
        if (!ready) co_return step::done;
    }
    result_.problem = "TLS handshake failed: " + reason;
    co_return step::done;
}

task<negotiation::step> negotiation::finish_startup(protocol::startup_packet packet) {
    if (policy_.mode == config::tls_mode::require && !client_.is_tls() && !policy_.is_unix) {
        co_return co_await refuse(
            "28000",
            "no entry for host \"" + policy_.client_host + "\", user \"" +
                std::string(packet.startup.parameter("user")) + "\", no encryption",
            "pgfold is configured with tls.mode: require. Connect with sslmode=require or "
            "stronger.");
    }
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(packet.length);
    result_.outcome = startup_outcome::start;
    result_.message = std::move(packet.startup);
    result_.after.assign(end, bytes_.end());
    bytes_.erase(end, bytes_.end());
    result_.packet = std::move(bytes_);
    co_return step::done;
}

task<negotiation::step> negotiation::refuse_malformed(std::string reason) {
    count(counters_, claims_too_much(bytes_) ? protocol_error::startup_too_long
                                             : protocol_error::startup_garbage);
    co_return co_await refuse("08P01", std::move(reason));
}

task<negotiation::step> negotiation::refuse(std::string_view sqlstate, std::string message,
                                            std::string hint) {
    protocol::error_fields fields;
    fields.sqlstate = sqlstate;
    fields.message = message;
    fields.hint = hint;
    const std::vector<std::byte> error = protocol::build_error_response(fields);
    counters_.bytes_to_client.add(error.size());
    const bool written = co_await write_all(client_, error, limit_);
    result_.problem = written ? message : message + " (the client did not read it)";
    result_.outcome = startup_outcome::closed;
    co_return step::done;
}

}  // namespace

task<client_startup> negotiate_startup(stream& client, startup_policy policy,
                                       telemetry::thread_counters& counters, deadline& limit) {
    negotiation steps(client, std::move(policy), counters, limit);
    co_return co_await steps.run();
}

}  // namespace pgfold::net
