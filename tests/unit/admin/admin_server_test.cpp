#include "proxy/admin/admin_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <thread>

#include "unit/admin/http_client.hpp"
#include "unit/admin/sample_context.hpp"

namespace pgfold::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

class admin_server_over_sockets : public testing::Test {
protected:
    void start(server_limits limits = {}) {
        server_.emplace(process_.context(), limits);
        ASSERT_EQ(server_->start("127.0.0.1:0"), "");
        ASSERT_NE(server_->port(), 0);
    }
    client_response get(const std::string& target, const std::string& headers = "") {
        return fetch(server_->port(), "GET", target, headers);
    }
    client_response post(const std::string& target, const std::string& headers = "") {
        return fetch(server_->port(), "POST", target, headers);
    }

    sample_process process_;
    std::optional<admin_server> server_;
};

TEST_F(admin_server_over_sockets, tells_where_it_listens) {
    start();
    EXPECT_EQ(server_->url(), "http://127.0.0.1:" + std::to_string(server_->port()));
}

TEST_F(admin_server_over_sockets, says_why_it_cannot_listen) {
    start();
    admin_server second(process_.context());
    const std::string error = second.start("127.0.0.1:" + std::to_string(server_->port()));
    EXPECT_THAT(error, HasSubstr("Address already in use"));
    EXPECT_THAT(error, HasSubstr(std::to_string(server_->port())));
    EXPECT_NE(second.start("nonsense"), "");
    EXPECT_NE(second.start("unix:/x"), "");
}

TEST_F(admin_server_over_sockets, health) {
    start();
    const client_response response = get("/healthz");
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.json().at("status"), "ok");
    EXPECT_EQ(response.headers.at("content-type"), "application/json");
    EXPECT_EQ(response.headers.at("cache-control"), "no-store");
    EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
}

TEST_F(admin_server_over_sockets, metrics) {
    start();
    const client_response response = get("/metrics");
    EXPECT_EQ(response.status, 200u);
    EXPECT_THAT(response.headers.at("content-type"), HasSubstr("version=0.0.4"));
    EXPECT_THAT(response.body, HasSubstr("\npgfold_queries_total{kind=\"select\"} 7\n"));
}

TEST_F(admin_server_over_sockets, findings_and_their_filters) {
    start();
    const auto count = [&](const std::string& query) {
        const client_response response = get("/api/v1/findings" + query);
        EXPECT_EQ(response.status, 200u) << query << response.body;
        const boost::json::object body = response.json();
        EXPECT_EQ(body.at("total").as_int64(),
                  static_cast<std::int64_t>(body.at("findings").as_array().size()));
        return body.at("findings").as_array().size();
    };
    EXPECT_EQ(count(""), 3u);
    EXPECT_EQ(count("?class=n_plus_one"), 2u);
    EXPECT_EQ(count("?class=duplicate,n_plus_one"), 3u);
    EXPECT_EQ(count("?class=write_loop"), 0u);
    EXPECT_EQ(count("?database=stock"), 1u);
    EXPECT_EQ(count("?user=nobody"), 0u);
    EXPECT_EQ(count("?route=/admin/*"), 1u);
    EXPECT_EQ(count("?suppressed=false"), 2u);
    EXPECT_EQ(count("?suppressed=true"), 1u);

    const boost::json::object limited = get("/api/v1/findings?limit=1").json();
    EXPECT_EQ(limited.at("findings").as_array().size(), 1u);
    EXPECT_EQ(limited.at("total"), 3);
    const boost::json::object& first = limited.at("findings").as_array().at(0).as_object();
    EXPECT_EQ(first.at("class"), "n_plus_one");
    EXPECT_EQ(first.at("query"), "SELECT * FROM a WHERE id = $1");
    EXPECT_EQ(first.at("lookups"), 50);
}

