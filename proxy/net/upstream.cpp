#include "proxy/net/upstream.hpp"

#include <utility>

namespace pgfold::net {

std::shared_ptr<const upstream> make_upstream(const std::string& conninfo,
                                              std::chrono::milliseconds default_connect_timeout,
                                              std::string& error) {
    auto options = parse_upstream(conninfo, default_connect_timeout, error);
    if (!options) return nullptr;
    auto result = std::make_shared<upstream>();
    result->options = std::move(*options);
    result->tls = make_server_side_context(result->options, error);
    if (!result->tls && !error.empty()) return nullptr;
    if (result->options.attributes != session_attributes::any) {
        result->selector = std::make_shared<server_selector>(result->options);
    }
    return result;
}

}  // namespace pgfold::net
