// How far a large file has been read, on one line of a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pgfold::captures {

class progress_bar {
public:
    // Nothing is shown unless standard error is a terminal and there is much to read.
    explicit progress_bar(std::uint64_t bytes_total);
    ~progress_bar();
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    void show(std::uint64_t bytes_read);
    // Takes the line away, so that something else can be printed.
    void clear();

    // "  42 % ██████████▌               2.1 of 5.0 GB, 210 MB/s, 14 s left"
    [[nodiscard]] static std::string line(std::uint64_t bytes_read, std::uint64_t bytes_total,
                                          std::chrono::milliseconds elapsed);

private:
    using clock = std::chrono::steady_clock;
    std::uint64_t total_;
    bool enabled_;
    bool shown_ = false;
    clock::time_point started_ = clock::now(), last_{};
};

}  // namespace pgfold::captures
