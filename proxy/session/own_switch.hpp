// pgfold's own settings, with which a client switches folding or the cache off and on for its
// session:
//
//     SET [SESSION | LOCAL] {pgfold.batch | pgfold.cache} {= | TO} {on | off | DEFAULT}
//     RESET {pgfold.batch | pgfold.cache}
//     SHOW {pgfold.batch | pgfold.cache}
//
// RESET ALL and DISCARD ALL, which are the server's to answer, reset them too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/session/setting_statement.hpp"

namespace pgfold::session {

enum class own_switch : std::uint8_t { batch, cache, count_ };

[[nodiscard]] std::string_view name_of(own_switch which);  // of its setting

struct switch_statement {
    setting_command command = setting_command::show;
    own_switch which = own_switch::batch;  // not with reset_all, which is all of them
    std::optional<bool> on;                // set, set_local; none: what it says is no truth value

    [[nodiscard]] bool is_valid() const {
        return on || (command != setting_command::set && command != setting_command::set_local);
    }
};

// nullopt: the text is about something else. Of one statement, which may have comments around it.
[[nodiscard]] std::optional<switch_statement> parse_switch_statement(std::string_view text);

// How they stand in one session.
class own_switches {
public:
    [[nodiscard]] bool is_on(own_switch which) const {
        const position& one = positions_[static_cast<std::size_t>(which)];
        return one.locally.value_or(one.on);
    }
    void throw_over(const switch_statement& statement, bool in_transaction);
    void end_transaction() {
        for (position& one : positions_)
            one.locally.reset();
    }

private:
    struct position {
        bool on = true;
        std::optional<bool> locally;  // until the transaction ends
    };
    std::array<position, static_cast<std::size_t>(own_switch::count_)> positions_;
};

}  // namespace pgfold::session
