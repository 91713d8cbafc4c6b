#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::net {

// host:port with brackets around a v6 address.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

}  // namespace pgfold::net
