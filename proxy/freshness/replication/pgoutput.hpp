// Messages of the pgoutput plugin, protocol version 1 (manual: "Logical Replication Message
// Formats"), as far as freshness needs them: which relations a transaction has changed, and where
// it ends. Rows are not looked at.
//
// Version 1 is what every server since 10 speaks; a transaction comes as a whole, after its commit,
// so there are no changes that might still be rolled back. The later versions' streamed, prepared
// and parallel transactions would only bring news that no version may be raised for yet.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/catalog/relation.hpp"
#include "proxy/freshness/replication/wal_position.hpp"
#include "proxy/protocol/byte_reader.hpp"

namespace pgfold::freshness {

enum class change_kind : std::uint8_t {
    begin,     // of `transaction`; `position` is where its commit stands
    commit,    // `position` is the end of it
    change,    // INSERT, UPDATE, DELETE or TRUNCATE of `relations`
    harmless,  // Relation, Type, Origin, Message: changes no row
    unknown,   // not such a message: it may be any change
};

struct pgoutput_message {
    change_kind kind = change_kind::unknown;
    wal_position position = 0;
    std::uint32_t transaction = 0;
};

// `relations` gets what a change is of; it is not cleared.
[[nodiscard]] pgoutput_message parse_pgoutput(protocol::byte_span message,
                                              std::vector<catalog::oid>& relations);

}  // namespace pgfold::freshness
