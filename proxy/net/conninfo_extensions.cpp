#include "proxy/net/conninfo_extensions.hpp"

#include <array>
#include <cctype>
#include <string_view>

namespace pgfold::net {
namespace {

constexpr std::array<std::string_view, 8> newer_names = {
    "load_balance_hosts", "sslnegotiation",       "sslcertmode",          "require_auth",
    "sslkeylogfile",      "min_protocol_version", "max_protocol_version", "gssdelegation"};

bool is_newer(std::string_view name) {
    for (const std::string_view newer : newer_names)
        if (name == newer) return true;
    return false;
}

bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

std::map<std::string, std::string> take_from_url(std::string& url) {
    std::map<std::string, std::string> taken;
    const std::size_t question = url.find('?');
    if (question == std::string::npos) return taken;
    std::string kept = url.substr(0, question);
    char separator = '?';
    std::string_view rest = std::string_view(url).substr(question + 1);
    while (!rest.empty()) {
        const std::size_t ampersand = rest.find('&');
        const std::string_view pair = rest.substr(0, ampersand);
        rest =
            ampersand == std::string_view::npos ? std::string_view() : rest.substr(ampersand + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view name = pair.substr(0, equals);
        if (is_newer(name)) {
            taken[std::string(name)] =
                equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        } else {
            kept += separator;
            kept += pair;
            separator = '&';
        }
    }
    url = kept;
    return taken;
}

// One value of the key=value form, starting at `at`; quotes and backslashes as libpq reads them.
std::string read_value(std::string_view text, std::size_t& at) {
    std::string value;
    const bool quoted = at < text.size() && text[at] == '\'';
    if (quoted) ++at;
    while (at < text.size()) {
        if (quoted ? text[at] == '\'' : is_space(text[at])) break;
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at++];
    }
    if (quoted && at < text.size()) ++at;
    return value;
}

std::map<std::string, std::string> take_from_pairs(std::string& text) {
    std::map<std::string, std::string> taken;
    std::string kept;
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        const std::size_t start = at;
        while (at < text.size() && text[at] != '=' && !is_space(text[at]))
            ++at;
        const std::string name = text.substr(start, at - start);
        while (at < text.size() && is_space(text[at]))
            ++at;
        if (at == text.size() || text[at] != '=') return {};  // libpq will say what is wrong
        ++at;
        while (at < text.size() && is_space(text[at]))
            ++at;
        const std::string value = read_value(text, at);
        if (is_newer(name)) {
            taken[name] = value;
        } else {
            if (!kept.empty()) kept += ' ';
            kept += text.substr(start, at - start);
        }
    }
    if (!taken.empty()) text = kept;
    return taken;
}

}  // namespace

std::map<std::string, std::string> take_extensions(std::string& conninfo) {
    if (conninfo.starts_with("postgresql://") || conninfo.starts_with("postgres://")) {
        return take_from_url(conninfo);
    }
    return take_from_pairs(conninfo);
}

}  // namespace pgfold::net
