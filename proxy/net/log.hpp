// The log: lines of text or JSON on stderr, written by a thread of its own so that no query waits
// for a terminal. When that thread cannot keep up the oldest lines are dropped.
//
// Parameter values never appear above debug level.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/config.hpp"

namespace pgfold::net::log {

void start(const config::log_settings& settings);
void set_level(config::log_level level);  // any time, any thread
void stop();                              // writes what is queued

[[nodiscard]] bool is_debug();

void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

// An event with fields. Text: `message key="value" …`; JSON: a member per field. A field that is
// marked as a number is written bare.
struct field {
    std::string_view name;
    std::string value;
    bool is_number = false;
};
void event(config::log_level level, std::string_view message, std::initializer_list<field> fields);

}  // namespace pgfold::net::log
