// Why a statement whose answers may be kept was asked of the server all the same, or its answer not
// kept this time. Counted, for people to see: a cache without hits says what stands in its way.
#pragma once

#include <cstdint>
#include <string_view>

namespace pgfold::cache {

enum class bypass : std::uint8_t {
    switched_off,         // by the client
    standby,              // its writers are not seen
    unfollowed_sessions,  // freshness::unfollowed_session
    temporary_tables,     // of the session hide permanent ones
    after_write,          // the transaction has done more than read
    failed_transaction,
    isolation_unknown,  // of the transaction; asked for
    isolation_level,    // a snapshot of its own
    begin_in_front,     // under the same Sync
    pipelined,          // something before it is still to be answered
    settings_unknown,   // something may have changed them; asked for
    arguments_unknown,  // more than the session looks at
    names_the_time,     // 'now', 'today' …
    busy_table,         // cache.auto: written too often
    formats_unknown,
    key_too_long,
    being_written,  // a table that it depends on
    // Asked, but not kept:
    overtaken,  // by a write of a table that it depends on
    flushed,
    not_plain_rows,  // or too many bytes
    not_admitted,    // by the store
    count_
};

[[nodiscard]] constexpr std::string_view to_string(bypass reason) {
    switch (reason) {
        case bypass::switched_off:
            return "switched_off";
        case bypass::standby:
            return "standby";
        case bypass::unfollowed_sessions:
            return "unfollowed_sessions";
        case bypass::temporary_tables:
            return "temporary_tables";
        case bypass::after_write:
            return "after_write";
        case bypass::failed_transaction:
            return "failed_transaction";
        case bypass::isolation_unknown:
            return "isolation_unknown";
        case bypass::isolation_level:
            return "isolation_level";
        case bypass::begin_in_front:
            return "begin_in_front";
        case bypass::pipelined:
            return "pipelined";
        case bypass::settings_unknown:
            return "settings_unknown";
        case bypass::arguments_unknown:
            return "arguments_unknown";
        case bypass::names_the_time:
            return "names_the_time";
        case bypass::busy_table:
            return "busy_table";
        case bypass::formats_unknown:
            return "formats_unknown";
        case bypass::key_too_long:
            return "key_too_long";
        case bypass::being_written:
            return "being_written";
        case bypass::overtaken:
            return "overtaken";
        case bypass::flushed:
            return "flushed";
        case bypass::not_plain_rows:
            return "not_plain_rows";
        case bypass::not_admitted:
            return "not_admitted";
        case bypass::count_:
            break;
    }
    return "";
}

}  // namespace pgfold::cache
