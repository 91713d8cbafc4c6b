// The upstream in force: options, TLS context and, where target_session_attrs asks for it, the
// choice among hosts. Immutable; a reload makes a new one, connections keep theirs.
#pragma once

#include <memory>
#include <string>

#include "proxy/net/name_lookup.hpp"
#include "proxy/net/server_selector.hpp"
#include "proxy/net/tls_context.hpp"
#include "proxy/net/upstream_options.hpp"

namespace pgfold::net {

struct upstream {
    upstream_options options;
    tls_context tls;                            // null when sslmode is disable
    std::shared_ptr<server_selector> selector;  // null when any server will do
    std::shared_ptr<name_lookup> names = std::make_shared<name_lookup>();
};

// Null with the reason in `error`.
[[nodiscard]] std::shared_ptr<const upstream> make_upstream(
    const std::string& conninfo, std::chrono::milliseconds default_connect_timeout,
    std::string& error);

}  // namespace pgfold::net