TEST_F(admin_server_over_sockets, findings_have_a_timeline) {
    using namespace std::chrono_literals;
    const detect::timestamp arrived{1h};
    detect::loop_timeline& timeline = process_.findings[0].timeline;
    timeline.parent_arrived = arrived;
    timeline.lookups = {{arrived + 2ms, 1500us, false}, {arrived + 5ms, 10us, true}};
    timeline.total = 40;
    timeline.end = arrived + 5010us;
    detect::loop_timeline& late = process_.findings[1].timeline;  // rows from long ago
    late.parent_arrived = arrived;
    late.lookups = {{arrived + 1h, 1ms, false}};
    late.end = arrived + 1h + 1ms;
    start();
    const auto findings = get("/api/v1/findings").json().at("findings").as_array();
    const auto& first = findings[0].at("timeline").as_object();
    EXPECT_EQ(first.at("from_parent"), true);
    EXPECT_EQ(first.at("total_lookups"), 40);
    EXPECT_EQ(first.at("span_ms"), 5.01);
    EXPECT_EQ(first.at("lookups").at(0).at("start_ms"), 2.0);
    EXPECT_EQ(first.at("lookups").at(0).at("duration_ms"), 1.5);
    EXPECT_EQ(first.at("lookups").at(1).at("folded"), true);
    EXPECT_EQ(findings[1].at("timeline").at("from_parent"), false);
    EXPECT_EQ(findings[1].at("timeline").at("lookups").at(0).at("start_ms"), 0.0);
    EXPECT_TRUE(findings[2].at("timeline").is_null());
}

TEST_F(admin_server_over_sockets, statements_slowest_first) {
    start();
    const boost::json::object body = get("/api/v1/statements").json();
    const boost::json::array& rows = body.at("statements").as_array();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].at("fingerprint"), "0000000000000002");
    EXPECT_EQ(rows[0].at("calls"), 2);
    EXPECT_EQ(rows[0].at("total_ms").to_number<double>(), 1000);
    EXPECT_EQ(rows[1].at("calls"), 22) << "of all databases and users";
    EXPECT_EQ(rows[1].at("errors"), 2);
    EXPECT_NEAR(rows[1].at("p50_ms").to_number<double>(), 1.0, 0.06);
    EXPECT_EQ(rows[1].at("max_ms").to_number<double>(), 1.0);
}

TEST_F(admin_server_over_sockets, statements_filters_sorting_and_groups) {
    start();
    const auto first = [&](const std::string& query) {
        const boost::json::object body = get("/api/v1/statements?limit=1&" + query).json();
        return body.at("statements").as_array().at(0).as_object();
    };
    EXPECT_EQ(first("sort=calls").at("calls"), 22);
    EXPECT_EQ(first("sort=errors").at("errors"), 2);
    EXPECT_EQ(first("sort=p99").at("calls"), 2);
    EXPECT_EQ(first("database=shop").at("calls"), 20);
    EXPECT_EQ(first("route=/or*").at("route"), "/orders");
    EXPECT_EQ(first("user=batch&sort=calls").at("calls"), 2);
    EXPECT_EQ(first("fingerprint=0000000000000001").at("calls"), 22);
    EXPECT_EQ(get("/api/v1/statements?group=none").json().at("total"), 3);
    EXPECT_EQ(get("/api/v1/statements?group=none&database=stock").json().at("total"), 2);
}

TEST_F(admin_server_over_sockets, associations) {
    start();
    const boost::json::object body = get("/api/v1/associations").json();
    EXPECT_EQ(body.at("total"), 2);
    const boost::json::object& first = body.at("associations").at(0).as_object();
    EXPECT_EQ(first.at("database"), "stock");
    EXPECT_EQ(first.at("strategy"), "pipeline");
    EXPECT_EQ(first.at("parent").at("query"), "SELECT id FROM p");
    EXPECT_EQ(first.at("parent").at("columns"), boost::json::array({"id"}));
    EXPECT_EQ(first.at("parent").at("fingerprint"), "00000000000000aa");
    EXPECT_EQ(first.at("child").at("query"), "SELECT * FROM b WHERE id = $1");
    EXPECT_EQ(first.at("child").at("fingerprint"), "00000000000000ab");
    const boost::json::object& score = first.at("score").as_object();
    EXPECT_EQ(score.at("loops"), 1);
    EXPECT_EQ(score.at("batches"), 1);
    EXPECT_EQ(score.at("failures"), 0);
    EXPECT_EQ(score.at("keys_fetched"), 16);
    EXPECT_EQ(score.at("keys_used"), 16);
    EXPECT_EQ(score.at("observed_lookups"), 1);
    EXPECT_EQ(score.at("observed_round_trips"), 1);
    EXPECT_EQ(score.at("pace_ms"), 1.5);
    EXPECT_EQ(score.at("trust"), 1);
    EXPECT_EQ(score.at("sitting_out"), 0);
    EXPECT_TRUE(first.at("why_not").is_null());
    EXPECT_EQ(get("/api/v1/associations?database=shop").json().at("total"), 1);
    EXPECT_EQ(get("/api/v1/associations?fingerprint=00000000000000ac").json().at("total"), 0);
}

