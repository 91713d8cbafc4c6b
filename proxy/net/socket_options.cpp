#include "proxy/net/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pgfold::net {
namespace {

void set(int descriptor, int level, int option, int value) {
    ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

void set_client_socket_options(int descriptor, bool is_unix) {
    if (is_unix) return;
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);  // as PostgreSQL does
}

void set_server_socket_options(int descriptor, const keepalive_options& keepalive, bool is_unix) {
    if (is_unix) return;
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    if (keepalive.enabled) {
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
        if (keepalive.idle_s > 0) set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle_s);
        if (keepalive.interval_s > 0) {
            set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval_s);
        }
        if (keepalive.count > 0) set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, keepalive.count);
    }
    if (keepalive.user_timeout_ms > 0) {
        set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, keepalive.user_timeout_ms);
    }
}

}  // namespace pgfold::net
