#include "tools/replay/recording.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "proxy/protocol/byte_writer.hpp"
#include "proxy/protocol/frame_reader.hpp"
#include "tools/captures/progress_bar.hpp"

namespace pgfold::replay {
namespace {

using captures::stream_side;
using protocol::frame_state;

class step_recorder final : public captures::conversation_tap {
public:
    explicit step_recorder(recorded_conversation& conversation) : conversation_(conversation) {}
    ~step_recorder() override { conversation_.steps.finish(); }

    void on_bytes(stream_side from, std::span<const std::byte> bytes, timestamp at) override {
        conversation_.ended = at;
        if (from == stream_side::client)
            on_client(bytes, at);
        else
            on_server(bytes);
    }

private:
    void on_client(std::span<const std::byte> bytes, timestamp at) {
        messages_.clear();
        client_.feed(bytes);
        for (;;) {
            const protocol::frame f =
                client_.next([](std::uint8_t, std::uint32_t size) { return size; });
            if (f.state != frame_state::message) break;
            if (f.type == 'p') continue;  // who plays it logs in by itself
            protocol::byte_writer(messages_)
                .write_uint8(f.type)
                .write_uint32(f.body_bytes + 4)
                .write_bytes(f.body);
        }
        if (!messages_.empty()) conversation_.steps.add({at, ready_seen_, copy_seen_, messages_});
    }

    void on_server(std::span<const std::byte> bytes) {
        server_.feed(bytes);
        for (;;) {
            const protocol::frame f = server_.next([](std::uint8_t, std::uint32_t) { return 0; });
            if (f.state != frame_state::message && f.state != frame_state::prefix) return;
            if (f.type == 'Z') {
                if (logged_in_) ++ready_seen_;
                logged_in_ = true;
                copy_seen_ = false;
            } else if (f.type == 'G' || f.type == 'W') {
                copy_seen_ = true;
            }
        }
    }

    recorded_conversation& conversation_;
    std::vector<std::byte> messages_;  // of one read
    protocol::frame_reader client_, server_;
    bool logged_in_ = false;
    bool copy_seen_ = false;
    std::uint32_t ready_seen_ = 0;
};

std::uint64_t size_of(const std::string& file) {
    std::error_code unknown;
    const auto size = std::filesystem::file_size(file, unknown);
    return unknown ? 0 : size;
}

bool is_replication(const recorded_conversation& conversation) {
    return std::any_of(conversation.startup.begin(), conversation.startup.end(),
                       [](const auto& one) {
                           return one.first == "replication" && one.second != "false" &&
                                  one.second != "off" && one.second != "0" && one.second != "no";
                       });
}

}  // namespace

recording load_recording(const std::vector<std::string>& files, std::uint16_t port) {
    recording result;
    std::map<std::uint64_t, recorded_conversation*> by_number;
    const auto of = [&](const captures::tcp_connection& connection) -> recorded_conversation& {
        recorded_conversation*& found = by_number[connection.number];
        if (found == nullptr) {
            found =
                result.conversations.emplace_back(std::make_unique<recorded_conversation>()).get();
            found->name = to_string(connection);
            found->began = connection.first_seen;
            found->steps = recorded_steps(result.storage->file());
            found->answers = answer_store(result.storage);
        }
        return *found;
    };
    const auto note = [&](const std::string& line) { result.notes.push_back(line); };

    captures::replay_options options;
    options.port = port;
    options.taps = [&](const captures::tcp_connection& connection,
                       const protocol::startup_message* startup)
        -> std::unique_ptr<captures::conversation_tap> {
        if (startup == nullptr) {
            note(to_string(connection) + ": its beginning is not in the capture, skipped");
            return nullptr;
        }
        recorded_conversation& conversation = of(connection);
        conversation.startup = startup->parameters;
        return std::make_unique<step_recorder>(conversation);
    };
    std::uint64_t total = 0;
    for (const std::string& file : files)
        total += size_of(file);
    {
        captures::progress_bar progress(total);
        std::uint64_t done = 0;
        captures::capture_replayer reader(
            options,
            [&](const captures::tcp_connection& connection) {
                return std::make_unique<answer_log>(of(connection).answers);
            },
            note);
        reader.on_progress([&](std::uint64_t bytes) { progress.show(done + bytes); });
        for (const std::string& file : files) {
            const captures::capture_result read = reader.replay_file(file);
            done += size_of(file);
            if (!read.message.empty()) note(read.message);
            if (read.status == captures::capture_status::unreadable) continue;
            result.damaged |= read.status == captures::capture_status::damaged;
            if (!result.readable || read.first_at < result.first_at)
                result.first_at = read.first_at;
            result.last_at = std::max(result.last_at, read.last_at);
            result.readable = true;
        }
        reader.finish();
        if (reader.totals().cancel_requests != 0)
            note(std::to_string(reader.totals().cancel_requests) +
                 " cancel requests: not played, what they ended runs to its end");
    }
    std::erase_if(result.conversations, [&](const auto& one) {
        if (!is_replication(*one)) return one->startup.empty();
        note(one->name + ": replication, skipped");
        return true;
    });
    std::stable_sort(result.conversations.begin(), result.conversations.end(),
                     [](const auto& a, const auto& b) { return a->began < b->began; });
    for (const auto& one : result.conversations)
        result.bytes += one->steps.bytes();
    return result;
}

}  // namespace pgfold::replay