TEST_F(admin_server_over_sockets, associations_say_why_they_are_left_alone) {
    start();
    const auto why_not = [&] {
        const boost::json::object body = get("/api/v1/associations?database=shop").json();
        return body.at("associations").at(0).at("why_not");
    };
    EXPECT_TRUE(why_not().is_null());
    process_.associations[0]->record_loop(16, 1);
    process_.associations[0]->record_loop(16, 1);
    EXPECT_EQ(
        why_not(),
        "did not pay lately: in all, clients asked for 2 of 32 keys fetched ahead. It is left "
        "alone for 8 more loops, then tried again");
    process_.associations[0]->record_batch();
    process_.associations[0]->record_batch();
    process_.associations[0]->record_failure();
    EXPECT_EQ(
        why_not(),
        "did not pay lately: in all, clients asked for 2 of 32 keys fetched ahead, and 1 of 2 "
        "batches failed. It is left alone for 16 more loops, then tried again");
    process_.settings->batch.mode = config::batch_mode::off;
    EXPECT_EQ(why_not(), "batch.mode is off");
}

TEST_F(admin_server_over_sockets, connections) {
    start();
    const boost::json::object body = get("/api/v1/connections").json();
    const boost::json::array& rows = body.at("connections").as_array();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].at("id"), 1) << "oldest first";
    EXPECT_EQ(rows[0].at("state"), "active");
    EXPECT_EQ(rows[0].at("current_query"), "SELECT \xEF\xBF\xBD $1")
        << "valid JSON in any encoding";
    EXPECT_EQ(get("/api/v1/connections?state=idle").json().at("total"), 1);
    EXPECT_EQ(get("/api/v1/connections?database=none").json().at("total"), 0);
}

TEST_F(admin_server_over_sockets, config_masks_secrets) {
    process_.settings->admin.token = "s3cret";
    process_.settings->upstream = "postgresql://web:s3cret@db/shop";
    process_.settings->suppress.push_back({"/x", "", "", "", "", "known"});
    start();
    const client_response response = get("/api/v1/config");
    EXPECT_EQ(response.body.find("s3cret"), std::string::npos) << response.body;
    const boost::json::object config = response.json().at("config").as_object();
    EXPECT_EQ(config.at("admin").at("token"), "***");
    EXPECT_THAT(std::string(config.at("upstream").as_string()), HasSubstr("host=db"));
    EXPECT_EQ(config.at("threads"), "auto");
    EXPECT_EQ(config.at("detect").at("min_lookups"), 5);
    EXPECT_EQ(config.at("detect").at("enabled"), true);
    EXPECT_EQ(config.at("detect").at("idle_gap"), "1s");
    EXPECT_TRUE(config.at("tls").at("cert").is_null());
    EXPECT_EQ(config.at("listen").at(0), "127.0.0.1:6433");
    EXPECT_EQ(config.at("suppress").at(0).at("route"), "/x");
}

