// Keeps a flood of one kind of log line from drowning the rest: so many a second, and the next line
// that passes says how many did not. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace pgfold::net {

class log_throttle {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit log_throttle(std::uint32_t lines_per_second_max)
        : lines_per_second_max_(lines_per_second_max) {}

    // Nothing: do not write. Else the number of lines left out since the last that was written.
    [[nodiscard]] std::optional<std::uint64_t> pass(time_point now) {
        const std::lock_guard lock(mutex_);
        if (now - second_began_ >= std::chrono::seconds(1)) {
            second_began_ = now;
            written_ = 0;
        }
        if (written_ >= lines_per_second_max_) {
            ++left_out_;
            return std::nullopt;
        }
        ++written_;
        return std::exchange(left_out_, 0);
    }

private:
    std::uint32_t lines_per_second_max_;
    std::mutex mutex_;
    time_point second_began_{};
    std::uint32_t written_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace pgfold::net
