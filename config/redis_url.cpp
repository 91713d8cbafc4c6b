#include "config/redis_url.hpp"

#include <charconv>
#include <optional>

namespace pgfold::config {
namespace {

constexpr std::string_view scheme = "redis://";

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        unsigned char value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto done = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (done.ptr != text.data() + i + 3) return std::nullopt;
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

template <typename Number>
bool parse_number(std::string_view text, Number& value) {
    const auto done = std::from_chars(text.data(), text.data() + text.size(), value);
    return done.ec == std::errc() && done.ptr == text.data() + text.size();
}

}  // namespace

redis_url_result parse_redis_url(std::string_view text) {
    const auto fail = [](std::string why) { return redis_url_result{{}, std::move(why)}; };
    if (text.starts_with("rediss://")) return fail("TLS towards Redis is not supported");
    if (!text.starts_with(scheme))
        return fail("expected redis://[[USER]:PASSWORD@]HOST[:PORT][/N]");
    text.remove_prefix(scheme.size());
    redis_url url;
    if (const auto slash = text.find('/'); slash != text.npos) {
        const auto database = text.substr(slash + 1);
        if (!database.empty() && !parse_number(database, url.database))
            return fail("a database of Redis is a number");
        text = text.substr(0, slash);
    }
    if (const auto at = text.rfind('@'); at != text.npos) {
        const auto login = text.substr(0, at);
        const auto colon = login.find(':');
        const auto user = percent_decoded(login.substr(0, colon));
        const auto password =
            percent_decoded(colon == login.npos ? std::string_view() : login.substr(colon + 1));
        if (!user || !password) return fail("a % must be followed by two hexadecimal digits");
        url.user = *user;
        url.password = *password;
        text.remove_prefix(at + 1);
    }
    const bool bracketed = text.starts_with('[');
    const auto close = bracketed ? text.find(']') : text.npos;
    if (bracketed && close == text.npos) return fail("a [ without its ]");
    if (bracketed && close + 1 < text.size() && text[close + 1] != ':')
        return fail("behind ] stands a colon and the port");
    const auto colon = text.find(':', bracketed ? close : 0);
    url.host = bracketed ? text.substr(1, close - 1) : text.substr(0, colon);
    if (url.host.empty()) return fail("no host is named");
    if (colon != text.npos && (!parse_number(text.substr(colon + 1), url.port) || url.port == 0))
        return fail("a port is a number from 1 to 65535");
    return {std::move(url), {}};
}

std::string masked_redis_url(const std::string& text) {
    const auto at = text.rfind('@');
    const auto begin = text.find(':', scheme.size());
    if (!text.starts_with(scheme) || at == text.npos || begin == text.npos || begin > at)
        return text;
    return text.substr(0, begin + 1) + "***" + text.substr(at);
}

}  // namespace pgfold::config
