#include "tools/captures/tcp_stream.hpp"

namespace pgfold::captures {
namespace {

std::string to_string(const tcp_endpoint& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return (v6 ? '[' + endpoint.address + ']' : endpoint.address) + ':' +
           std::to_string(endpoint.port);
}

}  // namespace

std::string to_string(const tcp_connection& connection) {
    return to_string(connection.client) + " -> " + to_string(connection.server);
}

}  // namespace pgfold::captures