TEST_F(admin_server_over_sockets, index_lists_every_endpoint) {
    start();
    const client_response response = get("/api");
    EXPECT_THAT(response.headers.at("content-type"), HasSubstr("text/html"));
    EXPECT_THAT(response.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    for (const char* path : {"/metrics", "/healthz", "/readyz", "/api/v1/findings",
                             "/api/v1/statements", "/api/v1/associations", "/api/v1/connections",
                             "/api/v1/config", "/api/v1/reload", "/api/v1/drain"}) {
        EXPECT_THAT(response.body, HasSubstr(path));
    }
}

TEST_F(admin_server_over_sockets, errors_are_json) {
    start();
    struct example {
        const char* method;
        const char* target;
        unsigned status;
    };
    for (const auto& [method, target, status] : {
             example{"GET", "/nothing", 404},
             example{"GET", "/api/v1", 404},
             example{"GET", "/healthz/", 404},
             example{"POST", "/healthz", 405},
             example{"GET", "/api/v1/drain", 405},
             example{"DELETE", "/api/v1/findings", 405},
             example{"OPTIONS", "/api/v1/drain", 405},
             example{"GET", "/%zz", 400},
             example{"GET", "/api/v1/findings?clas=n_plus_one", 400},
             example{"GET", "/api/v1/findings?class=n+1", 400},
             example{"GET", "/api/v1/findings?limit=x", 400},
             example{"GET", "/api/v1/findings?suppressed=x", 400},
             example{"GET", "/api/v1/associations?child=x", 400},
             example{"GET", "/api/v1/statements?sort=x", 400},
             example{"GET", "/api/v1/statements?group=x", 400},
             example{"GET", "/metrics?x=1", 400},
         }) {
        const client_response response = fetch(server_->port(), method, target);
        EXPECT_EQ(response.status, status) << method << " " << target;
        EXPECT_TRUE(response.json().at("error").is_string()) << response.body;
    }
    EXPECT_EQ(fetch(server_->port(), "POST", "/healthz").headers.at("allow"), "GET, HEAD");
    EXPECT_EQ(get("/api/v1/drain").headers.at("allow"), "POST");
}

TEST_F(admin_server_over_sockets, head_is_get_without_the_body) {
    start();
    http_client client(server_->port());
    const client_response head = client.request("HEAD", "/healthz");
    EXPECT_EQ(head.status, 200u);
    const client_response whole = client.request("GET", "/healthz");
    EXPECT_EQ(whole.status, 200u) << "the connection is still in step";
    EXPECT_EQ(head.headers.at("content-length"), whole.headers.at("content-length"));
}

TEST_F(admin_server_over_sockets, connections_are_kept_and_requests_may_be_pipelined) {
    start();
    http_client client(server_->port());
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.send(request + request + "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n" + request);
    EXPECT_EQ(client.receive().status, 200u);
    EXPECT_EQ(client.receive().status, 200u);
    EXPECT_EQ(client.receive().status, 404u);
    EXPECT_EQ(client.receive().status, 200u);
    client.send("GET /healthz HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.receive().status, 200u);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(admin_server_over_sockets, bad_requests_get_an_answer_and_the_connection_ends) {
    server_limits limits;
    limits.header_bytes_max = 1000;
    limits.body_bytes_max = 1000;
    start(limits);
    const std::string host = "Host: localhost\r\n";
    struct example {
        std::string bytes;
        unsigned status;
    };
    for (const auto& [bytes, status] : {
             example{"garbage\r\n\r\n", 400},
             example{"GET /healthz HTTP/1.1\r\n\r\n", 400},
             example{"GET /healthz HTTP/1.1\r\n" + host + "Host: evil\r\n\r\n", 400},
             example{"GET /healthz HTTP/9.9\r\n" + host + "\r\n", 400},
             example{"GET /healthz HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", 400},
             example{std::string("GET /\0 HTTP/1.1\r\n", 18) + host + "\r\n", 400},
             example{"GET /" + std::string(2000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 431},
             example{"GET / HTTP/1.1\r\n" + host + "X: " + std::string(5000, 'a'), 431},
             example{"POST /api/v1/reload HTTP/1.1\r\n" + host + "Content-Length: 5000\r\n\r\n",
                     413},
             example{"POST /api/v1/reload HTTP/1.1\r\n" + host + "Content-Length: 5000\r\n\r\n" +
                         std::string(5000, 'a'),
                     413},
             example{"\x16\x03\x01\x02 a TLS ClientHello\r\n\r\n", 400},
         }) {
        http_client client(server_->port());
        client.send(bytes);
        const client_response response = client.receive();
        EXPECT_EQ(response.status, status) << bytes.substr(0, 60);
        EXPECT_TRUE(client.closed_by_server()) << bytes.substr(0, 60);
    }
    EXPECT_EQ(process_.reloads, 0);
    EXPECT_EQ(get("/healthz").status, 200u) << "others are unharmed";
}

// The deadline covers the whole request: sending one byte now and then does not move it.
TEST_F(admin_server_over_sockets, a_slow_sender_is_cut_off) {
    server_limits limits;
    limits.request_timeout = std::chrono::milliseconds(200);
    limits.idle_timeout = std::chrono::milliseconds(200);
    start(limits);
    http_client silent(server_->port());
    EXPECT_TRUE(silent.closed_by_server());

    http_client slow(server_->port());
    slow.send("GET /healthz HTTP/1.1\r\nHost: local");
    std::atomic<bool> done{false};
    std::thread drip([&] {
        while (!done) {
            slow.send("x");
            std::this_thread::yield();
        }
    });
    const client_response response = slow.receive();
    done = true;
    drip.join();
    EXPECT_TRUE(response.status == 408 || response.status == 431 || response.status == 0)
        << response.status;

    http_client kept(server_->port());
    EXPECT_EQ(kept.request("GET", "/healthz").status, 200u);
    EXPECT_TRUE(kept.closed_by_server()) << "idle";
}

TEST_F(admin_server_over_sockets, connections_are_bounded) {
    server_limits limits;
    limits.connections_max = 3;
    start(limits);
    std::vector<std::unique_ptr<http_client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<http_client>(server_->port()));
        EXPECT_EQ(clients.back()->request("GET", "/healthz").status, 200u);
    }
    http_client refused(server_->port());
    EXPECT_TRUE(refused.closed_by_server());
    EXPECT_EQ(clients.front()->request("GET", "/healthz").status, 200u);
}

TEST_F(admin_server_over_sockets, control_from_this_machine) {
    start();
    client_response response = post("/api/v1/reload");
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.json().at("reloaded"), true);
    EXPECT_EQ(response.json().at("needs_restart").at(0), "listen");
    EXPECT_EQ(process_.reloads, 1);

    process_.next_reload = {false, {"pgfold.yaml:3:5: unknown key \"x\""}, {}};
    response = post("/api/v1/reload");
    EXPECT_EQ(response.status, 422u);
    EXPECT_EQ(response.json().at("errors").at(0), "pgfold.yaml:3:5: unknown key \"x\"");

    EXPECT_EQ(post("/api/v1/drain").status, 202u);
    EXPECT_EQ(process_.drains, 1);
}

