// The live view: what happens in a second, what is remembered, and who is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <mutex>
#include <optional>

#include "proxy/admin/admin_server.hpp"
#include "proxy/admin/live/event_feed.hpp"
#include "proxy/admin/live/traffic_totals.hpp"
#include "unit/admin/http_client.hpp"
#include "unit/admin/sample_context.hpp"

namespace pgfold::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(traffic, grows_between_two_readings) {
    sample_process process;
    const admin_context context = process.context();
    const traffic_totals before = read_totals(context);
    EXPECT_EQ(before.queries, 7u);
    EXPECT_EQ(before.client_connections, 3u);  // opened and closed on different threads
    process.counters[0]->queries[0].add(10);
    process.counters[1]->queries[1].add(20);
    process.counters[0]->round_trips_saved.add(8);
    process.counters[0]->query_duration.record(900'000);  // 0.5 to 1 ms
    const traffic_sample sample = difference(before, read_totals(context), 2s);
    EXPECT_DOUBLE_EQ(sample.queries_per_s, 15);
    EXPECT_DOUBLE_EQ(sample.round_trips_saved_per_s, 4);
    ASSERT_TRUE(sample.p50_ms);
    EXPECT_GT(*sample.p50_ms, 0.5);
    EXPECT_LE(*sample.p99_ms, 1.0);
}

TEST(traffic, without_queries_has_no_latency) {
    sample_process process;
    const traffic_totals totals = read_totals(process.context());
    EXPECT_FALSE(difference(totals, totals, 1s).p50_ms);
}

TEST(traffic, quantiles_lie_in_their_bucket) {
    duration_counts counts{};
    counts[5] = 90;   // 0.5 to 1 ms
    counts[10] = 10;  // 7.5 to 10 ms
    const double low = static_cast<double>(telemetry::duration_bounds_us[4]) / 1000;
    const double high = static_cast<double>(telemetry::duration_bounds_us[5]) / 1000;
    EXPECT_GT(*quantile_ms(counts, 0.5), low);
    EXPECT_LE(*quantile_ms(counts, 0.9), high);
    EXPECT_GT(*quantile_ms(counts, 0.95),
              static_cast<double>(telemetry::duration_bounds_us[9]) / 1000);
    duration_counts beyond{};
    beyond.back() = 1;
    EXPECT_DOUBLE_EQ(*quantile_ms(beyond, 0.5), 60'000);
}

// Reads a stream of events as a browser does.
class event_stream {
public:
    explicit event_stream(std::uint16_t port, const std::string& method = "GET") {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        asio::write(socket_,
                    asio::buffer(method + " /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        head = read_to("\r\n\r\n");
    }
    // The data of the next event of this name; empty when the stream has ended.
    [[nodiscard]] std::string next(const std::string& name) {
        for (;;) {
            const std::string block = read_to("\n\n");
            if (block.empty()) return {};
            if (block.find("event: " + name + "\n") == std::string::npos) continue;
            const std::size_t data = block.find("data: ") + 6;
            return block.substr(data, block.size() - data - 2);
        }
    }
    std::string head;

private:
    std::string read_to(const std::string& end) {
        boost::system::error_code error;
        const std::size_t size =
            asio::read_until(socket_, asio::dynamic_buffer(input_), end, error);
        if (error) return {};
        std::string block = input_.substr(0, size);
        input_.erase(0, size);
        return block;
    }

    asio::io_context io_;
    tcp::socket socket_{io_};
    std::string input_;
};

class live_view_over_sockets : public testing::Test {
protected:
    void start(std::chrono::milliseconds interval = 10ms) {
        admin_context context = process_.context();
        context.findings = [this] {
            const std::lock_guard lock(mutex_);
            return process_.findings;
        };
        context.finding_totals = [this] {
            const std::lock_guard lock(mutex_);
            detect::detector_hub::totals totals;
            totals.findings[0] = process_.findings.size();
            return totals;
        };
        server_limits limits;
        limits.live_interval = interval;
        server_.emplace(std::move(context), limits);
        ASSERT_EQ(server_->start("127.0.0.1:0"), "");
    }
    void find(const std::string& query, const std::string& suppressed = "") {
        const std::lock_guard lock(mutex_);
        detect::finding found = process_.findings.front();
        found.statement = make_template(query, 0xcd);
        found.suppressed_because = suppressed;
        process_.findings.push_back(found);
    }

    std::mutex mutex_;
    sample_process process_;
    std::optional<admin_server> server_;
};

TEST_F(live_view_over_sockets, totals_come_at_once_and_then_again_and_again) {
    start();
    event_stream stream(server_->port());
    EXPECT_THAT(stream.head, HasSubstr("Content-Type: text/event-stream"));
    const auto first = boost::json::parse(stream.next("totals")).as_object();
    EXPECT_EQ(first.at("totals").at("queries").to_number<int>(), 7);
    process_.counters[0]->queries[0].add(5);
    for (;;) {
        const auto event = boost::json::parse(stream.next("totals")).as_object();
        if (event.at("totals").at("queries").to_number<int>() != 12) continue;
        break;
    }
    for (;;) {  // a sample in which nothing happened says so
        const auto event = boost::json::parse(stream.next("totals")).as_object();
        if (event.at("sample").at("queries_per_s").to_number<double>() == 0) break;
    }
}

TEST_F(live_view_over_sockets, new_findings_are_told_and_suppressed_ones_are_not) {
    start();
    event_stream stream(server_->port());
    ASSERT_NE(stream.next("totals"), "");
    ASSERT_NE(stream.next("totals"), "");  // a sample was taken: what there is is known
    ASSERT_NE(stream.next("totals"), "");
    find("SELECT quiet", "known");
    find("SELECT fresh");
    const auto found = boost::json::parse(stream.next("finding")).as_object();
    EXPECT_EQ(found.at("query"), "SELECT fresh");
}

TEST_F(live_view_over_sockets, the_history_has_a_value_of_each_column_for_each_second) {
    start();
    event_stream stream(server_->port());
    for (int i = 0; i < 5; ++i)
        ASSERT_NE(stream.next("totals"), "");
    const auto body = fetch(server_->port(), "GET", "/api/v1/history").json();
    EXPECT_EQ(body.at("interval_ms"), 10);
    const auto& samples = body.at("samples").as_object();
    const std::size_t size = samples.at("at_ms").as_array().size();
    EXPECT_GE(size, 4u);
    for (const auto& [name, values] : samples)
        EXPECT_EQ(values.as_array().size(), size) << std::string(name);
}

TEST_F(live_view_over_sockets, listeners_are_bounded_and_their_places_are_given_back) {
    start();
    std::vector<std::unique_ptr<event_stream>> streams;
    for (std::size_t i = 0; i < event_feed::listeners_max; ++i)
        streams.push_back(std::make_unique<event_stream>(server_->port()));
    EXPECT_EQ(fetch(server_->port(), "GET", "/api/v1/events").status, 503u);
    streams.clear();
    while (event_stream(server_->port()).head.find(" 200 ") == std::string::npos) {
    }  // those that are gone are noticed when something is written to them
}

// A listener that reads nothing fills its socket, and nobody else waits.
TEST_F(live_view_over_sockets, a_slow_listener_holds_up_nobody) {
    start(1ms);
    event_stream slow(server_->port());
    event_stream quick(server_->port());
    for (int i = 0; i < 500; ++i)
        ASSERT_NE(quick.next("totals"), "");
    EXPECT_EQ(fetch(server_->port(), "GET", "/healthz").status, 200u);
}

TEST_F(live_view_over_sockets, head_is_only_the_head) {
    start();
    http_client client(server_->port());
    client.send("HEAD /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive(true).status, 200u);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(live_view_over_sockets, streams_end_with_the_server) {
    start();
    event_stream stream(server_->port());
    ASSERT_NE(stream.next("totals"), "");
    server_->stop();
    while (!stream.next("totals").empty()) {
    }
}

}  // namespace
}  // namespace pgfold::admin
