// What the client of one conversation sent, when, and what it had waited for; in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "analyzer/detect/conversation_observer.hpp"
#include "tools/replay/spool.hpp"

namespace pgfold::replay {

using detect::timestamp;

struct recorded_step {
    timestamp at;
    std::uint32_t ready_seen = 0;      // ReadyForQuery messages that the client had got …
    bool copy_seen = false;            // … and, since the last, one that asks for COPY data
    std::span<const std::byte> bytes;  // whole messages
};

class recorded_steps {
public:
    recorded_steps() = default;  // none
    explicit recorded_steps(std::shared_ptr<spool> file) : records_(std::move(file)) {}

    void add(const recorded_step& step);
    void finish() { records_.finish(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // of all messages
    // The last message is the client's goodbye.
    [[nodiscard]] bool end_with_goodbye() const { return end_with_goodbye_; }

    class reader {
    public:
        explicit reader(const recorded_steps& steps) : records_(steps.records_) {}
        [[nodiscard]] std::optional<recorded_step> next();  // valid until the next call

    private:
        spooled_records::reader records_;
    };

private:
    spooled_records records_;
    std::vector<std::byte> buffer_;
    std::uint64_t bytes_ = 0;
    bool end_with_goodbye_ = false;
};

}  // namespace pgfold::replay
