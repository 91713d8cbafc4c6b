// pgfold's own setting, with which a client switches folding off and on for its session:
//
//     SET [SESSION | LOCAL] pgfold.batch {= | TO} {on | off | DEFAULT}
//     RESET pgfold.batch
//     SHOW pgfold.batch
//
// RESET ALL and DISCARD ALL, which are the server's to answer, reset it too.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfold::session {

enum class batch_command : std::uint8_t {
    set,
    set_local,
    reset,      // SET … TO DEFAULT too
    reset_all,  // RESET ALL, DISCARD ALL
    show,
    invalid,  // SET to what is no truth value
};

struct batch_switch {
    batch_command command = batch_command::show;
    bool on = false;  // set, set_local
};

// nullopt: the text is about something else. Of one statement, which may have comments around it.
[[nodiscard]] std::optional<batch_switch> parse_batch_switch(std::string_view text);

}  // namespace pgfold::session
