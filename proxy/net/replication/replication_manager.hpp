// The streams of all databases: one follower for each that is read, made when it first is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/freshness/table_versions.hpp"
#include "proxy/net/replication/stream_follower.hpp"
#include "proxy/net/runtime_config.hpp"

namespace pgfold::net {

class replication_manager {
public:
    // Each costs a thread, two connections and a slot. What is beyond is not followed, and nothing
    // of it is answered locally.
    static constexpr std::size_t streams_max = 64;

    explicit replication_manager(std::function<std::shared_ptr<const runtime_config>()> config)
        : config_(std::move(config)) {}
    ~replication_manager() { stop(); }
    replication_manager(const replication_manager&) = delete;
    replication_manager& operator=(const replication_manager&) = delete;

    // For freshness::table_versions, whose databases these are. Nothing, unless the configuration
    // wants them to be followed.
    [[nodiscard]] freshness::stream_hooks hooks(const runtime_config& initial);

    // Once the process may have threads. `databases` outlives stop().
    void start(freshness::table_versions& databases);
    void stop();

    struct stream {
        std::string database;
        freshness::outside_writers::status status;
    };
    [[nodiscard]] std::vector<stream> all() const;

private:
    void want(const std::string& database);
    [[nodiscard]] stream_settings settings() const;

    const std::function<std::shared_ptr<const runtime_config>()> config_;
    mutable std::mutex mutex_;
    freshness::table_versions* databases_ = nullptr;  // null: not running
    std::map<std::string, std::unique_ptr<stream_follower>> followers_;
};

}  // namespace pgfold::net