TEST_F(admin_server_over_sockets, control_from_a_web_page_is_refused) {
    process_.settings->admin.token = "sesame";
    start();
    EXPECT_EQ(post("/api/v1/drain", "Origin: http://evil.example\r\n").status, 403u);
    EXPECT_EQ(post("/api/v1/drain", "Sec-Fetch-Site: cross-site\r\n").status, 403u);
    EXPECT_EQ(post("/api/v1/drain", "Host: evil.example:9433\r\n").status, 403u);
    EXPECT_EQ(post("/api/v1/drain", "X-Forwarded-For: 10.0.0.1\r\n").status, 401u);
    const client_response wrong = post("/api/v1/drain", "Authorization: Bearer wrong\r\n");
    EXPECT_EQ(wrong.status, 401u);
    EXPECT_EQ(wrong.headers.at("www-authenticate"), "Bearer");
    EXPECT_EQ(get("/api/v1/findings", "Host: evil.example\r\n").status, 403u);
    EXPECT_EQ(get("/metrics", "Host: pgfold.example\r\n").status, 200u);
    EXPECT_EQ(process_.drains, 0);
    EXPECT_EQ(post("/api/v1/drain",
                   "Host: pgfold.example\r\nX-Forwarded-For: 10.0.0.1\r\n"
                   "Authorization: Bearer sesame\r\n")
                  .status,
              202u);
    EXPECT_EQ(process_.drains, 1);
}

TEST_F(admin_server_over_sockets, what_the_process_does_not_offer_is_not_implemented) {
    admin_server server{admin_context{}};
    ASSERT_EQ(server.start("127.0.0.1:0"), "");
    for (const char* target : {"/api/v1/associations", "/api/v1/connections", "/api/v1/config"}) {
        EXPECT_EQ(fetch(server.port(), "GET", target).status, 501u);
    }
    EXPECT_EQ(fetch(server.port(), "POST", "/api/v1/drain").status, 501u);
    EXPECT_EQ(fetch(server.port(), "GET", "/api/v1/findings").json().at("total"), 0);
    EXPECT_EQ(fetch(server.port(), "GET", "/api/v1/statements").json().at("total"), 0);
}

TEST_F(admin_server_over_sockets, a_handler_that_throws_is_a_500) {
    admin_context context = process_.context();
    context.connections = []() -> std::vector<connection_snapshot> {
        throw std::runtime_error("boom");
    };
    admin_server server(context);
    ASSERT_EQ(server.start("127.0.0.1:0"), "");
    EXPECT_EQ(fetch(server.port(), "GET", "/api/v1/connections").status, 500u);
    EXPECT_EQ(fetch(server.port(), "GET", "/healthz").status, 200u);
}

