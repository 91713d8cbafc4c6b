// Follows one replication stream: collects what each transaction changes, tells of it at its
// commit, and knows up to where everything has been told. Sans-I/O.
//
// What it does not understand it takes for a change of everything: a server newer than this may
// send what this has never heard of.
#pragma once

#include <functional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "proxy/freshness/replication/pgoutput.hpp"
#include "proxy/freshness/replication/stream_message.hpp"

namespace pgfold::freshness {

class stream_reader {
public:
    // A transaction that changes more tables changes everything.
    static constexpr std::size_t tables_max = 4096;

    // `transaction`: 0 where it is not known which one.
    using commit_sink = std::function<void(const std::vector<catalog::oid>&, bool everything,
                                           std::uint32_t transaction)>;
    explicit stream_reader(commit_sink sink) : sink_(std::move(sink)) {}

    void on_copy_data(protocol::byte_span bytes);

    // Everything committed up to here has been told.
    [[nodiscard]] wal_position position() const { return position_; }
    // The server waits for a status update.
    [[nodiscard]] bool take_reply_request() { return std::exchange(reply_requested_, false); }
    [[nodiscard]] std::uint64_t commits() const { return commits_; }
    [[nodiscard]] std::uint64_t not_understood() const { return not_understood_; }

private:
    void on_plugin_message(protocol::byte_span message);
    void advance(wal_position to) {
        if (to > position_) position_ = to;
    }

    commit_sink sink_;
    wal_position position_ = 0;
    bool reply_requested_ = false;
    bool in_transaction_ = false;
    std::uint32_t transaction_ = 0;
    bool everything_ = false;  // of the transaction that is coming
    std::unordered_set<catalog::oid> tables_;
    std::vector<catalog::oid> found_;  // in one message
    std::uint64_t commits_ = 0;
    std::uint64_t not_understood_ = 0;
};

}  // namespace pgfold::freshness
