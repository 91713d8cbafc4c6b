// Reads a database's catalog over a client's own server connection, while nothing else is under way
// there: a transaction of its own, of which the client sees nothing. Or only its stamp, to learn
// whether a catalog that is there already still holds.
//
// Flow:
//     if (auto claim = claims.take(database, question, now)) {
//         catalog_load load(…); load.append_request(out); send
//     }
//     load.on_message(frame) … until complete()
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analyzer/catalog/catalog_builder.hpp"
#include "proxy/fold/catalog_claims.hpp"
#include "proxy/freshness/database_versions.hpp"
#include "proxy/protocol/frame_reader.hpp"

namespace pgfold::fold {

class catalog_load {
public:
    // `compared_with`: a catalog whose stamp is asked for; null: all is read.
    catalog_load(std::shared_ptr<freshness::database_versions> target,
                 std::unique_ptr<catalog_claim> claim, int server_version,
                 catalog::catalog_ptr compared_with);
    catalog_load(const catalog_load&) = delete;
    catalog_load& operator=(const catalog_load&) = delete;

    void append_request(std::vector<std::byte>& out) const;
    void on_message(const protocol::frame& f, detect::timestamp now);
    [[nodiscard]] bool complete() const { return ready_seen_ == ready_expected; }
    // The catalog that it was compared with is no longer right.
    [[nodiscard]] bool wants_all() const { return differs_; }

private:
    static constexpr unsigned ready_expected = 2;  // the load, and the ROLLBACK behind it

    void add_row(const protocol::frame& f);
    void settle();

    std::shared_ptr<freshness::database_versions> target_;
    std::unique_ptr<catalog_claim> claim_;
    catalog::catalog_ptr compared_with_;
    std::span<const catalog::catalog_query> queries_;
    std::uint64_t generation_;
    catalog::catalog_builder builder_;
    std::size_t next_ = 0;  // statement that is being answered
    unsigned ready_seen_ = 0;
    bool failed_ = false;
    bool differs_ = false;
};

}  // namespace pgfold::fold
