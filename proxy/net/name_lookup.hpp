// Looks host names up, on a thread of its own: getaddrinfo blocks.
//
// Questions for the same name that wait together are answered by one lookup, so a burst of
// connections costs one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace pgfold::net {

struct looked_up_address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
};

struct lookup_result {
    std::vector<looked_up_address> addresses;  // in getaddrinfo's order; none: `error` says why
    std::string error;
};

// Thread-safe.
class name_lookup {
public:
    name_lookup();
    ~name_lookup();  // waits for a lookup under way
    name_lookup(const name_lookup&) = delete;
    name_lookup& operator=(const name_lookup&) = delete;

    // Calls back once, on the lookup's thread; not at all when this is destroyed first. The
    // callback must not block.
    void find(std::string name, std::uint16_t port,
              std::function<void(const lookup_result&)> callback);

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace pgfold::net
