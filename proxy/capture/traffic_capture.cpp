#include "proxy/capture/traffic_capture.hpp"

#include <chrono>
#include <cstring>
#include <exception>

namespace pgfold::capture {
namespace {

// The writer lets events gather for so long, or until there are so many, rather than being woken
// for each.
constexpr std::chrono::milliseconds gathering_time{20};
constexpr std::size_t gathering_bytes = 1 << 20;
constexpr std::size_t output_bytes = 1 << 20;
constexpr std::size_t buffer_bytes_kept = 4 << 20;

void shrink(std::vector<std::byte>& buffer) {
    buffer.clear();
    if (buffer.capacity() > buffer_bytes_kept) std::vector<std::byte>().swap(buffer);
}

}  // namespace

captured_conversation::~captured_conversation() {
    owner_->add(traffic_capture::event::end, number_, {}, last_at_);
}

void captured_conversation::from_client(std::span<const std::byte> bytes, timestamp at) {
    last_at_ = at;
    owner_->add(traffic_capture::event::from_client, number_, bytes, at);
}

void captured_conversation::from_server(std::span<const std::byte> bytes, timestamp at) {
    last_at_ = at;
    owner_->add(traffic_capture::event::from_server, number_, bytes, at);
}

traffic_capture::traffic_capture(capture_options options, problem_sink problems)
    : options_(std::move(options)),
      problems_(std::move(problems)),
      values_(make_redaction_key()),
      file_(options_.file, options_.file_bytes_max) {}

std::shared_ptr<traffic_capture> traffic_capture::start(capture_options options,
                                                        problem_sink problems, std::string& error) {
    std::shared_ptr<traffic_capture> made(
        new traffic_capture(std::move(options), std::move(problems)));
    error = made->file_.open();
    if (!error.empty()) return nullptr;
    write_section(made->output_, made->options_.application);
    made->thread_ = std::thread([capture = made.get()] { capture->run(); });
    return made;
}

traffic_capture::~traffic_capture() {
    stop();
}

void traffic_capture::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

capture_totals traffic_capture::totals() const {
    return {active_.load(), bytes_.load(), conversations_.load(), files_.load()};
}

void traffic_capture::give_up(const std::string& why) {
    if (active_.exchange(false) && problems_) problems_(why);
}

// ---- data threads

std::unique_ptr<captured_conversation> traffic_capture::begin(conversation_facts facts,
                                                              std::span<const std::byte> startup,
                                                              timestamp at) {
    if (!active_) return nullptr;
    const std::uint64_t number = facts.number;
    {
        const std::lock_guard lock(mutex_);
        introduced_.emplace(number, std::move(facts));
    }
    add(event::begin, number, {}, at);
    add(event::startup, number, startup, at);
    return std::make_unique<captured_conversation>(shared_from_this(), number);
}

void traffic_capture::add(event what, std::uint64_t number, std::span<const std::byte> bytes,
                          timestamp at) {
    if (!active_.load(std::memory_order_relaxed)) return;
    const event_header header{what, number, at, bytes.size()};
    const auto head = std::as_bytes(std::span(&header, 1));
    {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
        if (queue_.size() + head.size() + bytes.size() <= options_.queue_bytes_max) {
            const bool was_empty = queue_.empty();
            const bool was_much = queue_.size() >= gathering_bytes;
            queue_.insert(queue_.end(), head.begin(), head.end());
            queue_.insert(queue_.end(), bytes.begin(), bytes.end());
            const bool is_much = !was_much && queue_.size() >= gathering_bytes;
            if (was_empty || is_much) wake_.notify_one();
            return;
        }
    }
    give_up("the disk is slower than the traffic: " +
            std::to_string(options_.queue_bytes_max >> 20) + " MiB are waiting to be written");
}

// ---- the writer

void traffic_capture::run() {
    std::vector<std::byte> events;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
        if (!ending_)
            wake_.wait_for(lock, gathering_time,
                           [this] { return ending_ || queue_.size() >= gathering_bytes; });
        if (queue_.empty()) break;  // ending
        events.swap(queue_);
        lock.unlock();
        try {
            process(events);
        } catch (const std::exception& failure) {
            broken_ = true;
            give_up(failure.what());
        }
        shrink(events);
        lock.lock();
    }
    lock.unlock();
    write_out();
    file_.close();
    active_ = false;
}

void traffic_capture::process(std::span<std::byte> events) {
    while (!events.empty() && !broken_) {
        event_header header{};
        std::memcpy(&header, events.data(), sizeof header);
        carry_out(header, events.subspan(sizeof header, header.bytes));
        events = events.subspan(sizeof header + header.bytes);
        if (output_.size() >= output_bytes) write_out();
    }
    write_out();
}

void traffic_capture::carry_out(const event_header& header, std::span<std::byte> bytes) {
    if (header.what == event::begin) {
        conversation_facts facts;
        {
            const std::lock_guard lock(mutex_);
            facts = std::move(introduced_.extract(header.number).mapped());
        }
        client_address client = address_of(facts.client_host, facts.client_port, facts.number);
        // pgfold may listen in several places, the file knows one.
        if (!addresses_.insert(client).second)
            addresses_.insert(client = made_up_address(facts.number));
        const auto [added, is_new] =
            open_.try_emplace(header.number, client, header.number, std::move(facts.comment),
                              options_.redact_values ? &values_ : nullptr);
        if (is_new) added->second.open(output_, header.at);
        ++conversations_;
        return;
    }
    const auto found = open_.find(header.number);
    if (found == open_.end()) return;
    conversation_recorder& conversation = found->second;
    switch (header.what) {
        case event::begin:
            break;
        case event::startup:
            conversation.startup_packet(output_, bytes, header.at);
            break;
        case event::from_client:
            conversation.bytes(output_, direction::from_client, bytes, header.at);
            break;
        case event::from_server:
            conversation.bytes(output_, direction::from_server, bytes, header.at);
            break;
        case event::end:
            conversation.close(output_, header.at);
            addresses_.erase(conversation.client());
            open_.erase(found);
            break;
    }
}

void traffic_capture::write_out() {
    if (output_.empty() || broken_) return;
    std::string problem = file_.write(output_);
    if (problem.empty()) {
        bytes_ += output_.size();
        shrink(output_);
        if (!file_.is_full()) return;
        problem = file_.rotate();
        if (problem.empty()) {
            ++files_;
            write_section(output_, options_.application);
            for (auto& [number, conversation] : open_)
                conversation.begin_file();
            return;
        }
    }
    broken_ = true;
    give_up(problem);
}

}  // namespace pgfold::capture
