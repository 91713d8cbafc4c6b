#include "proxy/net/client_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "proxy/net/host_port.hpp"

namespace pgfold::net {

client_peer describe_peer(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = "";
    client_peer peer;
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        peer.host = text;
        peer.address = host_and_port(peer.host, ntohs(v4->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        peer.host = text;
        peer.address = host_and_port(peer.host, ntohs(v6->sin6_port));
    } else {
        peer.address = "unix";
    }
    return peer;
}

}  // namespace pgfold::net
