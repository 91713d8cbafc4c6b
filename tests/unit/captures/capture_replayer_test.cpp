#include "tools/captures/capture_replayer.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/protocol/startup.hpp"
#include "support/cpp/conversation.hpp"
#include "unit/captures/capture_builder.hpp"
#include "unit/captures/tcp_exchange.hpp"

namespace pgfold::captures {
namespace {

using test::bytes;
using test::operator+;
using test::capture_builder;
using test::host;
using test::raw;
using test::tcp_exchange;
using test::temporary_file;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace frontend = test::frontend;
namespace backend = test::backend;

bytes startup_packet() {
    return protocol::build_startup(
        {.version = protocol::protocol_3_0,
         .parameters = {{"user", "app"}, {"database", "shop"}, {"application_name", "web"}}});
}
bytes greeting() {
    return backend::authentication_ok() + backend::backend_key_data(42, "keys") + backend::ready();
}
bytes answer() {
    return backend::row_description({{"id"}}) + backend::data_row({{"7"}}) +
           backend::complete("SELECT 1") + backend::ready();
}

class CaptureReplayer : public testing::Test {
protected:
    // Passes events on to a recording_observer that outlives the conversation.
    class forwarding_observer final : public detect::conversation_observer {
    public:
        forwarding_observer(CaptureReplayer& test, std::uint64_t connection)
            : test_(test), name_(std::to_string(connection) + ": ") {}
        void on_session_start(const detect::session_identity& who, detect::timestamp at) override {
            test_.identities.push_back(who);
            inner_.on_session_start(who, at);
            take();
        }
        void on_application_name(std::string_view name) override {
            inner_.on_application_name(name);
            take();
        }
        void on_execution_start(const detect::execution_start& start) override {
            test_.times.push_back(start.at);
            inner_.on_execution_start(start);
            take();
        }
        bool on_row_shape(detect::execution_id, const detect::row_shape&) override { return false; }
        bool on_data_row(detect::execution_id, std::span<const std::byte>, bool) override {
            return false;
        }
        void on_execution_end(const detect::execution_end& end) override {
            inner_.on_execution_end(end);
            take();
        }
        void on_ready(char, detect::execution_id, detect::execution_id,
                      detect::timestamp) override {}
        void on_session_reset(detect::timestamp) override {}
        void on_session_end(detect::timestamp at) override {
            inner_.on_session_end(at);
            take();
        }
        void on_tick(detect::timestamp at) override { test_.ticks.push_back(at); }

    private:
        void take() {
            for (std::string& line : inner_.lines)
                test_.lines.push_back(name_ + line);
            inner_.lines.clear();
        }
        CaptureReplayer& test_;
        std::string name_;
        test::recording_observer inner_;
    };

    replay_totals replay(replay_options options = {}) {
        const temporary_file file(capture.content());
        capture_replayer replayer(
            options,
            [this](const tcp_connection& connection) {
                return std::make_unique<forwarding_observer>(*this, connection.number);
            },
            [this](const std::string& note) { notes.push_back(note); });
        EXPECT_EQ(replayer.replay_file(file.path()).status, capture_status::complete);
        replayer.finish();
        return replayer.totals();
    }

