// A connected socket with or without TLS. All reads and writes are non-blocking and go straight to
// the kernel (or OpenSSL). So an idle connection holds no buffer.
//
// Flow:
//
//     result = stream.read_some(buffer)   // until it is short or says want_read
//     co_await wait_until_ready(stream, result.status, limit)      // or a descriptor_watch
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace pgfold::net {

enum class io_status : std::uint8_t {
    ok,
    want_read,   // nothing now: wait until readable
    want_write,  // … until writable
    end_of_stream,
    failed,
};

struct io_result {
    io_status status = io_status::ok;
    std::size_t bytes = 0;
    bool more =
        false;      // read_some: TLS holds decrypted or undecrypted bytes that poll() cannot see
    int error = 0;  // errno, or 0 when TLS failed
};

class readiness;

class stream {
public:
    explicit stream(int descriptor);  // takes over a non-blocking socket
    stream(stream&& other) noexcept;  // not while it is waited for
    stream& operator=(stream&& other) noexcept;
    ~stream();

    [[nodiscard]] io_result read_some(std::span<std::byte> buffer);
    [[nodiscard]] io_result write_some(std::span<const std::byte> bytes);
    // Several pieces in one system call; with TLS, the first of them. At least one.
    [[nodiscard]] io_result write_some(std::span<const std::span<const std::byte>> pieces);

    // The next byte without taking it.
    [[nodiscard]] io_result peek(std::byte& next);

    // From here on the stream is TLS. `context` stays alive with the stream.
    void start_tls(std::shared_ptr<ssl_ctx_st> context);
    // One step of the handshake; ok once it is done. `reason` says why it failed.
    [[nodiscard]] io_result accept_tls(std::string& reason);
    [[nodiscard]] io_result connect_tls(std::string& reason);

    // Tells the peer that nothing more comes; reading goes on.
    void shutdown_write();
    void close();  // a wait for it ends

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
    [[nodiscard]] ssl_st* tls() const { return ssl_.get(); }
    [[nodiscard]] bool has_agreed_on_protocol() const;  // by ALPN
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    friend class readiness;
    io_result handshake_step(int outcome, std::string& reason);

    struct free_ssl {
        void operator()(ssl_st* ssl) const;
    };
    int descriptor_ = -1;
    readiness* waiting_ = nullptr;
    std::shared_ptr<ssl_ctx_st> context_;
    std::unique_ptr<ssl_st, free_ssl> ssl_;
};

// Last OpenSSL error of this thread in words; clears the queue.
[[nodiscard]] std::string last_tls_error();

}  // namespace pgfold::net
