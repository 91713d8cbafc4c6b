// A connected pair of real sockets: one end for the code under test, one for the test. What is
// written at one end can be read at the other at once, so no test has to wait.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "proxy/net/stream.hpp"

namespace pgfold::net {

class socket_pair {
public:
    socket_pair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
        inner = stream(ends[0]);
        outer = ends[1];
    }
    ~socket_pair() { close(); }
    socket_pair(const socket_pair&) = delete;
    socket_pair& operator=(const socket_pair&) = delete;

    // Bytes that the socket took.
    std::size_t write(std::string_view bytes) {
        const ssize_t count = ::send(outer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    // Everything that is there now.
    std::string read() {
        std::string all;
        char buffer[65536];
        for (;;) {
            const ssize_t count = ::recv(outer, buffer, sizeof buffer, 0);
            if (count <= 0) {
                at_end = count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
                return all;
            }
            all.append(buffer, static_cast<std::size_t>(count));
        }
    }
    void finish_writing() { ::shutdown(outer, SHUT_WR); }
    void close() {
        if (outer >= 0) ::close(outer);
        outer = -1;
    }

    stream inner{-1};
    int outer = -1;
    bool at_end = false;  // set by read(): the code under test has closed its end
};

}  // namespace pgfold::net
