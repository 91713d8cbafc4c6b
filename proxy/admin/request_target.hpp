// The target of a request: path and query, decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgfold::admin {

struct request_target {
    std::string path;
    std::vector<std::pair<std::string, std::string>> query;  // in order

    // The last value of `name`, as a later one overrides; empty when it was not given.
    [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

// nullopt: not an absolute path, or an escape that is none.
[[nodiscard]] std::optional<request_target> parse_request_target(std::string_view target);

}  // namespace pgfold::admin
