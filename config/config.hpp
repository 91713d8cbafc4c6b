// The configuration: plain values, defaults in place. Immutable once loaded; a reload makes a new
// one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pgfold::config {

enum class tls_mode : std::uint8_t { disable, allow, require };
enum class log_format : std::uint8_t { text, json };
enum class log_level : std::uint8_t { trace, debug, info, warning, error };
enum class redact_mode : std::uint8_t { none, values };
enum class comments_mode : std::uint8_t { keep, strip };

struct admin_settings {
    std::string listen = "127.0.0.1:9433";
    std::string token;  // secret
};

struct tls_settings {
    tls_mode mode = tls_mode::disable;
    std::string cert, key, client_ca;  // files
};

struct detect_settings {
    bool enabled = true;
    std::uint32_t min_lookups = 5;
    std::chrono::milliseconds idle_gap{1000};
    std::chrono::milliseconds slow_query{250};
};

enum class batch_mode : std::uint8_t { off, observe, on };
enum class batch_strategy : std::uint8_t { automatic, pipeline, fold };

struct batch_exclusion {
    std::string table, fingerprint, role, database, application_name;
};

struct batch_settings {
    batch_mode mode = batch_mode::on;
    batch_strategy strategy = batch_strategy::automatic;
    std::uint32_t trigger = 2;
    std::uint32_t max_keys = 1000;
    std::uint64_t max_bytes = 16 << 20;
    std::chrono::milliseconds max_age{100};
    std::string state_file;  // empty: what is learned about loops ends with the process
    std::vector<batch_exclusion> exclude;
};

struct capture_settings {
    std::string file;  // empty: nothing is captured
    redact_mode redact = redact_mode::none;
    std::uint64_t max_size = 1 << 30;
};

enum class out_of_band_mode : std::uint8_t { ttl, cdc };

struct freshness_settings {
    out_of_band_mode out_of_band = out_of_band_mode::ttl;
    std::chrono::milliseconds max_lag{1000};
    std::string publication = "pgfold";
};

struct cache_rule {
    std::vector<std::string> tables;
    std::string schema, fingerprint, pattern;
    std::chrono::milliseconds ttl{60'000};
    std::uint64_t max_entry = 0;  // 0: as cache.max_entry
};

struct cache_auto_settings {
    bool enabled = false;
    std::uint32_t max_writes_per_hour = 6;
    std::chrono::milliseconds ttl{60'000};
};

struct cache_settings {
    std::uint64_t memory = 256 << 20;
    std::uint64_t max_entry = 1 << 20;
    std::vector<cache_rule> rules;
    cache_auto_settings automatic;
    std::string shared;  // redis://…, secret
};

struct limit_settings {
    std::uint32_t client_connections = 1000;
    std::chrono::milliseconds startup_timeout{10'000};
    std::chrono::milliseconds connect_timeout{10'000};  // towards one upstream host
    std::chrono::milliseconds drain_grace{0};           // before sessions are asked to end
    std::chrono::milliseconds drain_timeout{30'000};
};

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::text;
};

struct suppress_rule {
    std::string route, fingerprint, table, tag, class_name, reason;
};

struct alert_rule {
    std::string name, when;  // when: see alert_condition.hpp
    std::vector<std::string> notify;
    std::chrono::milliseconds repeat{4 * 3'600'000};  // while it goes on
};

enum class starttls_mode : std::uint8_t { require, allow, off };

// Who is told of alerts: one of slack, webhook and email.
struct notify_receiver {
    std::string name;
    std::string slack, webhook;      // URLs, secret
    std::string secret;              // signs what a webhook gets
    std::string email, from, smtp;   // addresses, and the server's URL
    std::string username, password;  // of the SMTP server
    starttls_mode starttls = starttls_mode::require;
    std::string ca;                               // file, instead of the system's authorities
    std::chrono::milliseconds group_wait{5'000};  // what comes together is told together
};

struct settings {
    std::vector<std::string> listen = {"127.0.0.1:6433"};  // host:port, [v6]:port or unix:/path
    bool reuse_port = false;                               // other processes may listen there, too
    admin_settings admin;
    std::string
        upstream;  // libpq URL or key=value; empty: $DATABASE_URL, then libpq's PG* variables
    tls_settings tls;
    std::uint32_t threads = 0;  // 0: one per two cores ("auto")
    detect_settings detect;
    batch_settings batch;
    capture_settings capture;
    freshness_settings freshness;
    cache_settings cache;
    limit_settings limits;
    log_settings log;
    comments_mode comments = comments_mode::keep;
    std::vector<suppress_rule> suppress;
    std::vector<alert_rule> alerts;
    std::string alerts_state_file;  // empty: what alerts know ends with the process
    std::vector<notify_receiver> notify;
};

}  // namespace pgfold::config
