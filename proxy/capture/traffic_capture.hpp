// Writes what clients send and get into a pcapng file, on a thread of its own.
//
//     data thread: conversation.from_client(bytes, at) ──copy──> queue (bounded)
//     writer:      queue ──> messages ──> filter ──> packets ──> file
//
// The traffic never waits for it: when the disk is full, or slower than the traffic for so long
// that the queue is full, the capture ends and says so, and pgfold goes on. The cost for a data
// thread is one copy of the bytes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "proxy/capture/capture_file.hpp"
#include "proxy/capture/conversation_recorder.hpp"

namespace pgfold::capture {

struct capture_options {
    std::string file;
    bool redact_values = false;
    std::uint64_t file_bytes_max = std::uint64_t{1} << 30;
    std::size_t queue_bytes_max = 64 << 20;
    std::string application;  // that the file names
};

struct capture_totals {
    bool active = false;
    std::uint64_t bytes = 0;  // written, packets and all
    std::uint64_t conversations = 0;
    std::uint64_t files = 0;
};

// How a conversation is introduced in the file.
struct conversation_facts {
    std::uint64_t number = 0;
    std::string client_host;  // empty: a Unix socket
    std::uint16_t client_port = 0;
    std::string comment;
};

class traffic_capture;

// What one connection is captured through; used by one thread. Its end is the conversation's.
class captured_conversation {
public:
    captured_conversation(std::shared_ptr<traffic_capture> owner, std::uint64_t number)
        : owner_(std::move(owner)), number_(number) {}
    ~captured_conversation();
    captured_conversation(const captured_conversation&) = delete;
    captured_conversation& operator=(const captured_conversation&) = delete;

    void from_client(std::span<const std::byte> bytes, timestamp at);
    void from_server(std::span<const std::byte> bytes, timestamp at);

private:
    std::shared_ptr<traffic_capture> owner_;
    const std::uint64_t number_;
    timestamp last_at_;
};

class traffic_capture : public std::enable_shared_from_this<traffic_capture> {
public:
    // Told once, on any thread, when the capture ends before its time.
    using problem_sink = std::function<void(const std::string&)>;

    // Null with `error` filled when the file cannot be written.
    [[nodiscard]] static std::shared_ptr<traffic_capture> start(capture_options options,
                                                                problem_sink problems,
                                                                std::string& error);
    ~traffic_capture();

    // Null once the capture has ended. `startup` is the client's startup packet.
    [[nodiscard]] std::unique_ptr<captured_conversation> begin(conversation_facts facts,
                                                               std::span<const std::byte> startup,
                                                               timestamp at);
    void stop();  // writes what is queued

    [[nodiscard]] capture_totals totals() const;

private:
    friend class captured_conversation;
    enum class event : std::uint8_t { begin, startup, from_client, from_server, end };
    struct event_header {
        event what;
        std::uint64_t number;
        timestamp at;
        std::size_t bytes;
    };

    traffic_capture(capture_options options, problem_sink problems);
    void add(event what, std::uint64_t number, std::span<const std::byte> bytes, timestamp at);
    void give_up(const std::string& why);

    void run();
    void process(std::span<std::byte> events);
    void carry_out(const event_header& header, std::span<std::byte> bytes);
    void write_out();

    const capture_options options_;
    const problem_sink problems_;
    const pseudonyms values_;
    output_file file_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::byte> queue_;                            // headers, each with its bytes
    std::map<std::uint64_t, conversation_facts> introduced_;  // not begun by the writer yet
    bool ending_ = false;
    std::atomic<bool> active_{true};

    // The writer's own.
    bool broken_ = false;  // nothing more can be written; what a slow disk owes it still gets
    std::map<std::uint64_t, conversation_recorder> open_;
    std::set<client_address> addresses_;
    std::vector<std::byte> output_;

    std::atomic<std::uint64_t> bytes_{0}, conversations_{0}, files_{1};
    std::thread thread_;
};

}  // namespace pgfold::capture
