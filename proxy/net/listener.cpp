#include "proxy/net/listener.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proxy/net/log.hpp"
#include "proxy/sockets/shared_port.hpp"

namespace pgfold::net {
namespace {

constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr int accepts_per_turn_max = 64;

struct address_list {
    ~address_list() {
        if (first != nullptr) ::freeaddrinfo(first);
    }
    addrinfo* first = nullptr;
};

std::string errno_text() {
    return std::strerror(errno);
}

int new_socket(int family) {
    return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

std::uint16_t port_of(int descriptor) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
    return ntohs(bound.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                     : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

void set_port(sockaddr* address, std::uint16_t port) {
    if (address->sa_family == AF_INET6)
        reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
    else
        reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
}

// A listening TCP socket, or -1 with errno set.
int listen_tcp(const addrinfo& info, std::uint16_t port, bool shared) {
    const int descriptor = new_socket(info.ai_family);
    if (descriptor < 0) return -1;
    const int yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (info.ai_family == AF_INET6) {
        ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    }
    set_port(info.ai_addr, port);
    if ((!shared || sockets::share_port(descriptor)) &&
        ::bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 &&
        ::listen(descriptor, SOMAXCONN) == 0) {
        return descriptor;
    }
    const int failure = errno;
    ::close(descriptor);
    errno = failure;
    return -1;
}

// Whether somebody listens on the socket file.
bool answers(const sockaddr_un& address) {
    const int probe = new_socket(AF_UNIX);
    if (probe < 0) return true;
    const int outcome =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const bool refused = outcome != 0 && (errno == ECONNREFUSED || errno == ENOENT);
    ::close(probe);
    return !refused;
}

// Anything but a socket is not ours to touch.
bool is_replaceable(const std::string& path, std::string& error) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || S_ISSOCK(status.st_mode)) return true;
    error = path + " exists and is not a socket";
    return false;
}

// A file that a killed process left behind is removed.
bool clear_the_way(const sockaddr_un& address, std::string& error) {
    if (!is_replaceable(address.sun_path, error)) return false;
    if (answers(address)) {
        error = std::string("something listens on ") + address.sun_path + " already";
        return false;
    }
    if (::unlink(address.sun_path) == 0 || errno == ENOENT) return true;
    error = std::string("cannot remove the stale socket ") + address.sun_path + ": " + errno_text();
    return false;
}

int listen_unix(const std::string& path, std::string& error) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        error = "too long for a Unix socket: " + path;
        return -1;
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    if (!clear_the_way(address, error)) return -1;
    const int descriptor = new_socket(AF_UNIX);
    // Whoever can reach the directory may connect, as with PostgreSQL's default of
    // unix_socket_permissions; the server still asks who they are.
    if (descriptor >= 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::chmod(address.sun_path, 0777) == 0 && ::listen(descriptor, SOMAXCONN) == 0) {
        return descriptor;
    }
    error = "cannot listen on " + path + ": " + errno_text();
    if (descriptor >= 0) ::close(descriptor);
    return -1;
}

// Under another name first, which then takes the place of the file that is there: whoever connects
// finds one of the two.
int listen_unix_instead(const std::string& path, std::string& error) {
    if (!is_replaceable(path, error)) return -1;
    const std::string beside = path + ".new";
    const int descriptor = listen_unix(beside, error);
    if (descriptor < 0 || ::rename(beside.c_str(), path.c_str()) == 0) return descriptor;
    error = "cannot listen on " + path + ": " + errno_text();
    ::unlink(beside.c_str());
    ::close(descriptor);
    return -1;
}

std::uint64_t inode_of(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

listener::listener(executor on, int descriptor, config::listen_address address, accepted give,
                   ownership whose)
    : socket_(on, descriptor),
      pause_(on),
      leave_(on),
      address_(std::move(address)),
      give_(std::move(give)),
      whose_(whose),
      file_id_(whose != ownership::inherited && address_.is_unix() ? inode_of(address_.path) : 0) {}

listener::~listener() {
    close();
}

void listener::start() {
    wait();
}

void listener::close() {
    if (!socket_.is_open()) return;
    error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
    remove_file();
}

void listener::remove_file() {
    const std::uint64_t own = std::exchange(file_id_, 0);
    if (own != 0 && inode_of(address_.path) == own) ::unlink(address_.path.c_str());
}

void listener::leave() {
    if (!socket_.is_open()) return;
    if (whose_ == ownership::inherited) {  // who waits there is let in by whoever else holds it
        close();
        return;
    }
    remove_file();
    if (whose_ == ownership::own || address_.is_unix() ||
        !sockets::turn_away(socket_.native_handle())) {
        accept_rest();
        return;
    }
    leave_.expires_after(sockets::handshake_time);
    leave_.async_wait([self = shared_from_this()](error_code failure) {
        if (!failure) self->accept_rest();
    });
}

void listener::accept_rest() {
    while (socket_.is_open() && accept_one()) {
    }
    close();
}

void listener::wait() {
    socket_.async_wait(asio::posix::descriptor_base::wait_read,
                       [self = shared_from_this()](error_code failure) {
                           if (!failure) self->accept_all();
                       });
}

// False when there is none; errno says why.
bool listener::accept_one() {
    for (;;) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int descriptor =
            ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&from), &length,
                      SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            if (address_.is_unix()) from.ss_family = AF_UNIX;
            give_(descriptor, describe_peer(reinterpret_cast<const sockaddr*>(&from)));
            return true;
        }
        if (errno != EINTR && errno != ECONNABORTED) return false;
    }
}

