#include "proxy/net/proxy_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "analyzer/catalog/catalog_foreign_keys.hpp"
#include "config/difference.hpp"
#include "proxy/fold/why_not.hpp"
#include "proxy/net/analysis_log.hpp"
#include "proxy/net/association_keeper.hpp"
#include "proxy/net/file_watcher.hpp"
#include "proxy/net/host_port.hpp"
#include "proxy/net/listener.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/redis/redis_level.hpp"
#include "proxy/net/service_manager.hpp"
#include "proxy/net/worker.hpp"

namespace pgfold::net {
namespace {

constexpr std::chrono::milliseconds drain_poll{20};
// After the timeout the last messages get this long to leave.
constexpr std::chrono::milliseconds last_words{500};
constexpr std::chrono::milliseconds snapshot_timeout{500};
constexpr int exit_forced = 1;

// Half the cores: the application or the server often shares the machine, and fewer threads find
// more to do at each wake-up, so a query costs less. (Measured on two cores: one thread forwards as
// many queries per second as two, for a sixth less CPU.)
unsigned thread_count(std::uint32_t configured) {
    if (configured != 0) return configured;
    return std::max(1U, std::thread::hardware_concurrency() / 2);
}

// Of the keys that a reload has changed, those that open sessions cannot take.
std::vector<std::string> keys_for_new_connections(const config::settings& before,
                                                  const config::settings& after) {
    constexpr std::array<std::string_view, 5> keys = {"upstream", "comments", "batch.mode",
                                                      "batch.max_bytes", "limits.startup_timeout"};
    std::vector<std::string> result;
    for (config::change& one : config::changes(before, after)) {
        const bool is_of_connections = std::find(keys.begin(), keys.end(), one.key) != keys.end() ||
                                       one.key.starts_with("tls.") ||
                                       (one.key.starts_with("cache.") && one.key != "cache.memory");
        if (!one.needs_restart && is_of_connections) result.push_back(std::move(one.key));
    }
    return result;
}

}  // namespace

struct proxy_server::implementation {
    using clock = std::chrono::steady_clock;
    enum class phase : std::uint8_t { running, draining, ending };

    implementation(std::shared_ptr<const runtime_config> initial,
                   std::function<config::load_result()> loader,
                   const freshness::freshness_rules& rules)
        : shared(std::move(initial), rules),
          load(std::move(loader)),
          learned(shared.config.current()->settings->batch.state_file, shared.associations,
                  shared.templates) {}

    std::string start_capture();
    void start_shared_cache();
    std::string open_all();
    std::string adopt(const std::vector<int>& inherited);
    void give_to_worker(int descriptor, client_peer peer);
    [[nodiscard]] std::size_t connection_count() const;
    void wait_for_signal();
    void on_signal(int number);
    void drain();
    void watch_drain();
    admin::reload_outcome reload();
    void watch(std::vector<std::string> files, const config::settings& settings);
    [[nodiscard]] std::vector<admin::connection_snapshot> snapshots();

    shared_state shared;
    std::function<config::load_result()> load;
    association_keeper learned;  // ends after the workers have
    std::vector<std::unique_ptr<worker>> workers;
    asio::io_context control;
    asio::basic_signal_set<executor> signals{control};
    steady_timer drain_timer{control};
    std::vector<std::shared_ptr<listener>> listeners;
    std::shared_ptr<file_watcher> watcher;  // null: files are not followed
    std::size_t next_worker = 0;
    phase now = phase::running;
    std::atomic<bool> leaving{false};  // nobody is let in
    clock::time_point drain_until{};
    std::function<void()> draining_begins;
    int status = 0;