// Stands in for PostgreSQL as far as PQping looks: answers a startup packet by asking for a
// password.
class asks_for_password {
public:
    asks_for_password() : thread_([this] { run(); }) {}
    ~asks_for_password() {
        boost::system::error_code ignored;
        tcp::socket wake(io_);
        stopping_ = true;
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    std::string conninfo() const {
        return "host=127.0.0.1 sslmode=disable gssencmode=disable user=u dbname=d port=" +
               std::to_string(acceptor_.local_endpoint().port());
    }
    int connections() const { return connections_; }

private:
    void run() {
        for (;;) {
            tcp::socket socket = acceptor_.accept();
            if (stopping_) return;
            ++connections_;
            std::array<char, 8> start{};
            boost::system::error_code ignored;
            asio::read(socket, asio::buffer(start), ignored);
            const std::array<char, 9> reply = {'R', 0, 0, 0, 8, 0, 0, 0, 3};
            asio::write(socket, asio::buffer(reply), ignored);
            std::array<char, 256> rest{};
            while (!ignored)
                (void)socket.read_some(asio::buffer(rest), ignored);
        }
    }

    asio::io_context io_;
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

TEST_F(admin_server_over_sockets, ready_while_the_upstream_answers) {
    asks_for_password upstream;
    process_.upstream = upstream.conninfo();
    start();
    const client_response response = get("/readyz");
    EXPECT_EQ(response.status, 200u) << response.body;
    EXPECT_EQ(response.json().at("ready"), true);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(get("/readyz").status, 200u);
    EXPECT_LT(upstream.connections(), 10) << "answers are kept for a while";
}

TEST_F(admin_server_over_sockets, not_ready_without_upstream_or_while_draining) {
    asks_for_password upstream;
    start();  // nobody listens on port 1
    client_response response = get("/readyz");
    EXPECT_EQ(response.status, 503u);
    EXPECT_EQ(response.json().at("upstream").at("reachable"), false);
    EXPECT_THAT(response.body, HasSubstr("no answer from PostgreSQL"));
    EXPECT_EQ(get("/healthz").status, 200u);

    process_.upstream = upstream.conninfo();  // as after a reload: the old answer does not count
    EXPECT_EQ(get("/readyz").status, 200u);
    process_.draining = true;
    response = get("/readyz");
    EXPECT_EQ(response.status, 503u);
    EXPECT_EQ(response.json().at("draining"), true);
    EXPECT_EQ(response.json().at("upstream").at("reachable"), true);
    process_.draining = false;
    process_.upstream = "hots=db";
    EXPECT_THAT(get("/readyz").body, HasSubstr("not a valid connection string"));
}

// The upstream accepts and stays silent: readiness waits for its deadline, the rest does not.
TEST_F(admin_server_over_sockets, a_silent_upstream_blocks_nobody) {
    asio::io_context io;
    tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
    process_.upstream = "host=127.0.0.1 sslmode=disable gssencmode=disable port=" +
                        std::to_string(silent.local_endpoint().port());
    server_limits limits;
    limits.probe_timeout = std::chrono::milliseconds(1500);
    start(limits);
    http_client waiting(server_->port());
    waiting.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(get("/healthz").status, 200u);
    const client_response response = waiting.receive();
    EXPECT_EQ(response.status, 503u);
    EXPECT_THAT(response.body, HasSubstr("no answer from PostgreSQL yet"));
}

TEST_F(admin_server_over_sockets, stops_with_connections_open_and_can_be_stopped_twice) {
    start();
    http_client idle(server_->port());
    EXPECT_EQ(idle.request("GET", "/healthz").status, 200u);
    http_client half(server_->port());
    half.send("GET /healthz HT");
    server_->stop();
    server_->stop();
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
}

// A drain that ends the process at once must not swallow the answer to its own request.
TEST_F(admin_server_over_sockets, a_response_under_way_is_delivered_before_the_stop) {
    admin_context context = process_.context();
    std::thread stopper;
    context.drain = [&] { stopper = std::thread([&] { server_->stop(); }); };
    server_.emplace(context);
    ASSERT_EQ(server_->start("127.0.0.1:0"), "");
    EXPECT_EQ(post("/api/v1/drain").status, 202u);
    stopper.join();
}

}  // namespace
}  // namespace pgfold::admin
