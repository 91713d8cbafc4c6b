// A blocking HTTP client over a real socket, close enough to the wire to send bad requests.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace pgfold::admin {

struct client_response {
    unsigned status = 0;                         // 0: the connection ended without a response
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    [[nodiscard]] boost::json::object json() const;  // of the body, which must be valid JSON
};

class http_client {
public:
    explicit http_client(std::uint16_t port);
    ~http_client();

    void send(const std::string& bytes);
    // `head`: the response has no body, whatever its Content-Length says.
    [[nodiscard]] client_response receive(bool head = false);
    // GET and so on with the headers that a request needs.
    [[nodiscard]] client_response request(const std::string& method, const std::string& target,
                                          const std::string& extra_headers = "");
    // True once the server has closed the connection. Waits for it.
    [[nodiscard]] bool closed_by_server();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

// One request on a connection of its own.
[[nodiscard]] client_response fetch(std::uint16_t port, const std::string& method,
                                    const std::string& target,
                                    const std::string& extra_headers = "");

}  // namespace pgfold::admin
