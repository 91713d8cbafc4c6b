// What all threads share of freshness: the versions of each database's tables, and the writes whose
// sessions are gone.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/unsettled_writes.hpp"

namespace pgfold::freshness {

class table_versions {
public:
    explicit table_versions(std::shared_ptr<catalog::catalog_directory> catalogs,
                            freshness_rules rules = {}, unsettled_limits limits = {},
                            stream_hooks outside = {})
        : catalogs_(std::move(catalogs)),
          rules_(rules),
          outside_(std::move(outside)),
          unsettled_(limits, rules) {}

    // Ask once per connection, after the server has let it in: names come from clients. Past the
    // limit of the catalogs' directory databases share one entry, which is safe.
    [[nodiscard]] std::shared_ptr<database_versions> database(std::string_view name);

    [[nodiscard]] std::shared_ptr<const catalog::catalog_directory> catalogs() const {
        return catalogs_;
    }
    [[nodiscard]] bool follows_streams() const { return outside_.clock != nullptr; }
    [[nodiscard]] unsettled_writes& unsettled() { return unsettled_; }
    [[nodiscard]] const freshness_rules& rules() const { return rules_; }
    [[nodiscard]] const table_entry& role_settings() const { return *role_settings_; }

private:
    friend class unfollowed_session;
    const std::shared_ptr<catalog::catalog_directory> catalogs_;
    const freshness_rules rules_;
    const std::shared_ptr<table_entry> role_settings_ = std::make_shared<table_entry>();
    const std::shared_ptr<table_entry> unfollowed_ = std::make_shared<table_entry>();
    const stream_hooks outside_;  // of every database
    unsettled_writes unsettled_;
    std::mutex mutex_;
    std::map<const catalog::database_catalog*, std::shared_ptr<database_versions>> databases_;
};

// Held by a connection whose writes nobody follows, because it began while nothing was answered
// from memory: a writer of everything, in all databases, for as long as it lives.
class unfollowed_session {
public:
    explicit unfollowed_session(const table_versions& versions) : entry_(versions.unfollowed_) {
        entry_->begin_write();
    }
    ~unfollowed_session() { entry_->end_write(); }
    unfollowed_session(const unfollowed_session&) = delete;
    unfollowed_session& operator=(const unfollowed_session&) = delete;

private:
    const std::shared_ptr<table_entry> entry_;
};

}  // namespace pgfold::freshness
