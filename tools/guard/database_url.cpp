#include "tools/guard/database_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

namespace pgfold::guard {
namespace {

struct url_parts {
    std::string_view scheme;  // "jdbc:postgresql"
    std::string_view user;    // with password, as written, and without the '@'
    bool has_user = false;
    std::string_view path;      // "/shop", or empty
    std::string_view query;     // without '?'
    std::string_view fragment;  // with '#'
    std::string_view hosts;
};

std::optional<url_parts> split(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos ||
        url.substr(0, scheme).find_first_of(" ='") != std::string_view::npos)
        return std::nullopt;
    url_parts parts;
    parts.scheme = url.substr(0, scheme);
    std::string_view rest = url.substr(scheme + 3);
    const auto cut = [&](std::string_view& text, std::size_t at) {
        const std::string_view tail = text.substr(std::min(at, text.size()));
        text = text.substr(0, at);
        return tail;
    };
    parts.fragment = cut(rest, rest.find('#'));
    parts.query = cut(rest, rest.find('?'));
    if (!parts.query.empty()) parts.query.remove_prefix(1);
    parts.path = cut(rest, rest.find('/'));
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        parts.has_user = true;
        parts.user = rest.substr(0, at);
        rest = rest.substr(at + 1);
    }
    parts.hosts = rest;
    return parts;
}

std::string kept_parameters(std::string_view query,
                            const std::function<bool(std::string_view)>& keep) {
    std::string kept;
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view parameter = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        if (!keep(parameter.substr(0, parameter.find('=')))) continue;
        kept += kept.empty() ? '?' : '&';
        kept += parameter;
    }
    return kept;
}

bool is_libpq_scheme(std::string_view scheme) {
    if (scheme.starts_with("jdbc:")) scheme.remove_prefix(5);
    scheme = scheme.substr(0, scheme.find('+'));
    constexpr std::array<std::string_view, 8> known = {
        "postgresql", "postgres", "postgis", "pgsql", "psql", "ecto", "timescale", "timescalegis"};
    return std::find(known.begin(), known.end(), scheme) != known.end();
}

using option_list = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

bool is_libpq_parameter(std::string_view name) {
    // Newer than the libpq that pgfold is built with; pgfold knows what they mean.
    constexpr std::array<std::string_view, 4> newer = {"load_balance_hosts", "sslnegotiation",
                                                       "sslcertmode", "require_auth"};
    if (std::find(newer.begin(), newer.end(), name) != newer.end()) return true;
    static const option_list options(PQconndefaults(), PQconninfoFree);
    for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o)
        if (name == o->keyword) return true;
    return false;
}

// Says where the server is, how to choose it, or how to encrypt; in the words of any driver.
bool is_about_server(std::string_view name) {
    constexpr std::array<std::string_view, 14> names = {"host",
                                                        "hostaddr",
                                                        "port",
                                                        "service",
                                                        "channel_binding",
                                                        "requiressl",
                                                        "gssencmode",
                                                        "target_session_attrs",
                                                        "load_balance_hosts",
                                                        "targetServerType",
                                                        "loadBalanceHosts",
                                                        "direct_tls",
                                                        "tls",
                                                        "require_auth"};
    return name.starts_with("ssl") || std::find(names.begin(), names.end(), name) != names.end();
}

std::string quoted_value(std::string_view value) {
    std::string quoted = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

}  // namespace

std::optional<std::string> libpq_form(std::string_view url) {
    const auto parts = split(url);
    if (!parts) return std::string(url);
    if (!is_libpq_scheme(parts->scheme)) return std::nullopt;
    std::string result = "postgresql://";
    if (parts->has_user) result += std::string(parts->user) + '@';
    result += parts->hosts;
    result += parts->path;
    return result + kept_parameters(parts->query, is_libpq_parameter);
}

std::string with_server(std::string_view url, const server_place& server) {
    const std::string port = std::to_string(server.port);
    if (const auto parts = split(url)) {
        std::string result = std::string(parts->scheme) + "://";
        if (parts->has_user) result += std::string(parts->user) + '@';
        result += server.host + ':' + port + std::string(parts->path);
        result += kept_parameters(parts->query,
                                  [](std::string_view name) { return !is_about_server(name); });
        return result + std::string(parts->fragment);
    }
    std::string result = "host=" + server.host + " port=" + port;
    const option_list options(PQconninfoParse(std::string(url).c_str(), nullptr), PQconninfoFree);
    for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o) {
        if (o->val == nullptr || *o->val == '\0' || is_about_server(o->keyword)) continue;
        result += std::string(" ") + o->keyword + '=' + quoted_value(o->val);
    }
    return result;
}

}  // namespace pgfold::guard
