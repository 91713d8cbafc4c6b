#include "proxy/net/replication/own_connection.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace pgfold::net {
namespace {

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

// libpq keeps the SQLSTATE of a refused connection to itself, but writes it into a verbose message:
// "FATAL:  28P01: password authentication failed …", and behind it where in PostgreSQL's source.
connection_failure split_verbose(std::string message) {
    connection_failure failure;
    const std::size_t location = message.find("\nLOCATION:");
    if (location != std::string::npos) message.resize(location);
    failure.message = trimmed(message);
    const auto is_code = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    for (std::size_t at = message.find(":  "); at != std::string::npos;
         at = message.find(":  ", at + 1)) {
        const std::string code = message.substr(at + 3, 5);
        if (code.size() < 5 || !std::all_of(code.begin(), code.end(), is_code) ||
            message.compare(at + 8, 2, ": ") != 0)
            continue;
        failure.sqlstate = code;
        failure.message = trimmed(message.erase(at + 3, 7));
        break;
    }
    return failure;
}

}  // namespace

wake_up::wake_up() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

wake_up::~wake_up() {
    ::close(descriptor_);
}

void wake_up::ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}

void wake_up::quiet() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = ::read(descriptor_, &count, sizeof count);
}

void own_connection::fail() const {
    throw connection_failure{trimmed(PQerrorMessage(connection_.get())), {}};
}

void own_connection::wait(short events, clock::time_point until) const {
    for (;;) {
        if (is_stopping_()) throw connection_failure{"shutting down", {}};
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0) throw connection_failure{"timeout expired", {}};
        std::array<pollfd, 2> polled = {
            {{descriptor(), events, 0}, {stop_.descriptor(), POLLIN, 0}}};
        const int ready = ::poll(polled.data(), polled.size(),
                                 static_cast<int>(std::min<std::int64_t>(left + 1, 60'000)));
        if (ready > 0 && polled[1].revents != 0) stop_.quiet();
        if (ready > 0 && polled[0].revents != 0) return;
    }
}

void own_connection::open(const libpq_parameters& parameters, std::chrono::milliseconds timeout) {
    const auto [names, values] = parameters.get();
    connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    if (connection_ == nullptr) throw connection_failure{"out of memory", {}};
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
    const auto until = clock::now() + timeout;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(connection_.get()) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) break;
        wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
        next = PQconnectPoll(connection_.get());
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        connection_failure failure = split_verbose(PQerrorMessage(connection_.get()));
        if (PQconnectionNeedsPassword(connection_.get()) != 0) failure.sqlstate = "28P01";
        throw failure;
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    PQsetnonblocking(connection_.get(), 1);
    // Notices are nobody's business.
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const PGresult*) {}, nullptr);
}

void own_connection::send(const std::string& sql) {
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) fail();
    outstanding_ = true;
    flush();
}

void own_connection::flush() {
    const int left = PQflush(connection_.get());
    if (left < 0) fail();
    wants_write_ = left > 0;
}

void own_connection::read() {
    if (PQconsumeInput(connection_.get()) == 0) fail();
}

own_connection::result own_connection::next_result() {
    result found(nullptr, PQclear);
    if (!outstanding_ || PQisBusy(connection_.get()) != 0) return found;
    found.reset(PQgetResult(connection_.get()));
    if (found == nullptr) {
        outstanding_ = false;
        return found;
    }
    switch (PQresultStatus(found.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY:
            break;
        case PGRES_COPY_BOTH:
            outstanding_ = false;
            break;
        default: {
            const char* state = PQresultErrorField(found.get(), PG_DIAG_SQLSTATE);
            throw connection_failure{trimmed(PQresultErrorMessage(found.get())),
                                     state != nullptr ? state : ""};
        }
    }
    return found;
}

own_connection::result own_connection::ask(const std::string& sql,
                                           std::chrono::milliseconds timeout) {
    const auto until = clock::now() + timeout;
    send(sql);
    result last(nullptr, PQclear);
    for (;;) {
        while (outstanding_ && PQisBusy(connection_.get()) != 0) {
            wait(wanted_events(), until);
            flush();
            read();
        }
        if (!outstanding_) return last;
        if (result next = next_result()) last = std::move(next);
    }
}

bool own_connection::next_copy_data(std::vector<std::byte>& into) {
    char* buffer = nullptr;
    const int length = PQgetCopyData(connection_.get(), &buffer, 1);
    const std::unique_ptr<char, void (*)(void*)> owned(buffer, PQfreemem);
    if (length == 0) return false;
    if (length > 0) {
        const auto* begin = reinterpret_cast<const std::byte*>(buffer);
        into.assign(begin, begin + length);
        return true;
    }
    if (length == -1) {  // it ends: what for, its result says
        result last(nullptr, PQclear);
        if (PQisBusy(connection_.get()) == 0) last.reset(PQgetResult(connection_.get()));
        const char* why = last ? PQresultErrorMessage(last.get()) : "";
        throw connection_failure{*why != '\0' ? trimmed(why) : "the server ended the stream", {}};
    }
    fail();
}

void own_connection::put_copy_data(std::span<const std::byte> bytes) {
    if (PQputCopyData(connection_.get(), reinterpret_cast<const char*>(bytes.data()),
                      static_cast<int>(bytes.size())) < 0)
        fail();
    flush();
}

upstream_host own_connection::host() const {
    upstream_host host;
    host.host = PQhost(connection_.get());
    const char* address = PQhostaddr(connection_.get());
    if (address != nullptr && !host.host.starts_with('/')) host.hostaddr = address;
    const std::string_view port = PQport(connection_.get());
    std::from_chars(port.data(), port.data() + port.size(), host.port);
    return host;
}

freshness::text_row row_of(const PGresult* result, int row) {
    freshness::text_row values;
    if (result == nullptr || row >= PQntuples(result)) return values;
    for (int column = 0; column < PQnfields(result); ++column) {
        if (PQgetisnull(result, row, column) != 0)
            values.emplace_back();
        else
            values.emplace_back(PQgetvalue(result, row, column));
    }
    return values;
}

}  // namespace pgfold::net
