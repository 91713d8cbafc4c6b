// A TCP relay: accepts, connects to the upstream, copies both ways. With a round trip time it is a
// slow link in one process; without, the least that any proxy costs.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

namespace pgfold::relay {

struct relay_settings {
    boost::asio::ip::tcp::endpoint listen;  // port 0: the system picks one
    boost::asio::ip::tcp::endpoint upstream;
    std::chrono::nanoseconds round_trip{0};  // half of it each way, and all of it to connect
    unsigned threads = 1;                    // a connection lives on one of them
};

class relay_server {
public:
    // Listens; throws boost::system::system_error when it cannot.
    explicit relay_server(const relay_settings& settings);
    ~relay_server();  // stops

    [[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint() const;

    void start();  // threads of its own
    void stop();   // ends every connection

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::relay
