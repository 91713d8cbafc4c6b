#include "proxy/net/replication/replication_manager.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "proxy/net/log.hpp"

namespace pgfold::net {
namespace {

// Slots are the whole server's, and other pgfolds may have their own there.
std::string slot_name() {
    std::random_device random;
    std::string name = "pgfold_" + std::to_string(::getpid()) + "_";
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 8; ++i)
        name += digits[random() % digits.size()];
    return name;
}

// Of the upstream URL: where the first clients are likely to go.
std::string first_database(const upstream& server) {
    std::string user;
    for (const auto& [name, value] : server.options.parameters) {
        if (name == "dbname" && !value.empty()) return value;
        if (name == "user") user = value;
    }
    return user;
}

}  // namespace

freshness::stream_hooks replication_manager::hooks(const runtime_config& initial) {
    if (initial.settings->freshness.out_of_band != config::out_of_band_mode::cdc) return {};
    return {&std::chrono::steady_clock::now, [this](const freshness::database_versions& database) {
                want(database.catalog().name());
            }};
}

void replication_manager::start(freshness::table_versions& databases) {
    if (!databases.follows_streams()) return;
    {
        const std::lock_guard lock(mutex_);
        databases_ = &databases;
    }
    // At once, so that what is wrong is said at the start.
    const std::string first = first_database(*config_()->server);
    if (!first.empty()) databases.database(first)->outside()->note_wanted();
}

void replication_manager::stop() {
    std::map<std::string, std::unique_ptr<stream_follower>> ended;
    {
        const std::lock_guard lock(mutex_);
        databases_ = nullptr;
        ended.swap(followers_);
    }
}

void replication_manager::want(const std::string& database) {
    const std::lock_guard lock(mutex_);
    if (databases_ == nullptr) return;
    auto& follower = followers_[database];
    if (follower != nullptr) return follower->wake();
    if (followers_.size() > streams_max || database.empty()) {
        followers_.erase(database);
        log::warning("too many databases: the changes of " + database + " are not followed");
        return;
    }
    follower = std::make_unique<stream_follower>(databases_->database(database),
                                                 [this] { return settings(); });
}

stream_settings replication_manager::settings() const {
    const auto config = config_();
    stream_settings made;
    made.max_lag = config->settings->freshness.max_lag;
    made.publication = config->settings->freshness.publication;
    made.slot = slot_name();
    made.server = config->server;
    return made;
}

std::vector<replication_manager::stream> replication_manager::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<stream> found;
    for (const auto& [name, follower] : followers_)
        found.push_back({name, follower->database().outside()->current()});
    return found;
}

}  // namespace pgfold::net
