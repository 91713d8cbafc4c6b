#include "tools/replay/target_connection.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace pgfold::replay {
namespace {

struct connection_deleter {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};

// In libpq's `options`, a space ends a word.
std::string escaped(const std::string& value) {
    std::string out;
    for (const char c : value) {
        if (c == ' ' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string unquoted(std::string value) {
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'')
        value = value.substr(1, value.size() - 2);
    return value;
}

}  // namespace

struct target_connection::implementation {
    std::unique_ptr<PGconn, connection_deleter> connection;
    SSL* tls = nullptr;

    ~implementation() {
        // libpq must not say goodbye where the recorded client has.
        if (connection && tls == nullptr) ::shutdown(PQsocket(connection.get()), SHUT_WR);
    }

    [[nodiscard]] transfer outcome(int result) const {
        const int why = SSL_get_error(tls, result);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? transfer::would_block
                                                                         : transfer::closed;
    }
};

target_connection::target_connection() : implementation_(std::make_unique<implementation>()) {}
target_connection::~target_connection() = default;

std::string target_connection::connect(
    const std::string& conninfo, const std::vector<std::pair<std::string, std::string>>& recorded) {
    bool names_user = false, names_database = false;
    char* problem = nullptr;
    PQconninfoOption* const parsed = PQconninfoParse(conninfo.c_str(), &problem);
    if (parsed == nullptr) {
        std::string why = problem != nullptr ? problem : "not a connection string";
        PQfreemem(problem);
        return why;
    }
    for (const PQconninfoOption* o = parsed; o->keyword != nullptr; ++o) {
        if (o->val == nullptr) continue;
        names_user |= std::string_view(o->keyword) == "user";
        names_database |= std::string_view(o->keyword) == "dbname";
    }
    PQconninfoFree(parsed);

    std::vector<const char*> names, values;
    std::vector<std::string> kept;
    kept.reserve(recorded.size() + 8);
    const auto set = [&](const char* name, std::string value) {
        names.push_back(name);
        values.push_back(kept.emplace_back(std::move(value)).c_str());
    };
    std::string options;
    // What comes later wins, and dbname is expanded where it stands.
    for (const auto& [name, value] : recorded) {
        if (name == "user") {
            if (!names_user) set("user", value);
        } else if (name == "database") {
            if (!names_database) set("dbname", "dbname='" + value + "'");
        } else if (name == "application_name") {
            set("application_name", value);
        } else if (name == "client_encoding") {
            set("client_encoding", unquoted(value));
        } else if (name == "options") {
            options += " " + value;
        } else if (name != "replication" && !name.starts_with("_pq_.")) {
            options += " -c " + name + "=" + escaped(value);
        }
    }
    set("dbname", conninfo);
    if (!options.empty()) set("options", options);
    set("gssencmode", "disable");
    names.push_back(nullptr);
    values.push_back(nullptr);
    implementation_->connection.reset(PQconnectdbParams(names.data(), values.data(), 1));
    PGconn* const made = implementation_->connection.get();
    if (PQstatus(made) != CONNECTION_OK) {
        std::string why = PQerrorMessage(made);
        while (!why.empty() && why.back() == '\n')
            why.pop_back();
        return why.empty() ? "cannot connect" : why;
    }
    static_cast<void>(PQsetnonblocking(made, 1));
    implementation_->tls = static_cast<SSL*>(PQsslStruct(made, "OpenSSL"));
    return {};
}

int target_connection::descriptor() const {
    return PQsocket(implementation_->connection.get());
}

transfer target_connection::read(std::span<std::byte> buffer, std::size_t& count) {
    if (implementation_->tls != nullptr) {
        const int result = SSL_read_ex(implementation_->tls, buffer.data(), buffer.size(), &count);
        return result == 1 ? transfer::some : implementation_->outcome(result);
    }
    const ssize_t result = ::recv(descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return transfer::would_block;
    if (result <= 0) return transfer::closed;
    count = static_cast<std::size_t>(result);
    return transfer::some;
}

transfer target_connection::write(std::span<const std::byte> bytes, std::size_t& count) {
    if (implementation_->tls != nullptr) {
        const int result = SSL_write_ex(implementation_->tls, bytes.data(), bytes.size(), &count);
        return result == 1 ? transfer::some : implementation_->outcome(result);
    }
    const ssize_t result =
        ::send(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return transfer::would_block;
    if (result < 0) return transfer::closed;
    count = static_cast<std::size_t>(result);
    return transfer::some;
}

}  // namespace pgfold::replay
