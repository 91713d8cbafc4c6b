#include "unit/fold/raw_session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/protocol/backend/error_response.hpp"
#include "proxy/protocol/startup.hpp"

namespace pgfold::test {
namespace {

void write_all(int to, const bytes& messages) {
    for (std::size_t at = 0; at < messages.size();) {
        const ssize_t sent = ::write(to, messages.data() + at, messages.size() - at);
        if (sent <= 0) throw std::runtime_error("the server does not take what is sent");
        at += static_cast<std::size_t>(sent);
    }
}

}  // namespace

std::string types_of(const std::vector<server_message>& messages) {
    std::string types;
    for (const server_message& m : messages)
        if (m.type != 'S' && m.type != 'N') types += m.type;
    return types;
}

raw_session::raw_session(const std::string& socket_folder)
    : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_folder + "/.s.PGSQL.5432";
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect to " + path);
    const auto answer = ask(
        protocol::build_startup({.parameters = {{"user", "postgres"}, {"database", "postgres"}}}));
    if (answer.front().type != 'R') throw std::runtime_error("cannot log in");
}

raw_session::~raw_session() {
    if (socket_ >= 0) close(socket_);
}

void raw_session::read_exactly(std::byte* to, std::size_t size) {
    while (size != 0) {
        const ssize_t got = ::read(socket_, to, size);
        if (got <= 0) throw std::runtime_error("the server closed the connection");
        to += got;
        size -= static_cast<std::size_t>(got);
    }
}

server_message raw_session::read_message() {
    std::array<std::byte, 5> header{};
    read_exactly(header.data(), header.size());
    server_message message;
    message.type = static_cast<char>(header[0]);
    message.body.resize(protocol::load_uint32(header.data() + 1) - 4);
    read_exactly(message.body.data(), message.body.size());
    return message;
}

std::vector<server_message> raw_session::ask(const bytes& messages, std::size_t ready_count) {
    write_all(socket_, messages);
    std::vector<server_message> answer;
    while (ready_count != 0) {
        answer.push_back(read_message());
        if (answer.back().type == 'Z') --ready_count;
        // At login an error is the end.
        if (answer.size() == 1 && answer.back().type == 'E' && messages[0] == std::byte{0})
            throw std::runtime_error("cannot log in");
    }
    return answer;
}

void raw_session::execute(std::string_view text) {
    for (const server_message& m : ask(frontend::query(text)))
        if (m.type == 'E')
            throw std::runtime_error(std::string(protocol::error_field(m.body, 'M')) + ": " +
                                     std::string(text));
}

}  // namespace pgfold::test
