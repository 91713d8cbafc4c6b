#include "proxy/net/libpq_parameters.hpp"

#include <algorithm>
#include <iterator>

namespace pgfold::net {
namespace {

constexpr std::string_view handled[] = {"host",
                                        "hostaddr",
                                        "port",
                                        "connect_timeout",
                                        "load_balance_hosts",
                                        "sslnegotiation",
                                        "sslcertmode",
                                        "require_auth",
                                        "sslkeylogfile",
                                        "gssdelegation",
                                        "service",
                                        "replication",
                                        "fallback_application_name",
                                        "min_protocol_version",
                                        "max_protocol_version"};

std::string joined(const std::vector<upstream_host>& hosts,
                   std::string (*field)(const upstream_host&)) {
    std::string text;
    for (const upstream_host& host : hosts) {
        if (&host != &hosts.front()) text += ',';
        text += field(host);
    }
    return text;
}

}  // namespace

libpq_parameters::libpq_parameters(const upstream_options& options) {
    for (const auto& [name, value] : options.parameters)
        if (std::ranges::find(handled, name) == std::end(handled)) set(name, value);
    set("fallback_application_name", "pgfold");
}

void libpq_parameters::set(std::string name, std::string value) {
    std::erase_if(all_, [&](const auto& entry) { return entry.first == name; });
    all_.emplace_back(std::move(name), std::move(value));
}

void libpq_parameters::set_hosts(const std::vector<upstream_host>& hosts) {
    set("host", joined(hosts, [](const upstream_host& host) { return host.host; }));
    const std::string addresses =
        joined(hosts, [](const upstream_host& host) { return host.hostaddr; });
    std::erase_if(all_, [](const auto& entry) { return entry.first == "hostaddr"; });
    if (addresses.find_first_not_of(',') != std::string::npos) set("hostaddr", addresses);
    set("port", joined(hosts, [](const upstream_host& h) { return std::to_string(h.port); }));
}

libpq_parameters::pointers libpq_parameters::get() const {
    pointers made;
    for (const auto& [name, value] : all_) {
        made.names.push_back(name.c_str());
        made.values.push_back(value.c_str());
    }
    made.names.push_back(nullptr);
    made.values.push_back(nullptr);
    return made;
}

}  // namespace pgfold::net
