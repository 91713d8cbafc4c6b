// TCP_NODELAY, keepalive and friends. All are hints: a socket that refuses one is used anyway.
#pragma once

#include "proxy/net/upstream_options.hpp"

namespace pgfold::net {

void set_client_socket_options(int descriptor, bool is_unix);
void set_server_socket_options(int descriptor, const keepalive_options& keepalive, bool is_unix);

}  // namespace pgfold::net
