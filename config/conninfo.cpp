#include "config/conninfo_check.hpp"

#include <libpq-fe.h>

#include <memory>

namespace pgfold::config {
namespace {

// libpq quotes what it could not read, at worst the whole URL with its password. Only the name of
// an option is safe to repeat.
std::string without_quotations(std::string message) {
    const bool names_option = message.starts_with("invalid URI query parameter") ||
                              message.starts_with("invalid connection option");
    const std::size_t open = message.find('"');
    if (!names_option && open != std::string::npos) {
        message.replace(open, message.rfind('"') - open + 1, "\"…\"");
    }
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) {
        message.pop_back();
    }
    return message;
}

}  // namespace

std::string conninfo_problem(const std::string& conninfo) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(conninfo.c_str(), &message), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, PQfreemem);
    if (options) return {};
    return "not a libpq URL or key=value string: " +
           (message ? without_quotations(message) : std::string("out of memory"));
}

}  // namespace pgfold::config
