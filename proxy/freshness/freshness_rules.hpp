// The rules by which an answer from memory is never older than it may be. All of them hold; tests
// take them out one by one to show that each is needed and that its absence is noticed. There is no
// setting for that, in no configuration.
#pragma once

#include "analyzer/catalog/statement_effects.hpp"

namespace pgfold::freshness {

// When a write is known to change rows of one key only (key_access.hpp).
struct key_rules {
    bool unchanged_key = true;   // an UPDATE of the key itself is no such write
    bool no_conflict = true;     // nor an INSERT … ON CONFLICT DO UPDATE
    bool self_reference = true;  // nor a DELETE that foreign keys take further in the same table
    bool every_row = true;       // an INSERT of several rows has the keys of all
    bool one_table = true;       // a read of other tables too is none of one key
};

struct freshness_rules {
    // What statements write and read: analyzer/catalog/statement_effects.hpp.
    catalog::effect_rules effects;

    // Of writers.
    bool raise_before_send = true;  // in flight before the statement is sent; off: at its outcome
    bool bump_at_end = true;        // the version goes up; off: it stays
    bool end_before_client_hears = true;     // … before ReadyForQuery is passed on; off: later
    bool hold_until_transaction_end = true;  // off: a statement's outcome ends its writes
    bool settle_by_request = true;      // a ReadyForQuery ends what was sent before it; off: all
    bool keep_over_rollback_to = true;  // off: ROLLBACK TO forgets the transaction's writes
    bool keep_prepared = true;          // PREPARE TRANSACTION; off: forgotten, COMMIT PREPARED too
    bool keep_after_connection_loss = true;  // an open outcome; off: forgotten
    bool outlast_older_writers = true;       // DDL ends after writers that did not know of it

    // Of readers.
    bool check_writers_in_flight = true;
    bool check_versions = true;
    bool check_catalog_generation = true;

    // Of answers that one session fetches and another gives (proxy/fold/session_pool.hpp).
    bool share_with_equal_settings = true;  // role included; off: with all of a database
    bool share_what_is_committed = true;    // off: also from a transaction's snapshot
    bool take_what_is_committed = true;     // off: also inside a transaction with a snapshot

    // Of the cache (proxy/session/caching.cpp).
    bool stamp_before_asking = true;  // off: as the tables stand when the answer is there
    bool key_has_formats = true;      // off: of results, one answer for text and binary
    bool key_has_arguments = true;    // off: one answer to all that differ in them
    bool refuse_dependent = true;     // row-level security, current_user …; off: kept like others
    bool flush_what_is_asked = true;  // off: a flush overlooks what is on its way
    bool check_age = true;            // off: no answer is too old

    key_rules keys;
};

}  // namespace pgfold::freshness
