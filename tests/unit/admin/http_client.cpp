#include "unit/admin/http_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <istream>

namespace pgfold::admin {
namespace asio = boost::asio;
using asio::ip::tcp;

struct http_client::implementation {
    asio::io_context io;
    tcp::socket socket{io};
    asio::streambuf input;
};

boost::json::object client_response::json() const {
    boost::json::parse_options strict;
    return boost::json::parse(body, {}, strict).as_object();
}

http_client::http_client(std::uint16_t port) : implementation_(std::make_unique<implementation>()) {
    implementation_->socket.connect({asio::ip::address_v4::loopback(), port});
}

http_client::~http_client() = default;

void http_client::send(const std::string& bytes) {
    boost::system::error_code ignored;  // the server may have closed already
    asio::write(implementation_->socket, asio::buffer(bytes), ignored);
}

client_response http_client::receive(bool head) {
    boost::system::error_code error;
    client_response response;
    asio::read_until(implementation_->socket, implementation_->input, "\r\n\r\n", error);
    if (error) return response;
    std::istream stream(&implementation_->input);
    std::string version, line;
    stream >> version >> response.status;
    std::getline(stream, line);
    while (std::getline(stream, line) && line != "\r") {
        const std::size_t colon = line.find(": ");
        std::string name = line.substr(0, colon);
        for (char& c : name)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        response.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
    }
    if (head) return response;
    const std::size_t length = std::stoul(response.headers["content-length"]);
    if (implementation_->input.size() < length) {
        asio::read(implementation_->socket, implementation_->input,
                   asio::transfer_exactly(length - implementation_->input.size()), error);
    }
    response.body.resize(length);
    stream.read(response.body.data(), static_cast<std::streamsize>(length));
    return response;
}

client_response http_client::request(const std::string& method, const std::string& target,
                                     const std::string& extra_headers) {
    const std::string host =
        extra_headers.find("Host:") == std::string::npos ? "Host: 127.0.0.1\r\n" : std::string();
    send(method + " " + target + " HTTP/1.1\r\n" + host + extra_headers + "\r\n");
    return receive(method == "HEAD");
}

bool http_client::closed_by_server() {
    boost::system::error_code error;
    asio::read(implementation_->socket, implementation_->input, asio::transfer_at_least(1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
}

client_response fetch(std::uint16_t port, const std::string& method, const std::string& target,
                      const std::string& extra_headers) {
    http_client client(port);
    return client.request(method, target, extra_headers + "Connection: close\r\n");
}

}  // namespace pgfold::admin
