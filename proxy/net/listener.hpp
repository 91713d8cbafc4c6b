// One listening socket: TCP or Unix. Accepts and hands the sockets on; knows nothing of PostgreSQL.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/listen_address.hpp"
#include "proxy/net/asio_types.hpp"
#include "proxy/net/client_peer.hpp"

namespace pgfold::net {

class listener : public std::enable_shared_from_this<listener> {
public:
    using accepted =
        std::function<void(int descriptor, client_peer peer)>;  // takes the socket over

    // Whose socket it is: that of a service manager, our own, or one on a port that others share.
    enum class ownership : std::uint8_t { inherited, own, shared };

    // `descriptor` listens already; see open_listeners. The file of a Unix socket is removed at the
    // end by the one who made it.
    listener(executor on, int descriptor, config::listen_address address, accepted give,
             ownership whose);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    void start();
    void close();  // removes a Unix socket's file, too
    // Closes it once who is on the way in has come in: with others on the port that takes a moment.
    void leave();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

    [[nodiscard]] const config::listen_address& address() const {
        return address_;
    }  // port resolved

private:
    void wait();
    void accept_all();
    [[nodiscard]] bool accept_one();
    void accept_rest();
    void remove_file();
    void pause();

    asio::posix::basic_stream_descriptor<executor> socket_;
    steady_timer pause_, leave_;
    config::listen_address address_;
    accepted give_;
    const ownership whose_;
    std::uint64_t file_id_ = 0;  // inode of a Unix socket's file, so that only our own is removed
};

// Opens all sockets of one address; a host name may stand for several. Empty with the reason in
// `error` when none could be opened. `shared`: another process may listen there, too, and does so
// on a Unix socket's file until this one has taken its place.
[[nodiscard]] std::vector<std::shared_ptr<listener>> open_listeners(
    executor on, const config::listen_address& address, bool shared, const listener::accepted& give,
    std::string& error);

// A socket that somebody else has made listen. Null with the reason in `error`.
[[nodiscard]] std::shared_ptr<listener> adopt_listener(executor on, int descriptor,
                                                       const listener::accepted& give,
                                                       std::string& error);

}  // namespace pgfold::net
