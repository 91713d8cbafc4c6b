#include "proxy/session/own_switch.hpp"

#include <string>

namespace pgfold::session {
namespace {

// As PostgreSQL reads a truth value: any beginning of the word that is clear.
std::optional<bool> truth_of(std::string value) {
    for (char& c : value)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    const auto begins = [&](std::string_view word, std::size_t least) {
        return value.size() >= least && word.starts_with(value);
    };
    if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || value == "1") return true;
    if (begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0") return false;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(own_switch which) {
    return which == own_switch::cache ? "pgfold.cache" : "pgfold.batch";
}

std::optional<switch_statement> parse_switch_statement(std::string_view text) {
    const auto statement = parse_setting_statement(text);
    if (!statement) return std::nullopt;
    switch_statement found{.command = statement->command};
    if (found.command == setting_command::reset_all) return found;
    if (statement->name == name_of(own_switch::cache))
        found.which = own_switch::cache;
    else if (statement->name != name_of(own_switch::batch))
        return std::nullopt;
    found.on = truth_of(statement->value);
    return found;
}

void own_switches::throw_over(const switch_statement& statement, bool in_transaction) {
    if (statement.command == setting_command::reset_all) {
        positions_ = {};
        return;
    }
    position& one = positions_[static_cast<std::size_t>(statement.which)];
    switch (statement.command) {
        case setting_command::set:
            if (statement.on) one = {*statement.on, std::nullopt};
            break;
        case setting_command::set_local:
            if (in_transaction && statement.on) one.locally = statement.on;
            break;
        case setting_command::reset:
            one = {};
            break;
        case setting_command::reset_all:
        case setting_command::show:
            break;
    }
}

}  // namespace pgfold::session