    capture_builder capture;
    std::vector<std::string> lines, notes;
    std::vector<detect::session_identity> identities;
    std::vector<detect::timestamp> times, ticks;
};

TEST_F(CaptureReplayer, FollowsAConversation) {
    tcp_exchange(capture)
        .open()
        .client(startup_packet())
        .server(greeting())
        .at(1'700'000'000'500'000)
        .client(frontend::query("SELECT id FROM t WHERE id = 7"))
        .server(answer())
        .client(frontend::terminate())
        .close();
    const replay_totals totals = replay();
    EXPECT_EQ(totals.conversations, 1U);
    EXPECT_EQ(totals.statements, 1U);
    EXPECT_EQ(totals.blind + totals.interrupted + totals.encrypted + totals.joined_midway, 0U);
    EXPECT_THAT(lines, ElementsAre("1: session app@shop",
                                   "1: 1 start SELECT id FROM t WHERE id = $1 (literal 7)",
                                   "1: 1 end SELECT 1 rows 1", "1: session end"));
    ASSERT_EQ(identities.size(), 1U);
    EXPECT_EQ(identities[0].application_name, "web");
    EXPECT_EQ(identities[0].client_host, "10.0.0.1");
    EXPECT_EQ(identities[0].connection_id, 1U);
    EXPECT_EQ(times, std::vector{timestamp(std::chrono::microseconds(1'700'000'000'500'000))});
    EXPECT_THAT(notes, IsEmpty());
}

TEST_F(CaptureReplayer, FindsPostgresOnAnyPortByItsStartup) {
    tcp_exchange(capture, {"10.0.0.1", 40000}, {"10.0.0.2", 9999})
        .open()
        .client(startup_packet())
        .server(greeting())
        .client(frontend::query("SELECT 1"))
        .server(answer());
    tcp_exchange(capture, {"10.0.0.1", 40001}, {"10.0.0.2", 80})
        .open()
        .client(raw("GET / HTTP/1.1\r\n\r\n"))
        .server(raw("HTTP/1.1 200 OK\r\n\r\n"));
    tcp_exchange(capture, {"10.0.0.1", 40002}, {"10.0.0.2", 22})
        .open()
        .server(raw("SSH-2.0-x\r\n"))
        .client(raw("SSH-2.0-y\r\n"));
    EXPECT_EQ(replay().conversations, 1U);
    EXPECT_THAT(lines, Contains("1: session app@shop"));
    EXPECT_THAT(notes, IsEmpty());
}

TEST_F(CaptureReplayer, TheStartupMayComeByteByByte) {
    tcp_exchange exchange(capture);
    exchange.open();
    for (const std::byte b : startup_packet())
        exchange.client({b});
    exchange.server(greeting()).client(frontend::query("SELECT 1")).server(answer());
    EXPECT_EQ(replay().statements, 1U);
}

TEST_F(CaptureReplayer, EncryptionThatIsRefusedIsNoHindrance) {
    bytes gssenc = protocol::build_ssl_request();
    gssenc.back() = std::byte{0x30};  // GSSENCRequest differs in its last digit
    tcp_exchange(capture)
        .open()
        .client(gssenc)
        .server(raw("N"))
        .client(protocol::build_ssl_request())
        .server(raw("N"))
        .client(startup_packet())
        .server(greeting())
        .client(frontend::query("SELECT 1"))
        .server(answer());
    EXPECT_EQ(replay().statements, 1U);
    EXPECT_THAT(notes, IsEmpty());
}

TEST_F(CaptureReplayer, TlsIsSkippedAndNamed) {
    tcp_exchange(capture)
        .open()
        .client(protocol::build_ssl_request())
        .server(raw("S"))
        .client(raw("\x16\x03\x01 client hello"))
        .server(raw("\x16\x03\x03 server hello"));
    const replay_totals totals = replay();
    EXPECT_EQ(totals.encrypted, 1U);
    EXPECT_EQ(totals.conversations, 0U);
    EXPECT_THAT(notes, ElementsAre(HasSubstr("10.0.0.1:40000 -> 10.0.0.2:5432: encrypted")));
    EXPECT_THAT(lines, IsEmpty());
}

TEST_F(CaptureReplayer, DirectTlsIsNamedWhenThePortIsGiven) {
    tcp_exchange(capture).open().client(raw("\x16\x03\x01 client hello"));
    EXPECT_EQ(replay().encrypted, 0U);  // any HTTPS looks like that
    EXPECT_EQ(replay({.port = 5432}).encrypted, 1U);
}

TEST_F(CaptureReplayer, TlsJoinedMidwayIsNamedOnACustomaryPort) {
    using namespace std::string_view_literals;
    tcp_exchange(capture).client(raw("\x17\x03\x03\x00\x03xyz"sv));
    EXPECT_EQ(replay().encrypted, 1U);
}

TEST_F(CaptureReplayer, CancelRequestsAreCounted) {
    tcp_exchange(capture).open().client(protocol::build_cancel_request(42, raw("keys"))).close();
    const replay_totals totals = replay();
    EXPECT_EQ(totals.cancel_requests, 1U);
    EXPECT_EQ(totals.conversations, 0U);
}

TEST_F(CaptureReplayer, JoinsMidway) {
    tcp_exchange(capture)
        .server(backend::complete("SELECT 0") + backend::ready())
        .client(frontend::query("SELECT 1"))
        .server(answer())
        .client(frontend::query("SELECT 2"))
        .server(answer());
    const replay_totals totals = replay();
    EXPECT_EQ(totals.joined_midway, 1U);
    EXPECT_EQ(totals.conversations, 1U);
    EXPECT_THAT(lines, Contains(HasSubstr("start SELECT")));
    EXPECT_EQ(lines.back(), "1: session end");
}

TEST_F(CaptureReplayer, JoinsMidwayInsideALargeResult) {
    tcp_exchange exchange(capture);
    exchange.server(raw("the middle of a row, which looks like nothing"))
        .server(backend::complete("SELECT 0") + backend::ready());
    for (int i = 0; i < 3; ++i)
        exchange.client(frontend::query("SELECT 1")).server(answer());
    EXPECT_EQ(replay().joined_midway, 1U);
    EXPECT_THAT(lines, Contains(HasSubstr("start SELECT")));
}

TEST_F(CaptureReplayer, WhoIsTheClientIsFoundByContent) {
    // The server has the higher port, so that the first guess is wrong.
    tcp_exchange exchange(capture, {"10.0.0.1", 4000}, {"10.0.0.2", 50000});
    for (int i = 0; i < 3; ++i)
        exchange.client(frontend::query("SELECT 1")).server(answer());
    EXPECT_EQ(replay().joined_midway, 1U);
    ASSERT_FALSE(identities.empty());
    EXPECT_EQ(identities[0].client_host, "10.0.0.1");
    EXPECT_THAT(lines, Contains(HasSubstr("start SELECT")));
}

TEST_F(CaptureReplayer, WhoIsTheClientIsGivenByThePort) {
    tcp_exchange exchange(capture, {"10.0.0.1", 4000}, {"10.0.0.2", 50000});
    for (int i = 0; i < 3; ++i)
        exchange.client(frontend::query("SELECT 1")).server(answer());
    EXPECT_EQ(replay({.port = 50000}).joined_midway, 1U);
    EXPECT_THAT(lines, Contains(HasSubstr("start SELECT")));
    EXPECT_EQ(replay({.port = 1234}).conversations, 0U);
}

TEST_F(CaptureReplayer, ALostSegmentIsRejoinedAfter) {
    tcp_exchange exchange(capture);
    exchange.open().client(startup_packet()).server(greeting());
    exchange.client(frontend::query("SELECT 1")).server(answer());
    exchange.lost_client(frontend::query("SELECT 'lost'")).server(answer());
    exchange.at(1'700'000'002'000'000);
    for (int i = 0; i < 3; ++i) {
        exchange.client(frontend::query("SELECT 3, id FROM t")).server(answer());
    }
    const replay_totals totals = replay();
    EXPECT_EQ(totals.interrupted, 1U);
    EXPECT_EQ(totals.conversations, 1U);
    EXPECT_EQ(totals.blind, 0U);
    EXPECT_THAT(notes, ElementsAre(HasSubstr("missing from the capture: rejoined")));
    EXPECT_THAT(lines, Contains(HasSubstr("start SELECT $1, id FROM t")));
    // It is still the same client to the detector.
    ASSERT_EQ(identities.size(), 2U);
    EXPECT_EQ(identities[1].user, "app");
    EXPECT_EQ(identities[1].database, "shop");
    EXPECT_EQ(identities[1].connection_id, identities[0].connection_id);
}

TEST_F(CaptureReplayer, ALossInTheStartupGivesUpThatConnectionOnly) {
    tcp_exchange first(capture, {"10.0.0.1", 40001});
    first.open().lost_client(startup_packet()).server(greeting());
    first.at(1'700'000'005'000'000).client(frontend::query("SELECT 1"));
    tcp_exchange(capture, {"10.0.0.1", 40002})
        .at(1'700'000'006'000'000)
        .open()
        .client(startup_packet())
        .server(greeting())
        .client(frontend::query("SELECT 1"))
        .server(answer());
    EXPECT_EQ(replay().statements, 1U);
}

TEST_F(CaptureReplayer, GarbageBlindsOneConversationAndIsNamed) {
    tcp_exchange(capture)
        .open()
        .client(startup_packet())
        .server(greeting())
        .client(raw(std::string(100, '\xff')))
        .server(raw(std::string(100, '\xff')));
    tcp_exchange(capture, {"10.0.0.1", 40002})
        .open()
        .client(startup_packet())
        .server(greeting())
        .client(frontend::query("SELECT 1"))
        .server(answer());
    const replay_totals totals = replay();
    EXPECT_EQ(totals.blind, 1U);
    EXPECT_EQ(totals.conversations, 2U);
    EXPECT_THAT(notes, ElementsAre(HasSubstr("10.0.0.1:40000")));
    EXPECT_THAT(lines, Contains("2: 1 start SELECT $1 (literal 1)"));
}

TEST_F(CaptureReplayer, TimePassesForIdleConversations) {
    tcp_exchange(capture).open().client(startup_packet()).server(greeting());
    tcp_exchange(capture, {"10.0.0.1", 40002}).at(1'700'000'005'000'000).open();
    static_cast<void>(replay());
    ASSERT_FALSE(ticks.empty());
    EXPECT_EQ(ticks.back(), timestamp(std::chrono::microseconds(1'700'000'005'000'000)));
}

// Any byte of a capture may be wrong: nothing crashes or hangs, whatever is made of it.
TEST_F(CaptureReplayer, DamageOfAnyKindIsSurvived) {
    for (const std::uint16_t port : {40001, 40002}) {
        tcp_exchange exchange(capture, {"10.0.0.1", port});
        exchange.open().client(startup_packet()).server(greeting());
        for (int i = 0; i < 5; ++i) {
            exchange.client(frontend::parse("", "SELECT id FROM t WHERE id = $1") +
                            frontend::bind("", "", {"7"}) + frontend::execute() + frontend::sync());
            exchange.server(backend::parse_complete() + backend::bind_complete() + answer());
        }
        exchange.close();
    }
    constexpr unsigned seeds = 100;
    for (unsigned seed = 0; seed < seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        std::string damaged = capture.content();
        const auto position = [&] { return 24 + random() % (damaged.size() - 24); };
        for (unsigned i = 0; i < 1 + seed % 20; ++i) {
            damaged[position()] = static_cast<char>(random());
        }
        if (seed % 3 == 0) damaged.erase(position(), random() % 200);
        const temporary_file file(damaged);
        capture_replayer replayer({}, [this](const tcp_connection& connection) {
            return std::make_unique<forwarding_observer>(*this, connection.number);
        });
        EXPECT_NE(replayer.replay_file(file.path()).status, capture_status::unreadable);
        replayer.finish();
    }
}

TEST_F(CaptureReplayer, ObserversAreOptional) {
    tcp_exchange(capture)
        .open()
        .client(startup_packet())
        .server(greeting())
        .client(frontend::query("SELECT 1"))
        .server(answer());
    const temporary_file file(capture.content());
    capture_replayer replayer({}, {});
    EXPECT_EQ(replayer.replay_file(file.path()).status, capture_status::complete);
    replayer.finish();
    EXPECT_EQ(replayer.totals().statements, 1U);
}

}  // namespace
}  // namespace pgfold::captures
