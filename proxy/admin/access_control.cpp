#include "proxy/admin/access_control.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace pgfold::admin {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
    return text.size() >= end.size() &&
           equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool is_address(int family, std::string_view text) {
    unsigned char ignored[16];
    return inet_pton(family, std::string(text).c_str(), ignored) == 1;
}

enum class token_state { absent, right, wrong };

token_state check_token(const http_request& request, std::string_view token) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view given = request.authorization;
    if (given.empty()) return token_state::absent;
    if (token.empty() || !equal_ignoring_case(given.substr(0, scheme.size()), scheme)) {
        return token_state::wrong;
    }
    return equal_in_constant_time(given.substr(scheme.size()), token) ? token_state::right
                                                                      : token_state::wrong;
}

// Browsers say where a request comes from; other programs say nothing.
bool is_from_another_site(const http_request& request) {
    const std::string& site = request.fetch_site;
    if (!site.empty() && site != "same-origin" && site != "none") return true;
    if (request.origin.empty()) return false;
    const std::size_t scheme = request.origin.find("://");
    if (scheme == std::string::npos) return true;  // "null"
    return !equal_ignoring_case(std::string_view(request.origin).substr(scheme + 3), request.host);
}

http_response unauthorized(const std::string& message) {
    http_response response = error_response(401, message);
    response.ask_for_token = true;
    return response;
}

std::optional<http_response> refused_host(const http_request& request) {
    if (is_rebinding_safe_host(request.host)) return std::nullopt;
    return error_response(403,
                          "over loopback the Host header must be an address or localhost, not "
                          "a name that DNS could redirect; or send the token");
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const char other = b.empty() ? '\0' : b[i % b.size()];
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(other);
        asm volatile("" : "+r"(difference));  // keeps the loop from ending early
    }
    return difference == 0;
}

bool is_rebinding_safe_host(std::string_view host) {
    if (host.empty()) return true;  // HTTP/1.0; browsers always send it
    if (host.front() == '[') {
        const std::size_t close = host.find(']');
        return close != std::string_view::npos && is_address(AF_INET6, host.substr(1, close - 1));
    }
    std::string_view name = host.substr(0, host.find(':'));
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);
    return equal_ignoring_case(name, "localhost") || ends_with_ignoring_case(name, ".localhost") ||
           is_address(AF_INET, name);
}

std::optional<http_response> refusal(const http_request& request, access wanted,
                                     std::string_view token) {
    if (wanted == access::open) return std::nullopt;
    const token_state authorization = check_token(request, token);
    if (authorization == token_state::right) return std::nullopt;
    if (wanted == access::read) {
        return request.from_loopback ? refused_host(request) : std::nullopt;
    }
    if (authorization == token_state::wrong)
        return unauthorized("the token is not the configured one");
    if (!request.from_loopback || request.forwarded) {
        if (!token.empty()) return unauthorized("needs Authorization: Bearer <admin.token>");
        return error_response(
            403, "allowed only from this machine; set admin.token to allow it from elsewhere");
    }
    if (is_from_another_site(request)) {
        return error_response(403, "not allowed for a web page of another origin");
    }
    return refused_host(request);
}

}  // namespace pgfold::admin
