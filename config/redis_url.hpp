// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], as redis-cli -u takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::config {

struct redis_url {
    std::string host;
    std::uint16_t port = 6379;
    std::string user, password;
    std::uint32_t database = 0;
};

struct redis_url_result {
    redis_url value;
    std::string error;  // empty: none
};
[[nodiscard]] redis_url_result parse_redis_url(std::string_view text);

// Without the password.
[[nodiscard]] std::string masked_redis_url(const std::string& text);

}  // namespace pgfold::config
