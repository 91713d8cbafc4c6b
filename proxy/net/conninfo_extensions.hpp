// Connection parameters that are newer than the libpq that pgfold is built with. libpq refuses what
// it does not know, so they are taken out of the string before it sees it.
#pragma once

#include <map>
#include <string>

namespace pgfold::net {

// Removes load_balance_hosts, sslnegotiation, sslcertmode, require_auth and the like from a URL or
// key=value string and returns them by name.
[[nodiscard]] std::map<std::string, std::string> take_extensions(std::string& conninfo);

}  // namespace pgfold::net
