#include "proxy/net/tls_context.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "proxy/net/stream.hpp"

namespace pgfold::net {
namespace {

// The ALPN name that PostgreSQL 17 registered: a length byte, then the name.
constexpr unsigned char alpn_list[] = "\x0apostgresql";
constexpr unsigned alpn_bytes = sizeof alpn_list - 1;

std::string because(const std::string& what) {
    const std::string reason = last_tls_error();
    return reason.empty() ? what : what + ": " + reason;
}

tls_context new_context(const SSL_METHOD* method) {
    ERR_clear_error();
    tls_context context(SSL_CTX_new(method), SSL_CTX_free);
    if (!context) return nullptr;
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);  // PostgreSQL clients never resume
    // One recv() for a record instead of two; its buffer is released while the connection idles.
    SSL_CTX_set_read_ahead(context.get(), 1);
    return context;
}

// A server that is offered ALPN must not take a connection meant for another protocol (ALPACA).
int select_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                const unsigned char* offered, unsigned offered_bytes, void*) {
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, chosen_bytes, alpn_list, alpn_bytes, offered,
                              offered_bytes) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

int give_password(char* buffer, int size, int, void* password) {
    const auto* text = static_cast<const char*>(password);
    if (text == nullptr) return 0;  // never ask on the terminal
    const int length = std::min(size, static_cast<int>(std::strlen(text)));
    std::memcpy(buffer, text, static_cast<std::size_t>(length));
    return length;
}

bool load_key_pair(ssl_ctx_st* context, const std::string& cert, const std::string& key,
                   const std::string& password, std::string& error) {
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(
        context, password.empty() ? nullptr : const_cast<char*>(password.c_str()));
    bool ok = true;
    if (SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1) {
        error = because("could not load certificate file \"" + cert + "\"");
        ok = false;
    } else if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        error = because("could not load private key file \"" + key + "\"");
        ok = false;
    } else if (SSL_CTX_check_private_key(context) != 1) {
        error = because("private key \"" + key + "\" does not match certificate \"" + cert + "\"");
        ok = false;
    }
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);  // `password` may not live on
    return ok;
}

// ~/.postgresql/NAME, which libpq uses where the option is not given; empty if it does not exist.
std::string default_file(const char* name) {
    std::string home;
    if (const char* value = std::getenv("HOME"); value != nullptr) {
        home = value;
    } else if (const passwd* user = ::getpwuid(::geteuid()); user != nullptr) {
        home = user->pw_dir;
    }
    if (home.empty()) return {};
    std::string path = home + "/.postgresql/" + name;
    return ::access(path.c_str(), F_OK) == 0 ? path : std::string();
}

bool protocol_version(const std::string& name, int& version) {
    if (name == "TLSv1" || name == "TLSv1.1" || name == "TLSv1.2")
        version = TLS1_2_VERSION;
    else if (name == "TLSv1.3")
        version = TLS1_3_VERSION;
    else
        return false;
    return true;
}

bool set_versions(ssl_ctx_st* context, const upstream_options& options, std::string& error) {
    int version = 0;
    if (!options.ssl_min_version.empty()) {
        if (!protocol_version(options.ssl_min_version, version)) {
            error = "invalid ssl_min_protocol_version value: \"" + options.ssl_min_version + "\"";
            return false;
        }
        SSL_CTX_set_min_proto_version(context, version);
    }
    if (!options.ssl_max_version.empty()) {
        if (!protocol_version(options.ssl_max_version, version)) {
            error = "invalid ssl_max_protocol_version value: \"" + options.ssl_max_version + "\"";
            return false;
        }
        SSL_CTX_set_max_proto_version(context, version);
    }
    return true;
}

