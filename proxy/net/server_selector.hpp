// Finds the server that target_session_attrs asks for.
//
// Authentication is relayed, so pgfold cannot ask a server what it is over a client's connection
// before the client is in. libpq does the choosing instead, on a thread of its own, with the user,
// password and database of the upstream URL; the answer holds for a moment, so that a burst of
// connections costs one probe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "proxy/net/upstream_options.hpp"

namespace pgfold::net {

struct selection {
    bool found = false;
    upstream_host host;  // with hostaddr, where libpq connected to an address
    std::string error;   // why nothing was found
};

// Thread-safe.
class server_selector {
public:
    explicit server_selector(upstream_options options);
    ~server_selector();  // waits for a probe under way
    server_selector(const server_selector&) = delete;
    server_selector& operator=(const server_selector&) = delete;

    // Calls back exactly once, at once when the answer is known, else on the probing thread. The
    // callback must not block.
    void select(std::function<void(const selection&)> callback);

    // The chosen server could not be reached: probe again.
    void invalidate();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::net
