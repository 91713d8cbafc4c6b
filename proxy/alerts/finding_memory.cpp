#include "proxy/alerts/finding_memory.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "analyzer/sql/hash128.hpp"

namespace pgfold::alerts {
namespace {

// A lookup that goes on is seen at every look; anything shorter than this is no absence.
constexpr std::chrono::seconds absence_min{1};

// Of a known length and readable, whatever the names in it: it goes to a file.
std::string key_of(const detect::finding& found) {
    std::string key(detect::to_string(found.kind));
    const auto add = [&](const std::string& part) { (key += '\0') += part; };
    add(found.statement ? found.statement->fingerprint_hex : "");
    add(found.parent.statement ? found.parent.statement->fingerprint_hex : "");
    add(found.database);
    add(route_of(found));
    static const sql::keyed_hash hash(0);  // the same in every process
    const sql::hash128 digest = hash(key);
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(digest.high),
                  static_cast<unsigned long long>(digest.low));
    return text;
}

}  // namespace

std::string route_of(const detect::finding& found) {
    for (const std::string_view wanted : {"route", "controller", "action"})
        for (const auto& [name, value] : found.tags)
            if (name == wanted) return std::string(value);
    return {};
}

std::vector<finding_news> finding_memory::observe(std::chrono::system_clock::time_point now,
                                                  const std::vector<detect::finding>& findings) {
    std::vector<finding_news> news;
    for (const detect::finding& found : findings) {
        const auto [known, is_new] = last_seen_.emplace(key_of(found), found.last_seen);
        const std::chrono::nanoseconds gone_for =
            is_new ? std::chrono::nanoseconds(0) : found.last_seen - known->second;
        known->second = std::max(known->second, found.last_seen);
        if (!has_looked_ || !found.suppressed_because.empty()) continue;
        if (is_new || gone_for > absence_min) news.push_back({now, is_new, gone_for, found});
    }
    has_looked_ = true;
    while (last_seen_.size() > findings_max_) {
        const auto oldest =
            std::min_element(last_seen_.begin(), last_seen_.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        last_seen_.erase(oldest);
    }
    return news;
}

bool is_meant(const config::label_filters& filters, const detect::finding& found) {
    bool names_class = false;
    for (const auto& [label, pattern] : filters) {
        bool met = false;
        if (label == "class") {
            names_class = true;
            met = config::matches(pattern, std::string(detect::to_string(found.kind)));
        } else if (label == "database") {
            met = config::matches(pattern, found.database);
        } else if (label == "user") {
            met = config::matches(pattern, found.user);
        } else if (label == "application_name") {
            met = config::matches(pattern, found.application_name);
        } else if (label == "route") {
            met = config::matches(pattern, route_of(found));
        } else if (label == "table" && found.statement) {
            for (const auto* tables :
                 {&found.statement->tables_written, &found.statement->tables_read})
                met = met || std::any_of(tables->begin(), tables->end(), [&](const auto& table) {
                          return config::matches(pattern, table.name);
                      });
        }
        if (!met) return false;
    }
    return names_class || found.kind != detect::finding_class::suspected;
}

}  // namespace pgfold::alerts
