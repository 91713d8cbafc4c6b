// The relay between real sockets: what is sent arrives, in order and as a whole, in both
// directions; the end of one direction is passed on alone; a slow link is never faster than said.
#include "tools/relay/relay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>
#include <thread>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using pgfold::relay::relay_server;
using pgfold::relay::relay_settings;

const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

// Accepts one connection and sends back what it gets until the client has finished sending, then
// one last word, which only arrives when the client's half-close left the other direction open.
class echo_server {
public:
    echo_server() : acceptor_(context_, any_port), thread_([this] { serve(); }) {}
    ~echo_server() { thread_.join(); }
    [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
    void serve() {
        boost::system::error_code error;
        tcp::socket peer(context_);
        acceptor_.accept(peer, error);
        std::string buffer(32 * 1024, '\0');
        while (!error) {
            auto size = peer.read_some(asio::buffer(buffer), error);
            asio::write(peer, asio::buffer(buffer.data(), size));
        }
        if (error == asio::error::eof) asio::write(peer, asio::buffer("bye", 3));
    }

    asio::io_context context_;
    tcp::acceptor acceptor_;
    std::thread thread_;
};

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    unsigned state = 12345;
    std::generate(bytes.begin(), bytes.end(), [&state] {
        state = state * 1103515245U + 12345U;
        return static_cast<char>(state >> 16);
    });
    return bytes;
}

class relayed : public testing::TestWithParam<std::chrono::milliseconds> {
protected:
    relayed() : relay_(relay_settings{any_port, echo_.endpoint(), GetParam(), 2}) {
        relay_.start();
        client_.connect(relay_.local_endpoint());
    }

    echo_server echo_;
    relay_server relay_;
    asio::io_context context_;
    tcp::socket client_{context_};
};

TEST_P(relayed, bytes_arrive_whole_and_in_order_and_the_end_of_stream_is_passed_on) {
    const std::string sent = pattern(3 * 1024 * 1024 + 17);
    std::thread sender([&] {
        asio::write(client_, asio::buffer(sent));
        client_.shutdown(tcp::socket::shutdown_send);
    });
    std::string received;
    boost::system::error_code error;
    asio::read(client_, asio::dynamic_buffer(received), error);
    sender.join();
    EXPECT_EQ(error, asio::error::eof);
    ASSERT_EQ(received.size(), sent.size() + 3);
    EXPECT_TRUE(received == sent + "bye");
}

TEST_P(relayed, an_answer_takes_at_least_the_round_trip) {
    char answer = 0;
    // The first exchange includes the connect.
    asio::write(client_, asio::buffer("a", 1));
    asio::read(client_, asio::buffer(&answer, 1));
    const auto start = clock_type::now();
    asio::write(client_, asio::buffer("b", 1));
    asio::read(client_, asio::buffer(&answer, 1));
    EXPECT_GE(clock_type::now() - start, GetParam());
    EXPECT_EQ(answer, 'b');
    client_.close();
}

INSTANTIATE_TEST_SUITE_P(links, relayed, testing::Values(0ms, 8ms), [](const auto& link) {
    return std::to_string(link.param.count()) + "ms";
});

TEST(relay, a_refused_upstream_closes_the_client) {
    asio::io_context context;
    tcp::socket bound(context, any_port);  // holds the port, but does not listen
    const auto nobody = bound.local_endpoint();
    relay_server relay(relay_settings{any_port, nobody, 0ms, 1});
    relay.start();
    tcp::socket client(context);
    client.connect(relay.local_endpoint());
    char byte = 0;
    boost::system::error_code error;
    asio::read(client, asio::buffer(&byte, 1), error);
    EXPECT_TRUE(error);
}

}  // namespace