bool load_revocations(ssl_ctx_st* context, const upstream_options& options, std::string& error) {
    const std::string file = options.ssl_crl.empty() && options.ssl_crl_dir.empty()
                                 ? default_file("root.crl")
                                 : options.ssl_crl;
    if (file.empty() && options.ssl_crl_dir.empty()) return true;
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    if (X509_STORE_load_locations(
            store, file.empty() ? nullptr : file.c_str(),
            options.ssl_crl_dir.empty() ? nullptr : options.ssl_crl_dir.c_str()) != 1) {
        if (options.ssl_crl.empty() && options.ssl_crl_dir.empty()) return true;
        error = because("could not load certificate revocation list \"" +
                        (file.empty() ? options.ssl_crl_dir : file) + "\"");
        return false;
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return true;
}

bool load_root(ssl_ctx_st* context, const upstream_options& options, std::string& error) {
    if (options.ssl_root_cert == "system") {
        if (SSL_CTX_set_default_verify_paths(context) == 1) {
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
            return true;
        }
        error = because("could not load system root certificate paths");
        return false;
    }
    const std::string root =
        options.ssl_root_cert.empty() ? default_file("root.crt") : options.ssl_root_cert;
    // libpq: below verify-ca a root file that does not exist is not an error, and one that does
    // is used.
    const bool must = options.ssl >= ssl_mode::verify_ca;
    if (root.empty() || ::access(root.c_str(), R_OK) != 0) {
        if (!must) return true;
        error = "root certificate file \"" +
                (root.empty() ? std::string("~/.postgresql/root.crt") : root) +
                "\" does not exist or cannot be read; provide the file with sslrootcert, use the "
                "system's with sslrootcert=system, or change sslmode to disable server certificate "
                "verification";
        return false;
    }
    if (SSL_CTX_load_verify_locations(context, root.c_str(), nullptr) != 1) {
        error = because("could not read root certificate file \"" + root + "\"");
        return false;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return load_revocations(context, options, error);
}

bool is_numeric_address(const std::string& host) {
    in6_addr buffer;
    return ::inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

}  // namespace

tls_context make_client_side_context(const config::tls_settings& settings, std::string& error) {
    tls_context context = new_context(TLS_server_method());
    if (!context) {
        error = because("could not create a TLS context");
        return nullptr;
    }
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_alpn_select_cb(context.get(), select_alpn, nullptr);
    if (!load_key_pair(context.get(), settings.cert, settings.key, {}, error)) return nullptr;
    if (!settings.client_ca.empty()) {
        if (SSL_CTX_load_verify_locations(context.get(), settings.client_ca.c_str(), nullptr) !=
            1) {
            error = because("could not load client CA file \"" + settings.client_ca + "\"");
            return nullptr;
        }
        SSL_CTX_set_client_CA_list(context.get(),
                                   SSL_load_client_CA_file(settings.client_ca.c_str()));
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    }
    return context;
}

tls_context make_server_side_context(const upstream_options& options, std::string& error) {
    if (options.ssl == ssl_mode::disable) return nullptr;
    tls_context context = new_context(TLS_client_method());
    if (!context) {
        error = because("could not create a TLS context");
        return nullptr;
    }
    if (!set_versions(context.get(), options, error)) return nullptr;
    if (!load_root(context.get(), options, error)) return nullptr;

    const std::string cert =
        options.ssl_cert.empty() ? default_file("postgresql.crt") : options.ssl_cert;
    const bool cert_exists = !cert.empty() && ::access(cert.c_str(), R_OK) == 0;
    if (!options.ssl_cert.empty() && !cert_exists) {
        error = "could not open certificate file \"" + cert + "\": " + std::strerror(errno);
        return nullptr;
    }
    if (cert_exists) {
        const std::string key =
            options.ssl_key.empty() ? default_file("postgresql.key") : options.ssl_key;
        if (!load_key_pair(context.get(), cert, key, options.ssl_password, error)) return nullptr;
    }
    SSL_CTX_set_alpn_protos(context.get(), alpn_list, alpn_bytes);
    return context;
}

bool set_server_name(ssl_st* ssl, const upstream_options& options, const std::string& host,
                     std::string& error) {
    const bool numeric = is_numeric_address(host);
    if (options.ssl_sni && !host.empty() && !numeric) SSL_set_tlsext_host_name(ssl, host.c_str());
    if (options.ssl != ssl_mode::verify_full) return true;
    if (host.empty()) {
        error = "host name must be specified for a verified SSL connection";
        return false;
    }
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = numeric ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                            : X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
    if (set != 1) error = because("could not set the name to verify");
    return set == 1;
}

bool peer_shows_certificate_of(ssl_st* ssl, ssl_ctx_st* context) {
    if (ssl == nullptr || context == nullptr) return false;
    X509* own = SSL_CTX_get0_certificate(context);
    X509* peer = SSL_get0_peer_certificate(ssl);
    return own != nullptr && peer != nullptr && X509_cmp(own, peer) == 0;
}

std::string describe_tls(ssl_st* ssl) {
    if (ssl == nullptr) return "off";
    return std::string(SSL_get_version(ssl)) + " " + SSL_get_cipher_name(ssl);
}

}  // namespace pgfold::net
