#include "tools/replay/conversation_player.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "proxy/session/session.hpp"
#include "tools/replay/target_connection.hpp"

namespace pgfold::replay {
namespace {

using clock = std::chrono::steady_clock;
using protocol::frame_state;

timestamp now() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

class player {
public:
    player(const recorded_conversation& conversation, const play_options& options, played& result)
        : conversation_(conversation),
          options_(options),
          result_(result),
          log_(result.answers),
          session_({}, {}, analyzer_, &log_, counters_, now()) {}

    void run() {
        result_.problem = target_.connect(options_.conninfo, conversation_.startup);
        if (!result_.problem.empty()) {
            result_.problem = "cannot connect: " + result_.problem;
            return;
        }
        tell_login();
        patience_until_ = clock::now() + options_.patience;
        recorded_steps::reader steps(conversation_.steps);
        while (const auto step = steps.next()) {
            const auto due = due_at(options_, step->at);
            while (!may_send(*step) || clock::now() < due) {
                if (!turn(may_send(*step) ? due : patience_until_)) return;
                if (!may_send(*step) && is_out_of_patience()) return;
            }
            if (!send(step->bytes)) return;
        }
        // What is still asked for; a client that has said goodbye does not wait.
        while (!conversation_.steps.end_with_goodbye() && session_.requests_outstanding() > 0) {
            if (!turn(patience_until_) || is_out_of_patience()) return;
        }
    }

private:
    // libpq has logged in; the session is shown what it would have seen.
    void tell_login() {
        std::vector<std::byte> login;
        protocol::message_builder(login, protocol::backend_message::authentication).write_uint32(0);
        protocol::message_builder(login, protocol::backend_message::ready_for_query)
            .write_uint8('I');
        actions_.clear();
        session_.on_server_bytes(login, now(), actions_);
    }

    [[nodiscard]] bool may_send(const recorded_step& step) const {
        if (ready_seen_ != step.ready_seen) return ready_seen_ > step.ready_seen;
        return !step.copy_seen || copy_seen_;
    }

    bool is_out_of_patience() {
        if (clock::now() < patience_until_) return false;
        result_.problem = "the server does not answer as it did; given up";
        return true;
    }

    bool send(std::span<const std::byte> bytes) {
        actions_.clear();
        session_.on_client_bytes(bytes, now(), actions_);
        while (!bytes.empty()) {
            std::size_t count = 0;
            switch (target_.write(bytes, count)) {
                case transfer::some:
                    bytes = bytes.subspan(count);
                    if (options_.on_sent) options_.on_sent(count);
                    patience_until_ = clock::now() + options_.patience;
                    break;
                case transfer::would_block:
                    // The server may not read before it has been read from.
                    if (!turn(patience_until_, POLLOUT) || is_out_of_patience()) return false;
                    break;
                case transfer::closed:
                    static_cast<void>(drain());
                    result_.problem = "the server has closed the connection";
                    return false;
            }
        }
        return true;
    }

    // Waits for the server, or until `until`, and takes what has come. False: it is over.
    bool turn(clock::time_point until, short also = 0) {
        took_ = false;
        if (!drain()) return false;
        if (took_) return true;  // perhaps all that was waited for
        const auto left =
            std::chrono::duration_cast<std::chrono::nanoseconds>(until - clock::now());
        if (left.count() <= 0) return true;
        const timespec wait{static_cast<time_t>(left.count() / 1'000'000'000),
                            static_cast<long>(left.count() % 1'000'000'000)};
        pollfd watched{target_.descriptor(), static_cast<short>(POLLIN | also), 0};
        ::ppoll(&watched, 1, &wait, nullptr);
        return drain();
    }

    bool drain() {
        for (;;) {
            std::size_t count = 0;
            switch (target_.read(buffer_, count)) {
                case transfer::some:
                    take(std::span(buffer_).first(count));
                    break;
                case transfer::would_block:
                    return true;
                case transfer::closed:
                    session_.on_server_closed(now());
                    result_.problem = "the server has closed the connection";
                    return false;
            }
        }
    }

    void take(std::span<const std::byte> bytes) {
        took_ = true;
        patience_until_ = clock::now() + options_.patience;
        actions_.clear();
        session_.on_server_bytes(bytes, now(), actions_);
        frames_.feed(bytes);
        for (;;) {
            const protocol::frame f = frames_.next([](std::uint8_t, std::uint32_t) { return 0; });
            if (f.state != frame_state::message && f.state != frame_state::prefix) return;
            if (f.type == 'Z') {
                ++ready_seen_;
                copy_seen_ = false;
            } else if (f.type == 'G' || f.type == 'W') {
                copy_seen_ = true;
            }
        }
    }

    const recorded_conversation& conversation_;
    const play_options& options_;
    played& result_;
    sql::statement_analyzer analyzer_{templates()};
    telemetry::thread_counters counters_;
    answer_log log_;
    session::session session_;
    session::action_list actions_;
    protocol::frame_reader frames_;
    target_connection target_;
    std::array<std::byte, 32 * 1024> buffer_{};
    clock::time_point patience_until_;
    std::uint32_t ready_seen_ = 0;
    bool copy_seen_ = false;
    bool took_ = false;  // bytes of the server

    // Shared by all conversations: it is safe to.
    static const std::shared_ptr<sql::template_table>& templates() {
        static const std::shared_ptr<sql::template_table> all = sql::make_template_table();
        return all;
    }
};

}  // namespace

std::chrono::steady_clock::time_point due_at(const play_options& options, timestamp recorded) {
    if (options.speed <= 0) return options.started_at;
    const auto after = std::chrono::duration<double, std::nano>(recorded - options.recorded_at);
    return options.started_at +
           std::chrono::duration_cast<std::chrono::nanoseconds>(after / options.speed);
}

played play(const recorded_conversation& conversation,
            const std::shared_ptr<replay_storage>& storage, const play_options& options) {
    played result{answer_store(storage), {}};
    player(conversation, options, result).run();
    return result;
}

}  // namespace pgfold::replay
