#include "tools/captures/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace pgfold::captures {
namespace {

constexpr std::uint64_t bytes_min = 8 << 20;  // less is read before anybody has looked
constexpr std::chrono::milliseconds interval{100};
constexpr std::size_t width = 26;

std::string megabytes(double bytes) {
    std::array<char, 32> text{};
    const bool giga = bytes >= 1e9;
    std::snprintf(text.data(), text.size(), giga ? "%.1f GB" : "%.0f MB",
                  bytes / (giga ? 1e9 : 1e6));
    return text.data();
}

}  // namespace

progress_bar::progress_bar(std::uint64_t bytes_total)
    : total_(bytes_total), enabled_(bytes_total >= bytes_min && ::isatty(STDERR_FILENO) != 0) {}

progress_bar::~progress_bar() {
    clear();
}

void progress_bar::show(std::uint64_t bytes_read) {
    if (!enabled_) return;
    const auto now = clock::now();
    if (shown_ && now - last_ < interval) return;
    last_ = now;
    shown_ = true;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
    std::fprintf(stderr, "\r%s\x1b[K", line(bytes_read, total_, elapsed).c_str());
    std::fflush(stderr);
}

void progress_bar::clear() {
    if (!shown_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    shown_ = false;
}

std::string progress_bar::line(std::uint64_t bytes_read, std::uint64_t bytes_total,
                               std::chrono::milliseconds elapsed) {
    const double part =
        bytes_total == 0
            ? 1.0
            : std::min(1.0, static_cast<double>(bytes_read) / static_cast<double>(bytes_total));
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), "%4.0f %% ", part * 100);
    std::string text = percent.data();
    const auto eighths = static_cast<std::size_t>(part * width * 8);
    constexpr std::array<const char*, 8> blocks = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    for (std::size_t i = 0; i < width; ++i) {
        if (eighths >= (i + 1) * 8) {
            text += "█";
        } else {
            text += i * 8 < eighths ? blocks[eighths - i * 8] : " ";
        }
    }
    text += "  " + megabytes(static_cast<double>(bytes_read)) + " of " +
            megabytes(static_cast<double>(bytes_total));
    const double seconds = static_cast<double>(elapsed.count()) / 1000;
    if (seconds < 0.5 || bytes_read == 0) return text;
    const double rate = static_cast<double>(bytes_read) / seconds;
    text += ", " + megabytes(rate) + "/s";
    std::array<char, 32> left{};
    std::snprintf(left.data(), left.size(), ", %.0f s left",
                  static_cast<double>(bytes_total - std::min(bytes_read, bytes_total)) / rate);
    return text + left.data();
}

}  // namespace pgfold::captures
