// What an answer belongs to: database, settings and role, statement, arguments, result formats.
//
// Equal keys mean the same question: arguments are compared as the client wrote them, byte for
// byte, never by value. A literal and a bound value are two keys, and so are '1' and '01'.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/detect/conversation_observer.hpp"
#include "analyzer/sql/hash128.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::cache {

// What a key is made of. Everything points elsewhere.
struct question {
    const void* database = nullptr;  // its database_versions, which outlive all keys
    sql::hash128 settings;           // the session's settings and role
    const sql::statement_template& statement;
    std::span<const detect::argument> arguments;         // one per $n of the template
    std::span<const std::uint32_t> declared_types = {};  // by Parse
    std::span<const std::int16_t> result_formats = {};   // 0, 1 or one per column, as in Bind
};

struct answer_key {
    sql::hash128 hash;  // of everything
    std::string bytes;  // arguments, types and formats: compared as well
};

// False: too long to be a key. `key` is used again, so that a hit costs no allocation.
[[nodiscard]] bool make_key(const question& asked, const sql::keyed_hash& hash, answer_key& key);

// A word that PostgreSQL reads as the time, when it stands where a date is wanted ('now', 'today').
// With one of these among its arguments a query's answer may change by itself.
[[nodiscard]] bool may_name_the_time(std::span<const detect::argument> arguments);

}  // namespace pgfold::cache
