// OpenSSL contexts of both sides. Built from files at start and at a reload; a connection keeps the
// one that it started with.
#pragma once

#include <memory>
#include <string>

#include "config/config.hpp"
#include "proxy/net/upstream_options.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace pgfold::net {

using tls_context = std::shared_ptr<ssl_ctx_st>;

// Towards clients: pgfold is the TLS server. Null with the reason in `error` when a file is bad.
[[nodiscard]] tls_context make_client_side_context(const config::tls_settings& settings,
                                                   std::string& error);

// Towards servers: pgfold is the TLS client, as libpq would be with these options. Null without an
// error when TLS is disabled.
[[nodiscard]] tls_context make_server_side_context(const upstream_options& options,
                                                   std::string& error);

// Server name indication, and for verify-full the name that the certificate must show.
[[nodiscard]] bool set_server_name(ssl_st* ssl, const upstream_options& options,
                                   const std::string& host, std::string& error);

// Whether the peer's certificate is the one that `context` shows to others. Then channel binding
// of type tls-server-end-point holds through pgfold.
[[nodiscard]] bool peer_shows_certificate_of(ssl_st* ssl, ssl_ctx_st* context);

// Protocol and cipher, for the log: "TLSv1.3 TLS_AES_256_GCM_SHA384".
[[nodiscard]] std::string describe_tls(ssl_st* ssl);

}  // namespace pgfold::net
