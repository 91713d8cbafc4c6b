// What a statement does to the settings of its session, as far as its text tells.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::session {

enum class setting_effect : std::uint8_t {
    none,
    unknown,  // may change any, in a way that nobody sees
    set,
    set_local,
    reset,
    reset_all,
    discard_all,
    commit,  // also PREPARE TRANSACTION
    rollback,
    rollback_to,
};

struct setting_change {
    setting_effect effect = setting_effect::none;
    std::string name;   // in lower case, with the names that PostgreSQL gives to SET TIME ZONE …
    std::string value;  // as written: two ways to write one value are two values
};

// SET, RESET, DISCARD in all their forms. `unknown` where the text is not one of them.
[[nodiscard]] setting_change parse_setting_change(std::string_view text);

// Of any statement. `statement` is null where it was not analyzed; `arguments` are one for each $n
// of the normalized text.
[[nodiscard]] setting_change setting_change_of(const sql::statement_template* statement,
                                               const freshness::tracked_effects& effects,
                                               std::string_view text,
                                               std::span<const detect::argument> arguments);

}  // namespace pgfold::session
