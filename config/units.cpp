#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace pgfold::config {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 4> duration_units = {{
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 60 * 60 * 1000},
}};
constexpr std::uint64_t duration_ms_max = 1'000'000ULL * 60 * 60 * 1000;

constexpr std::array<unit, 4> size_units = {{
    {"B", 1},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
}};
constexpr std::uint64_t size_bytes_max = 1ULL << 60;

template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<unit, N>& units,
                                            std::uint64_t max) {
    if (text == "0") return 0;
    // A sign, an exponent, "inf" and "nan" are all refused by starting with a digit and by fixed.
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
    if (error != std::errc{} || end[-1] == '.') return std::nullopt;
    std::string_view name(end, static_cast<std::size_t>(last - end));
    while (!name.empty() && name.front() == ' ')
        name.remove_prefix(1);
    for (const unit& candidate : units) {
        if (candidate.name != name) continue;
        const double value = std::round(number * static_cast<double>(candidate.factor));
        if (!(value <= static_cast<double>(max))) return std::nullopt;
        return static_cast<std::uint64_t>(value);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = parse_quantity(text, duration_units, duration_ms_max);
    if (!value) return std::nullopt;
    return std::chrono::milliseconds(*value);
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
    return parse_quantity(text, size_units, size_bytes_max);
}

std::string to_string(std::chrono::milliseconds duration) {
    const auto ms = static_cast<std::uint64_t>(duration.count());
    if (ms == 0) return "0s";
    for (auto it = duration_units.rbegin(); it != duration_units.rend(); ++it) {
        if (ms % it->factor == 0) return std::to_string(ms / it->factor) + std::string(it->name);
    }
    return std::to_string(ms) + "ms";
}

std::string to_string(byte_size size) {
    constexpr std::array<std::string_view, 3> units = {"GiB", "MiB", "KiB"};
    std::uint64_t scale = 1ULL << 30;
    for (const std::string_view unit : units) {
        if (size.bytes >= scale && size.bytes % scale == 0)
            return std::to_string(size.bytes / scale) + std::string(unit);
        scale >>= 10;
    }
    return size.bytes == 0 ? "0" : std::to_string(size.bytes) + "B";
}

}  // namespace pgfold::config
