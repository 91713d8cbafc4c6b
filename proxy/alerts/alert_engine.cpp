#include "proxy/alerts/alert_engine.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "proxy/alerts/finding_memory.hpp"

namespace pgfold::alerts {
namespace {

using config::alert_condition;
using config::alert_subject;

constexpr std::size_t details_max = 10;
constexpr std::size_t news_max = 1000;
// Fewer requests than this in either window say nothing about their mean.
constexpr std::uint64_t requests_min = 20;

bool is_met(const alert_condition& condition, double value, double threshold) {
    switch (condition.op) {
        case config::comparison::more:
            return value > threshold;
        case config::comparison::at_least:
            return value >= threshold;
        case config::comparison::less:
            return value < threshold;
        case config::comparison::at_most:
            return value <= threshold;
    }
    return false;
}

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string describe(const finding_news& news) {
    const detect::finding& found = news.found;
    std::string text(detect::to_string(found.kind));
    const std::string route = route_of(found);
    if (!route.empty()) text += " in " + route;
    text += ": " + std::to_string(found.lookups) + " times ";
    text += found.statement ? found.statement->normalized_text : "";
    if (found.parent.statement)
        text += " for each row of " + found.parent.statement->normalized_text;
    return text;
}

struct request_counts {
    std::uint64_t requests = 0, queries = 0;
};

// Queries and requests of one route over time.
class request_history {
public:
    request_history() = default;
    // Goes on from what another process has counted.
    explicit request_history(const std::vector<request_reading>& before) {
        for (const request_reading& one : before)
            readings_.push_back({one.at, {one.requests, one.queries}});
        if (before.empty()) return;
        last_ = readings_.back();
        counted_before_ = last_.second;
    }
    [[nodiscard]] std::vector<request_reading> readings() const {
        std::vector<request_reading> result;
        for (const auto& [at, total] : readings_)
            result.push_back({at, total.requests, total.queries});
        if (!readings_.empty() && last_.first > readings_.back().first)
            result.push_back({last_.first, last_.second.requests, last_.second.queries});
        return result;
    }

    void observe(time_point now, request_counts total, std::chrono::milliseconds window) {
        total.requests += counted_before_.requests;
        total.queries += counted_before_.queries;
        const auto step = std::max<std::chrono::milliseconds>(window / 60, std::chrono::seconds(1));
        last_ = {now, total};
        if (readings_.empty() || now - readings_.back().first >= step) readings_.push_back(last_);
        while (readings_.size() > 1 && now - readings_[1].first >= 2 * window)
            readings_.pop_front();
    }
    // Queries per request in the window, and in the one before; nothing where too little is known.
    [[nodiscard]] std::pair<std::optional<double>, std::optional<double>> means(
        std::chrono::milliseconds window) const {
        std::size_t middle = 0;
        while (middle + 1 < readings_.size() && last_.first - readings_[middle + 1].first >= window)
            ++middle;
        const request_counts& border = readings_[middle].second;
        return {mean(border, last_.second),
                middle == 0 ? std::nullopt : mean(readings_.front().second, border)};
    }

private:
    static std::optional<double> mean(const request_counts& from, const request_counts& to) {
        if (to.requests < from.requests + requests_min) return std::nullopt;
        return static_cast<double>(to.queries - from.queries) /
               static_cast<double>(to.requests - from.requests);
    }
    request_counts counted_before_;
    std::pair<time_point, request_counts> last_;
    std::deque<std::pair<time_point, request_counts>> readings_;
};

struct verdict {
    bool met = false;
    std::optional<double> value;
    std::vector<std::string> details;
};

}  // namespace

std::string_view to_string(alert_phase phase) {
    switch (phase) {
        case alert_phase::inactive:
            return "inactive";
        case alert_phase::pending:
            return "pending";
        case alert_phase::firing:
            return "firing";
    }
    return "unknown";
}

struct alert_engine::implementation {
    struct watched {
        config::alert_rule rule;
        alert_condition condition;
        std::vector<metric_history> terms;
        std::map<std::string, request_history> routes;
        std::optional<time_point> looked;  // for routes, the last time
        alert_status status;
        time_point started;  // firing, or waiting to be

