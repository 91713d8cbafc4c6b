// The whole proxy: workers, listeners, drain and reload. Its own thread is the one that
// calls run(); it accepts, but never touches a client's bytes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/loader.hpp"
#include "proxy/admin/admin_context.hpp"
#include "proxy/net/shared_state.hpp"

namespace pgfold::net {

class proxy_server {
public:
    // `load` reads the settings again, for a reload.
    proxy_server(std::shared_ptr<const runtime_config> initial,
                 std::function<config::load_result()> load,
                 const freshness::freshness_rules& rules = {});
    ~proxy_server();
    proxy_server(const proxy_server&) = delete;
    proxy_server& operator=(const proxy_server&) = delete;

    // Opens the listening sockets and starts the threads. Why not, or empty. With `inherited`,
    // these listen instead.
    [[nodiscard]] std::string start(const std::vector<int>& inherited = {});
    // Before run(): called there, when draining begins.
    void on_drain(std::function<void()> callback);
    // SIGTERM and SIGINT drain, SIGHUP reloads. For a process that does nothing else.
    void follow_signals();
    // A change of one of these files, or of a certificate, reloads. `files`: what the settings were
    // read from.
    void follow_files(std::vector<std::string> files);
    // Until it has drained. The exit status.
    [[nodiscard]] int run();

    [[nodiscard]] std::string url() const;  // postgresql://HOST:PORT of the first listener

    // What the admin server shows and sets in motion. Valid as long as this lives.
    [[nodiscard]] admin::admin_context admin_context();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::net
