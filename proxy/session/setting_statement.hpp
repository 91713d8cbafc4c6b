// SET, RESET and SHOW of one setting, as PostgreSQL reads them:
//
//     SET [SESSION | LOCAL] name {= | TO} {value | 'value' | DEFAULT}
//     RESET {name | ALL}        DISCARD ALL
//     SHOW name
//
// For pgfold's own settings, whose names hold a dot that no other setting of the server has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgfold::session {

enum class setting_command : std::uint8_t {
    set,
    set_local,
    reset,      // SET … TO DEFAULT too
    reset_all,  // RESET ALL, DISCARD ALL
    show,
};

struct setting_statement {
    setting_command command = setting_command::show;
    std::string name;   // in lower case; empty with reset_all
    std::string value;  // set, set_local: as written, without quotes
};

// nullopt: something else, or a SET of several values. Of one statement, which may have comments
// around it.
[[nodiscard]] std::optional<setting_statement> parse_setting_statement(std::string_view text);

}  // namespace pgfold::session
