#include "proxy/admin/query_filter.hpp"

#include <algorithm>
#include <charconv>

#include "analyzer/detect/glob.hpp"

namespace pgfold::admin {

std::optional<std::size_t> read_limit(const request_target& target) {
    const std::string_view text = target.parameter("limit");
    if (text.empty()) return limit_default;
    std::size_t limit = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, limit);
    if (error != std::errc{} || end != last || limit == 0 || limit > limit_max) {
        return std::nullopt;
    }
    return limit;
}

text_filter::text_filter(const request_target& target, std::string_view parameter)
    : given_(std::any_of(target.query.begin(), target.query.end(),
                         [&](const auto& entry) { return entry.first == parameter; })),
      pattern_(target.parameter(parameter)) {}

bool text_filter::matches(std::string_view value) const {
    return !given_ || pattern_ == value || detect::matches_glob(pattern_, value);
}

std::vector<std::string> read_list(const request_target& target, std::string_view parameter) {
    std::vector<std::string> result;
    for (const auto& [name, value] : target.query) {
        if (name != parameter) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::string_view item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(item.size() + 1, rest.size()));
            if (!item.empty()) result.emplace_back(item);
        }
    }
    return result;
}

}  // namespace pgfold::admin
