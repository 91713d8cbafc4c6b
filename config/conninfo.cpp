#include "config/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace pgfold::config {
namespace {

bool names_option(std::string_view message) {
    return message.starts_with("invalid URI query parameter") ||
           message.starts_with("invalid connection option");
}

bool looks_like_option(std::string_view text) {
    return text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || c == '_';
           });
}

// libpq quotes what it could not read, at worst the whole URL with its password. Only what looks
// like the name of an option is safe to repeat.
std::string without_quotations(std::string message) {
    const std::size_t open = message.find('"');
    if (open != std::string::npos) {
        const std::size_t length = message.rfind('"') - open + 1;
        const bool is_safe =
            length > 2 && names_option(message) &&
            looks_like_option(std::string_view(message).substr(open + 1, length - 2));
        if (!is_safe) message.replace(open, length, "\"…\"");
    }
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) {
        message.pop_back();
    }
    return message;
}

using option_list = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

std::string quoted_value(const std::string& value) {
    if (!value.empty() && value.find_first_of(" '\\") == std::string::npos) return value;
    std::string result = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + "'";
}

// Parameters that are newer than the libpq at hand, which refuses what it does not know. They are
// understood when pgfold connects, so they are no error here.
bool names_newer_option(std::string_view message) {
    constexpr std::array<std::string_view, 8> newer = {
        "\"load_balance_hosts\"",   "\"sslnegotiation\"", "\"sslcertmode\"",
        "\"require_auth\"",         "\"sslkeylogfile\"",  "\"min_protocol_version\"",
        "\"max_protocol_version\"", "\"gssdelegation\"",
    };
    return std::any_of(newer.begin(), newer.end(), [&](std::string_view name) {
        return message.find(name) != std::string_view::npos;
    });
}

}  // namespace

std::string conninfo_problem(const std::string& conninfo) {
    char* message = nullptr;
    const option_list options(PQconninfoParse(conninfo.c_str(), &message), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, PQfreemem);
    if (options) return {};
    if (message && names_option(message) && names_newer_option(message)) return {};
    return "not a libpq URL or key=value string: " +
           (message ? without_quotations(message) : std::string("out of memory"));
}

std::string masked_conninfo(const std::string& conninfo) {
    if (conninfo.empty()) return {};
    const option_list options(PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
    if (!options) return "***";
    std::string result;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr || *option->val == '\0') continue;
        if (!result.empty()) result += ' ';
        const bool secret = option->dispchar != nullptr && *option->dispchar == '*';
        result += option->keyword;
        result += '=';
        result += secret ? "***" : quoted_value(option->val);
    }
    return result;
}

}  // namespace pgfold::config
