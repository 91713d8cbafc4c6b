#include "proxy/net/host_port.hpp"

namespace pgfold::net {

std::string host_and_port(std::string_view host, std::uint16_t port) {
    const bool brackets = host.find(':') != std::string_view::npos;
    std::string text;
    if (brackets) text += '[';
    text += host;
    if (brackets) text += ']';
    return text + ':' + std::to_string(port);
}

}  // namespace pgfold::net
