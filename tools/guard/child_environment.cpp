#include "tools/guard/child_environment.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace pgfold::guard {
namespace {

std::string parameter(const std::vector<std::pair<std::string, std::string>>& all,
                      std::string_view name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    return found == all.end() ? std::string() : found->second;
}

// libpq looks passwords up by server, in ~/.pgpass, and would find none for pgfold's port: so it is
// asked before what it has for the real one. Nothing is sent.
std::string password_of(const std::vector<std::pair<std::string, std::string>>& upstream) {
    if (std::string given = parameter(upstream, "password"); !given.empty()) return given;
    std::vector<const char*> names, values;
    for (const auto& [name, value] : upstream) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectStartParams(names.data(), values.data(), 0), PQfinish);
    const char* found = connection ? PQpass(connection.get()) : nullptr;
    return found == nullptr ? std::string() : found;
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '~') {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += '%';
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

}  // namespace

environment current_environment() {
    environment variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=', 1);
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

environment with_pgfold(environment variables, const server_place& pgfold,
                        const std::vector<std::pair<std::string, std::string>>& upstream) {
    const std::string user = parameter(upstream, "user"), database = parameter(upstream, "dbname");
    const std::string password = password_of(upstream);
    const auto set_default = [&](const char* name, const std::string& value) {
        if (!value.empty()) variables.try_emplace(name, value);
    };
    set_default("PGUSER", user);
    set_default("PGDATABASE", database);
    set_default("PGPASSWORD", password);
    if (std::string& url = variables["DATABASE_URL"]; !url.empty()) {
        url = with_server(url, pgfold);
    } else {
        url = "postgresql://";
        if (!user.empty()) {
            url += encoded(user) + (password.empty() ? "" : ':' + encoded(password)) + '@';
        }
        url += pgfold.host + ':' + std::to_string(pgfold.port);
        if (!database.empty()) url += '/' + encoded(database);
    }
    // A service, and what is about the way to the server, would win over or contradict what
    // follows.
    constexpr std::array<const char*, 12> gone = {"PGHOSTADDR",
                                                  "PGSERVICE",
                                                  "PGSERVICEFILE",
                                                  "PGREQUIRESSL",
                                                  "PGSSLROOTCERT",
                                                  "PGSSLCERT",
                                                  "PGSSLKEY",
                                                  "PGSSLNEGOTIATION",
                                                  "PGCHANNELBINDING",
                                                  "PGREQUIREAUTH",
                                                  "PGTARGETSESSIONATTRS",
                                                  "PGLOADBALANCEHOSTS"};
    for (const char* name : gone)
        variables.erase(name);
    variables["PGHOST"] = pgfold.host;
    variables["PGPORT"] = std::to_string(pgfold.port);
    variables["PGSSLMODE"] = "disable";
    variables["PGFOLD_GUARD"] = "1";
    if (!pgfold.socket_directory.empty())
        variables["PGFOLD_GUARD_SOCKET"] = pgfold.socket_directory;
    return variables;
}

}  // namespace pgfold::guard