void listener::accept_all() {
    if (!socket_.is_open()) return;
    for (int turn = 0; turn < accepts_per_turn_max; ++turn) {
        if (accept_one()) continue;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log::error("cannot accept connections for the moment: " + errno_text());
            pause();
            return;
        }
        break;
    }
    wait();
}

// Out of descriptors: the socket stays readable, so waiting for it would spin.
void listener::pause() {
    pause_.expires_after(pause_without_descriptors);
    pause_.async_wait([self = shared_from_this()](error_code failure) {
        if (!failure) self->accept_all();
    });
}

std::shared_ptr<listener> adopt_listener(executor on, int descriptor,
                                         const listener::accepted& give, std::string& error) {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
        error = "cannot listen on an inherited socket: " + errno_text();
        return nullptr;
    }
    config::listen_address address;
    if (bound.ss_family == AF_UNIX) {
        const auto& local = reinterpret_cast<const sockaddr_un&>(bound);
        address.path.assign(local.sun_path, ::strnlen(local.sun_path, sizeof local.sun_path));
    } else {
        std::array<char, NI_MAXHOST> host{};
        if (::getnameinfo(reinterpret_cast<const sockaddr*>(&bound), length, host.data(),
                          host.size(), nullptr, 0, NI_NUMERICHOST) == 0)
            address.host = host.data();
        address.port = port_of(descriptor);
    }
    return std::make_shared<listener>(on, descriptor, std::move(address), give,
                                      listener::ownership::inherited);
}

std::vector<std::shared_ptr<listener>> open_listeners(executor on,
                                                      const config::listen_address& address,
                                                      bool shared, const listener::accepted& give,
                                                      std::string& error) {
    std::vector<std::shared_ptr<listener>> opened;
    const auto whose = shared ? listener::ownership::shared : listener::ownership::own;
    if (address.is_unix()) {
        const int descriptor =
            shared ? listen_unix_instead(address.path, error) : listen_unix(address.path, error);
        if (descriptor >= 0) {
            opened.push_back(std::make_shared<listener>(on, descriptor, address, give, whose));
        }
        return opened;
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    address_list found;
    const int outcome = ::getaddrinfo(address.host.c_str(), "0", &hints, &found.first);
    if (outcome != 0) {
        error = "cannot listen on " + address.to_string() + ": " + ::gai_strerror(outcome);
        return opened;
    }
    std::uint16_t port = address.port;  // of 0: the first socket's choice holds for all
    std::string last_error;
    for (const addrinfo* info = found.first; info != nullptr; info = info->ai_next) {
        const int descriptor = listen_tcp(*info, port, shared);
        if (descriptor < 0) {
            last_error = "cannot listen on " + address.to_string() + ": " + errno_text();
            // A machine without IPv6 has the name, too. A port that is taken is an error, though.
            if (errno == EADDRINUSE && address.port != 0) {
                error = last_error;
                opened.clear();
                return opened;
            }
            continue;
        }
        port = port_of(descriptor);
        config::listen_address resolved = address;
        resolved.port = port;
        opened.push_back(
            std::make_shared<listener>(on, descriptor, std::move(resolved), give, whose));
    }
    if (opened.empty()) error = last_error;
    return opened;
}

}  // namespace pgfold::net
