#include "proxy/freshness/replication/wal_position.hpp"

#include <charconv>

namespace pgfold::freshness {
namespace {

std::optional<std::uint32_t> parse_half(std::string_view text) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

}  // namespace

std::optional<wal_position> parse_wal_position(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto high = parse_half(text.substr(0, slash));
    const auto low = parse_half(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return wal_position{*high} << 32 | *low;
}

}  // namespace pgfold::freshness
