// A connection of pgfold's own to the upstream, for a thread that does nothing else: libpq, waited
// for with poll() together with a descriptor that ends every wait, so that nobody has to wait for a
// server that is silent.
#pragma once

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proxy/freshness/replication/publication.hpp"
#include "proxy/net/libpq_parameters.hpp"

namespace pgfold::net {

struct connection_failure {
    std::string message;
    std::string sqlstate;  // empty: not of the server
};

// An eventfd: readable once it was rung, until it is quiet again.
class wake_up {
public:
    wake_up();
    ~wake_up();
    wake_up(const wake_up&) = delete;
    wake_up& operator=(const wake_up&) = delete;
    void ring() const;
    void quiet() const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

class own_connection {
public:
    using clock = std::chrono::steady_clock;
    using result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

    // `stop` outlives this; a wait ends when it rings and is_stopping() says so.
    own_connection(const wake_up& stop, std::function<bool()> is_stopping)
        : stop_(stop), is_stopping_(std::move(is_stopping)) {}

    // Throws connection_failure, as all below.
    void open(const libpq_parameters& parameters, std::chrono::milliseconds timeout);

    // Waits for all of the answer; what a server takes longer for than `timeout` has failed.
    // The last result.
    result ask(const std::string& sql, std::chrono::milliseconds timeout);
    // Only sends.
    void send(const std::string& sql);
    // One after another of what was sent; null: not yet, or all there is: see is_busy().
    result next_result();
    [[nodiscard]] bool is_busy() const { return outstanding_; }

    // While it copies. False: nothing more has come yet.
    [[nodiscard]] bool next_copy_data(std::vector<std::byte>& into);
    void put_copy_data(std::span<const std::byte> bytes);

    void read();   // when it is readable
    void flush();  // when it is writable
    [[nodiscard]] short wanted_events() const { return wants_write_ ? POLLIN | POLLOUT : POLLIN; }
    [[nodiscard]] int descriptor() const { return PQsocket(connection_.get()); }
    [[nodiscard]] int server_version() const { return PQserverVersion(connection_.get()); }
    [[nodiscard]] upstream_host host() const;

private:
    [[noreturn]] void fail() const;
    void wait(short events, clock::time_point until) const;

    const wake_up& stop_;
    const std::function<bool()> is_stopping_;
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_{nullptr, PQfinish};
    bool outstanding_ = false;
    bool wants_write_ = false;
};

// Of a result with rows.
[[nodiscard]] freshness::text_row row_of(const PGresult* result, int row = 0);

}  // namespace pgfold::net
