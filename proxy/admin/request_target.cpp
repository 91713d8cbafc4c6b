#include "proxy/admin/request_target.hpp"

#include <charconv>

namespace pgfold::admin {
namespace {

constexpr std::size_t parameters_max = 32;

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            result += ' ';
        } else if (text[i] != '%') {
            result += text[i];
        } else {
            unsigned char byte = 0;
            const std::string_view digits = text.substr(i + 1, 2);
            const char* const last = digits.data() + digits.size();
            const auto [end, error] = std::from_chars(digits.data(), last, byte, 16);
            if (digits.size() != 2 || error != std::errc{} || end != last || byte == 0) {
                return std::nullopt;
            }
            result += static_cast<char>(byte);
            i += 2;
        }
    }
    return result;
}

}  // namespace

std::string_view request_target::parameter(std::string_view name) const {
    for (auto it = query.rbegin(); it != query.rend(); ++it) {
        if (it->first == name) return it->second;
    }
    return {};
}

std::optional<request_target> parse_request_target(std::string_view target) {
    target = target.substr(0, target.find('#'));
    const std::size_t question = target.find('?');
    auto path = percent_decoded(target.substr(0, question), false);
    if (!path || path->empty() || path->front() != '/') return std::nullopt;
    request_target result;
    result.path = std::move(*path);
    if (question == std::string_view::npos) return result;
    std::string_view rest = target.substr(question + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        auto name = percent_decoded(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos
                         ? std::string()
                         : percent_decoded(pair.substr(equals + 1), true);
        if (!name || !value || result.query.size() == parameters_max) return std::nullopt;
        result.query.emplace_back(std::move(*name), std::move(*value));
    }
    return result;
}

}  // namespace pgfold::admin
