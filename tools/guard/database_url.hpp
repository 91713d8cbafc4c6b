// Connection URLs as applications write them, which is more than libpq takes: SQLAlchemy's
// postgresql+psycopg2://, JDBC's jdbc:postgresql://, GeoDjango's postgis://, parameters of pools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgfold::guard {

struct server_place {
    std::string host;
    std::uint16_t port = 0;
    std::string socket_directory;  // holds .s.PGSQL.PORT; empty: none
};

// As libpq takes it: scheme and parameters that are not libpq's are left out. A key=value string
// stays as it is. Nothing when the scheme is not one of PostgreSQL's.
[[nodiscard]] std::optional<std::string> libpq_form(std::string_view url);

// The same URL or key=value string with another server: user, password, database and whatever else
// the application has in it stay. What encrypts the connection, or chooses among servers, goes: it
// is between pgfold and PostgreSQL now.
[[nodiscard]] std::string with_server(std::string_view url, const server_place& server);

}  // namespace pgfold::guard
