// The admin HTTP server: metrics, health, the JSON API. One thread and one io_context of its own,
// so that no scrape and no slow reader of it ever delays a query.
//
// Flow:
//
//     admin::admin_server server(std::move(context));
//     if (auto error = server.start("127.0.0.1:9433"); !error.empty()) …  // bind failed: why
//     … server.port() …                                                   // port 0 resolved
//     server.stop();                                                      // or the destructor
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

struct server_limits {
    std::size_t connections_max = 64;
    std::size_t header_bytes_max = 8 * 1024;
    std::size_t body_bytes_max = 64 * 1024;
    std::chrono::milliseconds request_timeout{10'000};  // first byte to last byte of a request
    std::chrono::milliseconds idle_timeout{60'000};     // keep-alive between requests
    std::chrono::milliseconds write_timeout{30'000};    // of one response
    std::chrono::milliseconds live_interval{1'000};     // between events of totals
    std::chrono::milliseconds probe_timeout{3'000};     // how long /readyz waits for the upstream
};

class admin_server {
public:
    explicit admin_server(admin_context context, server_limits limits = {});
    ~admin_server();
    admin_server(const admin_server&) = delete;
    admin_server& operator=(const admin_server&) = delete;

    // `address` is host:port or [v6]:port. Returns once the socket listens; an empty string is
    // success, otherwise it says what failed and where. A descriptor of a socket that listens
    // already is used instead of the address. `shared`: other processes may listen there, too.
    [[nodiscard]] std::string start(const std::string& address, int inherited = -1,
                                    bool shared = false);
    // From any thread: no new connections, which are for another process that listens there.
    void leave();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string url() const;  // http://HOST:PORT

    // Closes everything and joins the thread. Safe to call twice.
    void stop();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::admin
