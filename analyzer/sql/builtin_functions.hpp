// What is known of PostgreSQL's own functions by name. Functions of the database's schema are not
// known here: their volatility is in its catalog.
#pragma once

#include <cstdint>
#include <string_view>

namespace pgfold::sql {

enum class function_volatility : std::uint8_t {
    immutable,
    stable,     // depends on session settings (time zone, DateStyle …) but on nothing else
    clock,      // depends on when it is called: now()
    session,    // depends on who asks and how: current_user, current_setting()
    volatile_,  // may change the database, or answers anew with each call
    unknown,    // not built in, or seldom called by applications
};

// `name` without schema, lower case.
[[nodiscard]] function_volatility builtin_volatility(std::string_view name);
[[nodiscard]] bool is_builtin_aggregate(std::string_view name);

}  // namespace pgfold::sql
