#include "proxy/net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proxy/net/waiting.hpp"

namespace pgfold::net {
namespace {

io_result from_errno(int error, io_status would_block) {
    if (error == EAGAIN || error == EWOULDBLOCK) return {would_block};
    return {io_status::failed, 0, false, error};
}

io_result from_ssl(ssl_st* ssl, int outcome, int error) {
    switch (SSL_get_error(ssl, outcome)) {
        case SSL_ERROR_WANT_READ:
            return {io_status::want_read};
        case SSL_ERROR_WANT_WRITE:
            return {io_status::want_write};
        case SSL_ERROR_ZERO_RETURN:
            return {io_status::end_of_stream};
        case SSL_ERROR_SYSCALL:
            return {io_status::failed, 0, false, error};
        default:
            return {io_status::failed};
    }
}

// As recv() and send(), which the C library makes points where a thread can be canceled: with more
// than one thread that costs two locked instructions for each call, about 75 ns of a call's 400,
// and no thread here is ever canceled.
ssize_t receive(int fd, std::span<std::byte> buffer, int flags) {
    return ::syscall(SYS_recvfrom, fd, buffer.data(), buffer.size(), flags, nullptr, nullptr);
}

ssize_t transmit(int fd, std::span<const std::byte> bytes, int flags) {
    return ::syscall(SYS_sendto, fd, bytes.data(), bytes.size(), flags, nullptr, 0);
}

io_result read_plain(int fd, std::span<std::byte> buffer, int flags) {
    for (;;) {
        const ssize_t count = receive(fd, buffer, flags);
        if (count > 0) return {io_status::ok, static_cast<std::size_t>(count)};
        if (count == 0) return {io_status::end_of_stream};
        if (errno != EINTR) return from_errno(errno, io_status::want_read);
    }
}

io_result write_plain(int fd, std::span<const std::byte> bytes) {
    for (;;) {
        const ssize_t count = transmit(fd, bytes, MSG_NOSIGNAL);
        if (count >= 0) return {io_status::ok, static_cast<std::size_t>(count)};
        if (errno != EINTR) return from_errno(errno, io_status::want_write);
    }
}

constexpr std::size_t pieces_max = 16;

io_result write_plain(int fd, std::span<const std::span<const std::byte>> pieces) {
    std::array<iovec, pieces_max> vectors;
    const std::size_t count = std::min(pieces.size(), pieces_max);
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel only reads; iovec serves both ways.
        vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    for (;;) {
        const ssize_t written = ::sendmsg(fd, &message, MSG_NOSIGNAL);
        if (written >= 0) return {io_status::ok, static_cast<std::size_t>(written)};
        if (errno != EINTR) return from_errno(errno, io_status::want_write);
    }
}

// Record by record until the buffer is full or OpenSSL holds nothing more.
io_result read_tls(ssl_st* ssl, std::span<std::byte> buffer) {
    std::size_t total = 0;
    while (total < buffer.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int outcome = SSL_read_ex(ssl, buffer.data() + total, buffer.size() - total, &count);
        if (outcome != 1) {
            const io_result end = from_ssl(ssl, outcome, errno);
            if (total == 0) return end;
            // What came before goes first; an end or an error shows again at the next read.
            return {io_status::ok, total, end.status != io_status::want_read};
        }
        total += count;
        if (SSL_has_pending(ssl) == 0) return {io_status::ok, total};
    }
    return {io_status::ok, total, true};
}

io_result write_tls(ssl_st* ssl, std::span<const std::byte> bytes) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int outcome = SSL_write_ex(ssl, bytes.data() + total, bytes.size() - total, &count);
        if (outcome != 1) {
            const io_result end = from_ssl(ssl, outcome, errno);
            return total == 0 ? end : io_result{io_status::ok, total};
        }
        total += count;
    }
    return {io_status::ok, total};
}

}  // namespace

std::string last_tls_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return {};
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

void stream::free_ssl::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

stream::stream(int descriptor) : descriptor_(descriptor) {}

stream::stream(stream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      context_(std::move(other.context_)),
      ssl_(std::move(other.ssl_)) {
    assert(other.waiting_ == nullptr);
}

stream& stream::operator=(stream&& other) noexcept {
    if (this == &other) return *this;
    assert(other.waiting_ == nullptr);
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    context_ = std::move(other.context_);
    ssl_ = std::move(other.ssl_);
    return *this;
}

stream::~stream() {
    close();
}

io_result stream::read_some(std::span<std::byte> buffer) {
    return ssl_ ? read_tls(ssl_.get(), buffer) : read_plain(descriptor(), buffer, 0);
}

io_result stream::write_some(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    return ssl_ ? write_tls(ssl_.get(), bytes) : write_plain(descriptor(), bytes);
}

io_result stream::write_some(std::span<const std::span<const std::byte>> pieces) {
    if (ssl_ || pieces.size() == 1) return write_some(pieces.front());
    return write_plain(descriptor(), pieces);
}

bool stream::has_agreed_on_protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return length > 0;
}

io_result stream::peek(std::byte& next) {
    if (!ssl_) return read_plain(descriptor(), std::span(&next, 1), MSG_PEEK);
    std::size_t count = 0;
    ERR_clear_error();
    const int outcome = SSL_peek_ex(ssl_.get(), &next, 1, &count);
    return outcome == 1 ? io_result{io_status::ok, count} : from_ssl(ssl_.get(), outcome, errno);
}

void stream::start_tls(std::shared_ptr<ssl_ctx_st> context) {
    context_ = std::move(context);
    ssl_.reset(SSL_new(context_.get()));
    if (ssl_) SSL_set_fd(ssl_.get(), descriptor());
}

io_result stream::handshake_step(int outcome, std::string& reason) {
    if (outcome == 1) return {};
    const int error = errno;
    const io_result result = from_ssl(ssl_.get(), outcome, error);
    if (result.status == io_status::failed) {
        const long verification = SSL_get_verify_result(ssl_.get());
        reason = last_tls_error();
        if (verification != X509_V_OK) {
            reason += reason.empty() ? "" : ": ";
            reason += X509_verify_cert_error_string(verification);
        }
        if (reason.empty()) reason = error != 0 ? std::strerror(error) : "connection closed";
    } else if (result.status == io_status::end_of_stream) {
        reason = "connection closed";
    }
    return result;
}

io_result stream::accept_tls(std::string& reason) {
    if (!ssl_) return {io_status::failed};
    ERR_clear_error();
    return handshake_step(SSL_accept(ssl_.get()), reason);
}

io_result stream::connect_tls(std::string& reason) {
    if (!ssl_) return {io_status::failed};
    ERR_clear_error();
    return handshake_step(SSL_connect(ssl_.get()), reason);
}

void stream::shutdown_write() {
    if (!is_open()) return;
    if (ssl_ && SSL_is_init_finished(ssl_.get())) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // sends close_notify; the peer's is not waited for
        ERR_clear_error();
    }
    ::shutdown(descriptor(), SHUT_WR);
}

void stream::close() {
    if (waiting_ != nullptr) waiting_->cancel();
    ssl_.reset();
    if (is_open()) ::close(std::exchange(descriptor_, -1));
}

}  // namespace pgfold::net
