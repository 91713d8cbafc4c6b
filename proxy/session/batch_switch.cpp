#include "proxy/session/batch_switch.hpp"

#include <string>

#include "proxy/session/setting_statement.hpp"

namespace pgfold::session {
namespace {

constexpr std::string_view name = "pgfold.batch";

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

std::optional<batch_switch> parse_batch_switch(std::string_view text) {
    const auto statement = parse_setting_statement(text);
    if (!statement) return std::nullopt;
    if (statement->command == setting_command::reset_all)
        return batch_switch{batch_command::reset_all};
    if (statement->name != name) return std::nullopt;
    switch (statement->command) {
        case setting_command::show:
            return batch_switch{batch_command::show};
        case setting_command::reset:
        case setting_command::reset_all:
            return batch_switch{batch_command::reset};
        case setting_command::set:
        case setting_command::set_local:
            break;
    }
    const auto on = truth_of(statement->value);
    if (!on) return batch_switch{batch_command::invalid};
    const bool local = statement->command == setting_command::set_local;
    return batch_switch{local ? batch_command::set_local : batch_command::set, *on};
}

}  // namespace pgfold::session
