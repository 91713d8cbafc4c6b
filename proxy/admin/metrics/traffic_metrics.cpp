#include <algorithm>
#include <array>

#include "proxy/admin/metrics/family_builder.hpp"
#include "proxy/admin/metrics/metric_families.hpp"

namespace pgfold::admin {
namespace {

using telemetry::counter;
using telemetry::duration_histogram;
using telemetry::thread_counters;

// In the order of the enums in proxy/telemetry/counters.hpp.
constexpr std::array<std::string_view, static_cast<std::size_t>(telemetry::query_kind::count_)>
    query_kinds = {"select",      "insert",  "update", "delete",
                   "transaction", "utility", "copy",   "other"};
constexpr std::array<std::string_view, static_cast<std::size_t>(telemetry::failopen_reason::count_)>
    failopen_reasons = {"unparsed_sql",      "text_too_long", "message_too_long",
                        "malformed_message", "queue_full",    "analysis_error"};
constexpr std::array<std::string_view, static_cast<std::size_t>(telemetry::protocol_error::count_)>
    protocol_errors = {"startup_garbage", "startup_too_long", "startup_timeout",
                       "malformed_client_message", "malformed_server_message"};

template <std::size_t N>
constexpr bool all_named(const std::array<std::string_view, N>& names) {
    for (const std::string_view name : names) {
        if (name.empty()) return false;
    }
    return true;
}
static_assert(all_named(query_kinds) && all_named(failopen_reasons) && all_named(protocol_errors));

class sum_of {
public:
    explicit sum_of(const admin_context& context) : threads_(context.counters) {}

    double operator()(const counter thread_counters::*member) const {
        std::uint64_t sum = 0;  // whole first: opened and closed may be on different threads
        for (const thread_counters* thread : threads_)
            sum += (thread->*member).value();
        return static_cast<double>(sum);
    }
    template <std::size_t N>
    double operator()(const std::array<counter, N> thread_counters::*member,
                      std::size_t index) const {
        std::uint64_t sum = 0;
        for (const thread_counters* thread : threads_)
            sum += (thread->*member)[index].value();
        return static_cast<double>(sum);
    }
    // Never below zero, though the two are not read at one moment.
    double difference(const counter thread_counters::*up,
                      const counter thread_counters::*down) const {
        const double closed = (*this)(down);
        return std::max(0.0, (*this)(up)-closed);
    }
    prometheus::ClientMetric histogram(const duration_histogram thread_counters::*member) const {
        prometheus::ClientMetric metric;
        std::uint64_t cumulative = 0;
        std::uint64_t sum_ns = 0;
        for (std::size_t i = 0; i <= telemetry::duration_bounds_us.size(); ++i) {
            for (const thread_counters* thread : threads_) {
                cumulative += (thread->*member).buckets[i].value();
            }
            if (i == telemetry::duration_bounds_us.size()) break;  // +Inf is the sample count
            metric.histogram.bucket.push_back(
                {cumulative, static_cast<double>(telemetry::duration_bounds_us[i]) / 1e6});
        }
        for (const thread_counters* thread : threads_)
            sum_ns += (thread->*member).sum_ns.value();
        metric.histogram.sample_count = cumulative;
        metric.histogram.sample_sum = static_cast<double>(sum_ns) / 1e9;
        return metric;
    }

private:
    const std::vector<const thread_counters*>& threads_;
};

template <std::size_t N>
prometheus::MetricFamily by_label(family_builder family, std::string_view label,
                                  const std::array<std::string_view, N>& values,
                                  const std::array<counter, N> thread_counters::*member,
                                  const sum_of& sum) {
    for (std::size_t i = 0; i < N; ++i)
        family.add(label, values[i], sum(member, i));
    return family.take();
}

prometheus::MetricFamily duration(std::string_view name, std::string help,
                                  const duration_histogram thread_counters::*member,
                                  const sum_of& sum) {
    family_builder family("pgfold_" + std::string(name), std::move(help),
                          prometheus::MetricType::Histogram);
    return family.add(sum.histogram(member)).take();
}

void add_connections(const sum_of& sum, metric_families& families) {
    families.push_back(gauge_family("client_connections", "Clients that are connected now.")
                           .add(sum.difference(&thread_counters::client_connections_opened,
                                               &thread_counters::client_connections_closed))
                           .take());
    families.push_back(
        gauge_family("server_connections", "Connections to PostgreSQL that are open now.")
            .add(sum.difference(&thread_counters::server_connections_opened,
                                &thread_counters::server_connections_closed))
            .take());
    families.push_back(counter_family("client_connections_total", "Clients that have connected.")
                           .add(sum(&thread_counters::client_connections_opened))
                           .take());
    families.push_back(counter_family("server_connections_total",
                                      "Connections to PostgreSQL that have been opened.")
                           .add(sum(&thread_counters::server_connections_opened))
                           .take());
    families.push_back(
        counter_family("connections_refused_total",
                       "Clients that were refused: too many connections, or draining.")
            .add(sum(&thread_counters::connections_refused))
            .take());
    families.push_back(counter_family("cancel_requests_total", "Cancel requests of clients.")
                           .add(sum(&thread_counters::cancel_requests))
                           .take());
}

void add_bytes(const sum_of& sum, metric_families& families) {
    families.push_back(
        counter_family("bytes_total", "Bytes on the wire, TLS not counted.")
            .add("direction", "from_client", sum(&thread_counters::bytes_from_client))
            .add("direction", "to_client", sum(&thread_counters::bytes_to_client))
            .add("direction", "from_server", sum(&thread_counters::bytes_from_server))
            .add("direction", "to_server", sum(&thread_counters::bytes_to_server))
            .take());
}

}  // namespace

void add_traffic_metrics(const admin_context& context, metric_families& families) {
    const sum_of sum(context);
    families.push_back(by_label(counter_family("queries_total", "Statements of clients, by kind."),
                                "kind", query_kinds, &thread_counters::queries, sum));
    families.push_back(duration("query_duration_seconds",
                                "Time from a statement's last byte in to its reply's last byte "
                                "out, as the client sees it.",
                                &thread_counters::query_duration, sum));
    families.push_back(duration("upstream_duration_seconds",
                                "The part of it that PostgreSQL and the way to it took.",
                                &thread_counters::upstream_duration, sum));
    add_connections(sum, families);
    add_bytes(sum, families);
    families.push_back(
        by_label(counter_family("failopen_total",
                                "Statements or sessions that were forwarded without analysis, by "
                                "reason."),
                 "reason", failopen_reasons, &thread_counters::failopen, sum));
    families.push_back(
        counter_family("parse_failures_total", "Statements that the SQL parser rejects.")
            .add(sum(&thread_counters::parse_failures))
            .take());
    families.push_back(
        by_label(counter_family("protocol_errors_total", "Violations of the protocol, by kind."),
                 "kind", protocol_errors, &thread_counters::protocol_errors, sum));
}

}  // namespace pgfold::admin
