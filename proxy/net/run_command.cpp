#include "proxy/net/run_command.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/listen_address.hpp"
#include "proxy/admin/admin_server.hpp"
#include "proxy/admin/metrics/metrics_exporter.hpp"
#include "proxy/alerts/alert_service.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/proxy_server.hpp"
#include "proxy/net/runtime_config.hpp"
#include "proxy/net/service_manager.hpp"

namespace pgfold::net {
namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// Before the log's thread runs, and for the one line that others wait for.
void say(const std::string& line) {
    std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
}

// Two sockets per client. Returns what the system allows.
rlim_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

// An application whose DATABASE_URL already points to pgfold hands that same URL to pgfold: every
// connection would come back to itself.
bool is_own_address(const upstream_host& host, const std::vector<std::string>& listen) {
    const auto is_loopback = [](const std::string& name) {
        return name == "localhost" || name == "::1" || name.starts_with("127.");
    };
    for (const std::string& text : listen) {
        const config::listen_address address = config::parse_listen_address(text).value;
        if (address.is_unix()) {
            if (host.is_unix() && host.socket_path() == address.path) return true;
            continue;
        }
        if (host.is_unix() || address.port == 0 || host.port != address.port) continue;
        const std::string& name = host.hostaddr.empty() ? host.host : host.hostaddr;
        const bool every = address.host == "0.0.0.0";
        if (name == address.host || (is_loopback(name) && (every || is_loopback(address.host)))) {
            return true;
        }
    }
    return false;
}

bool check_upstream(const runtime_config& config) {
    for (const upstream_host& host : config.server->options.hosts) {
        if (!is_own_address(host, config.settings->listen)) continue;
        say("pgfold: the upstream " + host.to_string() +
            " is pgfold's own address. Point --upstream (or $DATABASE_URL) at the PostgreSQL "
            "server, and the application at pgfold.");
        return false;
    }
    return true;
}

void check_descriptors(const config::settings& settings) {
    const rlim_t allowed = raise_descriptor_limit();
    const rlim_t wanted = rlim_t{settings.limits.client_connections} * 2 + 64;
    if (allowed != RLIM_INFINITY && allowed < wanted) {
        log::warning("limits.client_connections needs " + std::to_string(wanted) +
                     " file descriptors, but the system allows " + std::to_string(allowed) +
                     " (ulimit -n)");
    }
}

// `context` must outlive what is made of it.
alerts::alert_sources alert_sources_of(const admin::admin_context& context) {
    alerts::alert_sources sources;
    sources.settings = context.settings;
    sources.metrics = [&context] { return admin::read_metrics(context); };
    sources.findings = context.findings;
    sources.requests = [&context] { return statistics::merge_requests(context.statistics); };
    sources.info = [](const std::string& text) { log::info(text); };
    sources.warn = [](const std::string& text) { log::warning(text); };
    return sources;
}

}  // namespace

int run_command(config::load_result loaded, std::function<config::load_result()> load,
                const freshness::freshness_rules& rules) {
    std::vector<std::string> errors;
    const std::shared_ptr<const runtime_config> config =
        make_runtime_config(std::move(*loaded.value), errors);
    if (!config) {
        for (const std::string& error : errors)
            say("pgfold: " + error);
        return exit_usage;
    }
    if (!check_upstream(*config)) return exit_usage;

    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a capture at a file size limit ends alone
    log::start(config->settings->log);
    check_descriptors(*config->settings);
    for (const std::string& text : config->warnings)
        log::warning(text);
    int status = exit_failure;
    const inherited_sockets sockets = take_inherited_sockets();
    {
        proxy_server server(config, std::move(load), rules);
        std::string error = sockets.error.empty() ? server.start(sockets.clients) : sockets.error;
        if (error.empty()) {
            server.follow_signals();
            server.follow_files(std::move(loaded.files));
        }
        admin::admin_context context = server.admin_context();
        context.version = PGFOLD_VERSION;
        const admin::admin_context watched = context;  // before it knows of alerts
        const alerts::alert_service alerts(alert_sources_of(watched));
        context.alerts = [&alerts] { return alerts.alerts(); };
        context.receivers = [&alerts] { return alerts.receivers(); };
        admin::admin_server admin(std::move(context));
        if (error.empty())
            error = admin.start(config->settings->admin.listen, sockets.admin,
                                config->settings->reuse_port);
        // Who asks for readiness asks the new process from now on.
        if (config->settings->reuse_port) server.on_drain([&admin] { admin.leave(); });
        if (error.empty()) {
            const std::string addresses = server.url() + "  admin: " + admin.url();
            tell_ready(addresses);
            say("ready: " + addresses);
            status = server.run();
        } else {
            say("pgfold: " + error);
        }
        admin.stop();
    }
    log::stop();
    return status;
}

}  // namespace pgfold::net
