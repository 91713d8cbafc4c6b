#include "tools/guard/guarded_proxy.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "config/listen_address.hpp"
#include "proxy/net/log.hpp"
#include "proxy/net/proxy_server.hpp"
#include "proxy/net/runtime_config.hpp"
#include "proxy/session/query_tally.hpp"
#include "tools/guard/private_directory.hpp"

namespace pgfold::guard {
namespace {

// A test suite has a finding per test and loop.
constexpr std::size_t findings_max = 200'000;

// The command has ended; what it left behind gets no longer than this.
constexpr std::chrono::milliseconds farewell{1000};

folding_totals totals_of(const admin::admin_context& context) {
    folding_totals totals;
    std::uint64_t keys = 0, pipelined = 0, rewritten = 0;
    for (const telemetry::thread_counters* thread : context.counters) {
        totals.lookups_answered += thread->folded_lookups.value();
        totals.round_trips_saved += thread->round_trips_saved.value();
        keys += thread->batch_keys_fetched.value();
        for (std::size_t kind = 0; kind < thread->batches.size(); ++kind)
            for (std::size_t outcome = 0; outcome < thread->batches[kind].size(); ++outcome) {
                if (outcome == static_cast<std::size_t>(telemetry::batch_outcome::observed))
                    continue;
                const bool is_pipeline =
                    kind == static_cast<std::size_t>(telemetry::batch_kind::pipeline);
                (is_pipeline ? pipelined : rewritten) += thread->batches[kind][outcome].value();
            }
    }
    // Keys are not counted by strategy; where there were both kinds this is about right.
    if (pipelined + rewritten > 0)
        totals.statements_sent = keys * pipelined / (pipelined + rewritten) + rewritten;
    return totals;
}

}  // namespace

struct guarded_proxy::implementation {
    std::shared_ptr<session::query_tally> tally = std::make_shared<session::query_tally>();
    std::unique_ptr<net::proxy_server> server;
    std::vector<std::pair<std::string, std::string>> upstream;
    std::thread control;
    private_directory sockets;

    [[nodiscard]] std::string socket_file() const { return sockets.path() + "/.s.PGSQL.5432"; }
};

guarded_proxy::guarded_proxy() : implementation_(std::make_unique<implementation>()) {}

guarded_proxy::~guarded_proxy() {
    static_cast<void>(stop());
}

std::vector<std::string> guarded_proxy::start(config::settings settings) {
    implementation& self = *implementation_;
    settings.listen = {"127.0.0.1:0"};
    if (!self.sockets.path().empty()) settings.listen.push_back("unix:" + self.socket_file());
    settings.tls = {};
    settings.limits.drain_timeout = farewell;
    settings.detect.enabled = true;
    settings.capture = {};
    settings.batch.state_file.clear();  // what a test suite teaches is not for production
    // Findings are reported at the end, not logged one by one.
    settings.log.level = std::max(settings.log.level, config::log_level::warning);
    std::vector<std::string> errors;
    const auto made = net::make_runtime_config(std::move(settings), errors);
    if (!made) return errors;
    auto analysis = std::make_shared<session::analysis_settings>(*made->analysis);
    analysis->tally = self.tally;
    analysis->tag_by_application_name = true;
    auto config = std::make_shared<net::runtime_config>(*made);
    config->analysis = std::move(analysis);
    config->findings_max = findings_max;
    self.upstream = config->server->options.parameters;

    std::signal(SIGPIPE, SIG_IGN);
    net::log::start(config->settings->log);
    self.server = std::make_unique<net::proxy_server>(std::move(config),
                                                      [] { return config::load_result{}; });
    if (std::string error = self.server->start(); !error.empty()) {
        self.server.reset();
        net::log::stop();
        return {std::move(error)};
    }
    // Clients that are told a directory take the file that their port names.
    if (!self.sockets.path().empty()) {
        const std::string named = self.sockets.path() + "/.s.PGSQL." + std::to_string(place().port);
        std::error_code ignored;
        std::filesystem::create_symlink(".s.PGSQL.5432", named, ignored);
    }
    self.control = std::thread([&self] { static_cast<void>(self.server->run()); });
    return {};
}

server_place guarded_proxy::place() const {
    const std::string url = implementation_->server->url();
    const auto address = config::parse_listen_address(url.substr(url.rfind('/') + 1)).value;
    return {address.host, address.port, implementation_->sockets.path()};
}

const std::vector<std::pair<std::string, std::string>>& guarded_proxy::upstream() const {
    return implementation_->upstream;
}

observed guarded_proxy::stop() {
    implementation& self = *implementation_;
    if (!self.server) return {};
    const admin::admin_context context = self.server->admin_context();
    if (self.control.joinable()) {
        context.drain();
        self.control.join();
    }
    observed seen{context.findings(), self.tally->counts(), totals_of(context)};
    if (context.settings()->batch.mode == config::batch_mode::off) {
        for (detect::finding& found : seen.findings)
            found.not_folded_because = found.statement->foldable.reason;
    }
    self.server.reset();
    net::log::stop();
    return seen;
}

}  // namespace pgfold::guard
