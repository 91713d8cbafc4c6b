// The upstream as libpq's keywords and values: for connections of pgfold's own, with the login of
// the upstream URL.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/net/upstream_options.hpp"

namespace pgfold::net {

class libpq_parameters {
public:
    // Those of the URL, less what this libpq may not know or what pgfold takes care of itself:
    // hosts and connect_timeout have to be set.
    explicit libpq_parameters(const upstream_options& options);

    void set(std::string name, std::string value);  // over what the URL says
    void set_hosts(const std::vector<upstream_host>& hosts);

    // As PQconnectdbParams wants them, while this lives and is not changed.
    struct pointers {
        std::vector<const char*> names, values;
    };
    [[nodiscard]] pointers get() const;

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

}  // namespace pgfold::net
