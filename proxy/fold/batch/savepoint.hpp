// A savepoint around a batch inside a transaction block, so that nothing the batch does, failing
// included, is left in the client's transaction.
//
//     savepoint, lookups, Sync | rollback and release, Sync
//
// ROLLBACK TO works whether the batch went well or not, and reads leave nothing to roll back: both
// parts go into one write, and recovery costs no further round trip. They stand under different
// Syncs because an error skips to the next one. (Cursors opened before the savepoint stay; locks
// taken by reads are given back.)
//
// A savepoint of that name of the client's own is only hidden meanwhile, not lost.
#pragma once

#include <cstddef>
#include <vector>

namespace pgfold::fold {

// Extended protocol, without Sync. Answered by CloseComplete ParseComplete BindComplete
// CommandComplete CloseComplete. The client's unnamed statement stays; its unnamed portal does not.
void append_savepoint_extended(std::vector<std::byte>& out);
// The same twice, without Sync: ROLLBACK TO, then RELEASE.
void append_rollback_extended(std::vector<std::byte>& out);

// Simple protocol: one Query, answered by CommandComplete ReadyForQuery.
void append_savepoint_simple(std::vector<std::byte>& out);
// One Query of two statements: CommandComplete twice, then ReadyForQuery.
void append_rollback_simple(std::vector<std::byte>& out);

}  // namespace pgfold::fold