    std::mutex reload_mutex;
    std::atomic<std::uint64_t> reloads_succeeded{0};
    std::atomic<std::uint64_t> reloads_failed{0};
    telemetry::thread_counters counters;  // of the control thread
};

std::string proxy_server::implementation::start_capture() {
    const config::capture_settings settings = shared.config.current()->settings->capture;
    if (settings.file.empty()) return {};
    capture::capture_options options;
    options.file = settings.file;
    options.redact_values = settings.redact == config::redact_mode::values;
    options.file_bytes_max = settings.max_size;
    options.application = std::string("pgfold ") + PGFOLD_VERSION;
    std::string error;
    shared.capture = capture::traffic_capture::start(
        std::move(options),
        [file = settings.file](const std::string& why) {
            log::error("the capture to " + file + " has ended: " + why +
                       ". What was written before can be used; the traffic goes on.");
        },
        error);
    return error.empty() ? error : "capture.file: " + settings.file + ": " + error;
}

// What others write, this process learns of as it does without a second level, and no earlier.
void proxy_server::implementation::start_shared_cache() {
    const auto config = shared.config.current();
    const std::string& url = config->settings->cache.shared;
    if (url.empty()) return;
    const bool follows = config->settings->freshness.out_of_band == config::out_of_band_mode::cdc;
    log::info(follows ? "cache.shared: what is written through other processes is seen within "
                        "freshness.max_lag"
                      : "cache.shared: what is written through other processes is seen when an "
                        "answer's ttl is over, at the latest; freshness.out_of_band: cdc bounds it "
                        "by freshness.max_lag");
    shared.shared_cache =
        std::make_shared<redis_level>(config::parse_redis_url(url).value, *shared.cache);
}

std::string proxy_server::implementation::open_all() {
    const auto config = shared.config.current();
    for (const std::string& text : config->settings->listen) {
        const config::listen_address_result address = config::parse_listen_address(text);
        if (!address.error.empty()) return "listen: \"" + text + "\": " + address.error;
        std::string error;
        const auto opened = open_listeners(
            control.get_executor(), address.value, config->settings->reuse_port,
            [this](int descriptor, client_peer peer) {
                give_to_worker(descriptor, std::move(peer));
            },
            error);
        if (opened.empty()) return error;
        listeners.insert(listeners.end(), opened.begin(), opened.end());
    }
    if (listeners.empty()) return "listen: no address";
    return {};
}

std::string proxy_server::implementation::adopt(const std::vector<int>& inherited) {
    for (const int descriptor : inherited) {
        std::string error;
        auto adopted = adopt_listener(
            control.get_executor(), descriptor,
            [this](int client, client_peer peer) { give_to_worker(client, std::move(peer)); },
            error);
        if (!adopted) return error;
        log::info("listening on an inherited socket: " + adopted->address().to_string());
        listeners.push_back(std::move(adopted));
    }
    return {};
}

std::size_t proxy_server::implementation::connection_count() const {
    std::size_t total = 0;
    for (const auto& one : workers)
        total += one->connection_count();
    return total;
}

// The worker with the fewest connections; round-robin among equals.
void proxy_server::implementation::give_to_worker(int descriptor, client_peer peer) {
    // Sockets that have said nothing yet are bounded as well: by time (limits.startup_timeout) and
    // by number, with room for cancel requests while all places are taken.
    const std::size_t limit = shared.config.current()->settings->limits.client_connections;
    if (connection_count() >= limit * 2 + 64) {
        counters.connections_refused.add();
        ::close(descriptor);
        return;
    }
    std::size_t best = next_worker;
    for (std::size_t i = 1; i < workers.size(); ++i) {
        const std::size_t candidate = (next_worker + i) % workers.size();
        if (workers[candidate]->connection_count() < workers[best]->connection_count()) {
            best = candidate;
        }
    }
    next_worker = (best + 1) % workers.size();
    workers[best]->adopt(descriptor, std::move(peer));
}

void proxy_server::implementation::wait_for_signal() {
    signals.async_wait([this](error_code failure, int number) {
        if (failure) return;
        on_signal(number);
        wait_for_signal();
    });
}

void proxy_server::implementation::on_signal(int number) {
    if (number == SIGHUP) {
        static_cast<void>(reload());
        return;
    }
    if (now == phase::running) {
        log::info(number == SIGINT ? "SIGINT: draining" : "SIGTERM: draining");
        drain();
        return;
    }
    log::warning("second signal: quitting at once");
    status = exit_forced;
    control.stop();
}

void proxy_server::implementation::drain() {
    if (now != phase::running) return;
    now = phase::draining;
    tell_stopping();
    leaving = true;
    if (draining_begins) draining_begins();
    for (const auto& one : listeners)
        one->leave();
    drain_until = clock::now() + shared.config.current()->settings->limits.drain_grace;
    watch_drain();
}

void proxy_server::implementation::watch_drain() {
    const bool lets_in = std::any_of(listeners.begin(), listeners.end(),
                                     [](const auto& one) { return one->is_open(); });
    if (!lets_in && connection_count() == 0) {
        control.stop();
        return;
    }
    if (!lets_in && clock::now() >= drain_until) {
        if (now == phase::draining && !shared.draining) {  // the grace is over
            shared.draining = true;
            for (const auto& one : workers)
                one->end_connections_when_idle();
            drain_until = clock::now() + shared.config.current()->settings->limits.drain_timeout;
            watch_drain();
            return;
        }
        if (now == phase::ending) {
            control.stop();
            return;
        }
        log::warning("drain timeout: " + std::to_string(connection_count()) +
                     " connections are ended");
        now = phase::ending;
        for (const auto& one : workers)
            one->end_connections_now();
        drain_until = clock::now() + last_words;
    }
    drain_timer.expires_after(drain_poll);
    drain_timer.async_wait([this](error_code failure) {
        if (!failure) watch_drain();
    });
}

// On the control thread (SIGHUP) or the admin thread (HTTP).
admin::reload_outcome proxy_server::implementation::reload() {
    const std::lock_guard lock(reload_mutex);
    admin::reload_outcome outcome;
    config::load_result loaded = load();
    for (const config::load_error& error : loaded.errors) {
        outcome.errors.push_back(error.to_string());
    }
    watch(std::move(loaded.files),
          loaded.value ? *loaded.value : *shared.config.current()->settings);
    std::shared_ptr<const runtime_config> next;
    if (loaded.value) {
        outcome.needs_restart =
            config::keep_until_restart(*shared.config.current()->settings, *loaded.value);
        outcome.for_new_connections =
            keys_for_new_connections(*shared.config.current()->settings, *loaded.value);
        next = make_runtime_config(std::move(*loaded.value), outcome.errors);
    }
    if (!next || !outcome.errors.empty()) {
        reloads_failed.fetch_add(1);
        for (const std::string& error : outcome.errors)
            log::error("reload refused: " + error);
        return outcome;
    }
    log::set_level(next->settings->log.level);
    shared.findings.update_settings(detector_settings_of(*next));
    shared.cache->store.set_limits({next->caching->bytes, next->caching->entry_bytes_max});
    shared.config.replace(next);
    for (const auto& one : workers)
        one->take_settings(next);
    outcome.ok = true;
    reloads_succeeded.fetch_add(1);
    log::info("configuration reloaded; open sessions take it when they are idle");
    for (const std::string& key : outcome.for_new_connections)
        log::info("changed, for new connections only: " + key);
    for (const std::string& key : outcome.needs_restart) {
        log::warning("changed, but takes effect only at a restart: " + key);
    }
    for (const std::string& text : next->warnings)
        log::warning(text);
    return outcome;
}

// From now on a change of these files, or of the certificates that the settings name, reloads.
void proxy_server::implementation::watch(std::vector<std::string> files,
                                         const config::settings& settings) {
    if (!watcher) return;
    for (const std::string* file : {&settings.tls.cert, &settings.tls.key, &settings.tls.client_ca})
        if (!file->empty()) files.push_back(*file);
    asio::post(control, [watcher = watcher, files = std::move(files)]() mutable {
        watcher->follow(std::move(files));
    });
}

// Each worker answers on its own thread. One that does not answer in time is left out.
std::vector<admin::connection_snapshot> proxy_server::implementation::snapshots() {
    struct collection {
        std::mutex mutex;
        std::condition_variable complete;
        std::vector<admin::connection_snapshot> all;
        std::size_t missing = 0;
    };
    const auto collected = std::make_shared<collection>();
    collected->missing = workers.size();
    for (const auto& one : workers) {
        one->add_snapshots([collected](std::vector<admin::connection_snapshot> part) {
            const std::lock_guard lock(collected->mutex);
            std::move(part.begin(), part.end(), std::back_inserter(collected->all));
            if (--collected->missing == 0) collected->complete.notify_all();
        });
    }
    std::unique_lock lock(collected->mutex);
    collected->complete.wait_for(lock, snapshot_timeout, [&] { return collected->missing == 0; });
    std::vector<admin::connection_snapshot> result = std::move(collected->all);
    std::sort(result.begin(), result.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return result;
}

proxy_server::proxy_server(std::shared_ptr<const runtime_config> initial,
                           std::function<config::load_result()> load,
                           const freshness::freshness_rules& rules)
    : implementation_(
          std::make_unique<implementation>(std::move(initial), std::move(load), rules)) {
    implementation_->shared.findings.on_new_finding(log_finding);
    implementation_->shared.findings.use_foreign_keys(
        std::make_shared<catalog::catalog_foreign_keys>(
            implementation_->shared.versions.catalogs()));
    const unsigned threads =
        thread_count(implementation_->shared.config.current()->settings->threads);
    for (unsigned i = 0; i < threads; ++i) {
        implementation_->workers.push_back(
            std::make_unique<worker>(implementation_->shared, i + 1));
    }
}

proxy_server::~proxy_server() {
    for (const auto& one : implementation_->workers)
        one->stop();
    implementation_->shared.replication.stop();
    implementation_->listeners.clear();
}

std::string proxy_server::start(const std::vector<int>& inherited) {
    implementation& self = *implementation_;
    std::string error = self.start_capture();
    if (error.empty()) self.start_shared_cache();
    if (error.empty()) error = inherited.empty() ? self.open_all() : self.adopt(inherited);
    if (!error.empty()) return error;
    for (const auto& one : self.workers)
        one->start();
    for (const auto& one : self.listeners)
        one->start();
    self.shared.replication.start(self.shared.versions);
    return {};
}

void proxy_server::on_drain(std::function<void()> callback) {
    implementation_->draining_begins = std::move(callback);
}

void proxy_server::follow_signals() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        implementation_->signals.add(number);
    implementation_->wait_for_signal();
}

void proxy_server::follow_files(std::vector<std::string> files) {
    implementation& self = *implementation_;
    if (files.empty()) return;
    self.watcher = std::make_shared<file_watcher>(self.control.get_executor(), [&self] {
        log::info("a file of the configuration has changed");
        static_cast<void>(self.reload());
    });
    if (const std::string error = self.watcher->start(); !error.empty()) {
        log::warning("changes of the configuration file are not noticed, send SIGHUP: " + error);
        self.watcher.reset();
        return;
    }
    self.watch(std::move(files), *self.shared.config.current()->settings);
}

int proxy_server::run() {
    implementation& self = *implementation_;
    self.control.run();
    if (self.watcher) self.watcher->stop();
    for (const auto& one : self.workers)
        one->stop();
    if (self.shared.capture) self.shared.capture->stop();
    self.shared.replication.stop();
    return self.status;
}

std::string proxy_server::url() const {
    const config::listen_address& first = implementation_->listeners.front()->address();
    if (!first.is_unix()) {
        // People copy this line, and nobody can connect to "every interface".
        const bool every = first.host == "0.0.0.0" || first.host == "::";
        return "postgresql://" + host_and_port(every ? "127.0.0.1" : first.host, first.port);
    }
    const std::size_t slash = first.path.rfind('/');
    std::string url = "postgresql://";
    for (const char c : first.path.substr(0, slash))
        url += c == '/' ? "%2F" : std::string(1, c);
    const std::size_t dot = first.path.rfind('.');
    if (dot != std::string::npos && dot > slash) url += ":" + first.path.substr(dot + 1);
    return url;
}

admin::admin_context proxy_server::admin_context() {
    implementation* self = implementation_.get();
    admin::admin_context context;
    context.counters.push_back(&self->counters);
    for (const auto& one : self->workers) {
        context.counters.push_back(&std::as_const(*one).resources().counters);
        context.statistics.push_back(&std::as_const(*one).resources().statistics);
    }
    context.findings = [self] {
        auto findings = self->shared.findings.findings();
        const auto config = self->shared.config.current();
        for (detect::finding& found : findings)
            found.not_folded_because = fold::why_not_folded(
                found, *config->folding, *self->shared.associations, self->shared.versions);
        return findings;
    };
    context.finding_totals = [self] { return self->shared.findings.counts(); };
    context.associations = [self] { return self->shared.associations->all(); };
    context.cache = [self] { return self->shared.cache; };
    context.shared_cache = [self] { return self->shared.shared_cache; };
    context.connections = [self] { return self->snapshots(); };
    context.settings = [self] { return self->shared.config.current()->settings; };
    context.upstream_conninfo = [self] { return self->shared.config.current()->conninfo; };
    context.reload = [self] { return self->reload(); };
    context.reloads = [self] {
        return admin::reload_totals{self->reloads_succeeded, self->reloads_failed};
    };
    if (self->shared.capture) context.capture = [self] { return self->shared.capture->totals(); };
    context.streams = [self] {
        std::vector<admin::stream_snapshot> found;
        for (auto& one : self->shared.replication.all())
            found.push_back({std::move(one.database), std::move(one.status)});
        return found;
    };
    context.drain = [self] { asio::post(self->control, [self] { self->drain(); }); };
    context.draining = [self] { return self->leaving.load(); };
    return context;
}

}  // namespace pgfold::net