        verdict judge_metric(time_point now, const metric_snapshot& metrics);
        verdict judge_requests(time_point now,
                               const std::vector<statistics::request_row>& requests);
        [[nodiscard]] verdict judge_findings(time_point now,
                                             const std::deque<finding_news>& news) const;
        std::optional<alert_event> apply(const verdict& judged, time_point now);
        [[nodiscard]] alert_event event(time_point now) const;
    };

    std::vector<watched> rules;
    finding_memory memory;
    std::deque<finding_news> news;
    std::map<std::string, alert_memory::routes_map> requests_before;  // of rules to come
};

verdict alert_engine::implementation::watched::judge_metric(time_point now,
                                                            const metric_snapshot& metrics) {
    verdict result;
    for (metric_history& term : terms)
        term.observe(now, metrics);
    result.value = terms.front().value();
    if (terms.size() > 1 && result.value) {
        const std::optional<double> divisor = terms[1].value();
        if (!divisor || *divisor == 0)
            result.value.reset();
        else
            *result.value /= *divisor;
    }
    result.met = result.value && is_met(condition, *result.value, condition.threshold);
    return result;
}

// The route that is furthest off counts.
verdict alert_engine::implementation::watched::judge_requests(
    time_point now, const std::vector<statistics::request_row>& requests) {
    std::map<std::string, request_counts> totals;
    for (const statistics::request_row& row : requests) {
        const auto of = [&](const std::string& label) -> const std::string& {
            if (label == "database") return row.database;
            return label == "user" ? row.user : row.route;
        };
        const bool meant = std::all_of(
            condition.labels.begin(), condition.labels.end(),
            [&](const auto& filter) { return config::matches(filter.second, of(filter.first)); });
        if (!meant) continue;
        totals[row.route].requests += row.requests;
        totals[row.route].queries += row.queries;
    }
    verdict result;
    for (const auto& [route, total] : totals) {
        const bool is_new = !routes.contains(route);
        request_history& history = routes[route];
        if (is_new && looked) history.observe(*looked, {}, condition.window);  // it was not there
        history.observe(now, total, condition.window);
        const auto [mean, before] = history.means(condition.window);
        if (!mean || (condition.is_multiple && (!before || *before == 0))) continue;
        const double value = condition.is_multiple ? *mean / *before : *mean;
        result.value = std::max(value, result.value.value_or(value));
        if (!is_met(condition, value, condition.threshold)) continue;
        result.met = true;
        std::string text = (route.empty() ? "requests without a route" : route) + ": " +
                           short_number(*mean) + " queries per request";
        if (before) text += ", " + short_number(*before) + " before";
        result.details.push_back(std::move(text));
    }
    looked = now;
    return result;
}

verdict alert_engine::implementation::watched::judge_findings(
    time_point now, const std::deque<finding_news>& all) const {
    verdict result;
    result.value = 0;
    const bool wants_new = condition.subject == alert_subject::new_finding;
    for (const finding_news& one : all) {
        if (now - one.at > condition.window || one.is_new != wants_new) continue;
        if (!wants_new && one.gone_for < condition.gone) continue;
        if (!is_meant(condition.labels, one.found)) continue;
        *result.value += 1;
        result.details.push_back(describe(one));
    }
    result.met = *result.value > 0;
    return result;
}

alert_event alert_engine::implementation::watched::event(time_point now) const {
    alert_event result;
    result.alert = status;
    result.repeat = rule.repeat;
    result.started = started;
    result.has_ended = status.phase != alert_phase::firing;
    if (result.has_ended) result.ended = now;
    return result;
}

std::optional<alert_event> alert_engine::implementation::watched::apply(const verdict& judged,
                                                                        time_point now) {
    status.has_value = judged.value.has_value();
    status.value = judged.value.value_or(0);
    const auto change_to = [&](alert_phase phase) {
        status.phase = phase;
        status.since = now;
    };
    if (!judged.met) {
        const bool was_firing = status.phase == alert_phase::firing;
        if (status.phase != alert_phase::inactive) change_to(alert_phase::inactive);
        if (!was_firing) {
            status.details.clear();
            return std::nullopt;
        }
        alert_event ended = event(now);  // with the details of what has ended
        status.details.clear();
        return ended;
    }
    status.details = judged.details;
    if (status.details.size() > details_max) {
        const std::size_t more = status.details.size() - details_max;
        status.details.resize(details_max);
        status.details.push_back("and " + std::to_string(more) + " more");
    }
    if (status.phase == alert_phase::inactive) {
        started = now;
        change_to(alert_phase::pending);
    }
    if (status.phase == alert_phase::pending && now - started >= condition.hold) {
        change_to(alert_phase::firing);
        return event(now);
    }
    return std::nullopt;
}

alert_engine::alert_engine() : implementation_(std::make_unique<implementation>()) {}

alert_engine::~alert_engine() = default;

std::vector<alert_event> alert_engine::configure(const std::vector<config::alert_rule>& rules,
                                                 time_point now) {
    std::vector<alert_event> events;
    std::vector<implementation::watched> before = std::move(implementation_->rules);
    implementation_->rules.clear();
    for (const config::alert_rule& rule : rules) {
        const auto known = std::find_if(before.begin(), before.end(), [&](const auto& one) {
            return one.rule.name == rule.name && one.rule.when == rule.when;
        });
        if (known != before.end()) {
            known->rule = rule;
            known->status.notify = rule.notify;
            implementation_->rules.push_back(std::move(*known));
            before.erase(known);
            continue;
        }
        config::alert_condition_result parsed = config::parse_alert_condition(rule.when);
        if (!parsed.error.empty()) continue;  // the configuration has been checked
        implementation::watched fresh;
        fresh.rule = rule;
        fresh.condition = std::move(parsed.value);
        for (const config::metric_term& term : fresh.condition.terms)
            fresh.terms.emplace_back(term, fresh.condition.window);
        fresh.status.name = rule.name;
        fresh.status.when = rule.when;
        fresh.status.notify = rule.notify;
        fresh.status.since = now;
        if (const auto before_restart = implementation_->requests_before.find(rule.when);
            before_restart != implementation_->requests_before.end()) {
            for (const auto& [route, readings] : before_restart->second)
                fresh.routes.emplace(route, readings);
        }
        implementation_->rules.push_back(std::move(fresh));
    }
    implementation_->requests_before.clear();
    for (implementation::watched& gone : before)
        if (auto event = gone.apply({}, now)) events.push_back(std::move(*event));
    return events;
}

std::vector<alert_event> alert_engine::observe(time_point now, const observation& seen) {
    std::vector<alert_event> events;
    auto& news = implementation_->news;
    for (finding_news& one : implementation_->memory.observe(now, seen.findings))
        news.push_back(std::move(one));
    std::chrono::milliseconds longest{0};
    for (const auto& one : implementation_->rules)
        longest = std::max(longest, one.condition.window);
    while (!news.empty() && (now - news.front().at > longest || news.size() > news_max))
        news.pop_front();
    for (auto& one : implementation_->rules) {
        verdict judged;
        switch (one.condition.subject) {
            case alert_subject::metric:
                judged = one.judge_metric(now, seen.metrics);
                break;
            case alert_subject::queries_per_request:
                judged = one.judge_requests(now, seen.requests);
                break;
            case alert_subject::new_finding:
            case alert_subject::returned_finding:
                judged = one.judge_findings(now, news);
                break;
        }
        if (auto event = one.apply(judged, now)) events.push_back(std::move(*event));
    }
    return events;
}

alert_memory alert_engine::memory() const {
    alert_memory result;
    result.findings = implementation_->memory.known();
    for (const auto& one : implementation_->rules)
        for (const auto& [route, history] : one.routes)
            result.requests[one.rule.when].emplace(route, history.readings());
    return result;
}

void alert_engine::restore(alert_memory before) {
    implementation_->memory.restore(std::move(before.findings));
    implementation_->requests_before = std::move(before.requests);
}

std::vector<alert_status> alert_engine::statuses() const {
    std::vector<alert_status> result;
    for (const auto& one : implementation_->rules)
        result.push_back(one.status);
    return result;
}

}  // namespace pgfold::alerts
