// Reads a database's catalog over a client's own server connection, while nothing else is under way
// there: a transaction of its own, of which the client sees nothing.
//
// Flow:
//     if (claims.take(database, now)) { catalog_load load(…); load.append_request(out); send }
//     load.on_message(frame) … until complete()
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/catalog/catalog_builder.hpp"
#include "analyzer/catalog/catalog_directory.hpp"
#include "analyzer/detect/conversation_observer.hpp"
#include "proxy/protocol/frame_reader.hpp"

namespace pgfold::fold {

// So that one session loads a database's catalog, not all of them at once. Thread-safe.
class catalog_claims {
public:
    // False: another session is at it, or one was a moment ago.
    [[nodiscard]] bool take(const std::string& database, detect::timestamp now);
    void give_back(const std::string& database, detect::timestamp now);
    // Whoever took it has gone before it was done.
    void abandon(const std::string& database);

private:
    std::mutex mutex_;
    struct claim {
        detect::timestamp taken, until;
    };
    std::map<std::string, claim> taken_;
};

class catalog_load {
public:
    catalog_load(std::shared_ptr<catalog::database_catalog> target,
                 std::shared_ptr<catalog_claims> claims, int server_version);
    ~catalog_load();
    catalog_load(const catalog_load&) = delete;
    catalog_load& operator=(const catalog_load&) = delete;

    void append_request(std::vector<std::byte>& out) const;
    void on_message(const protocol::frame& f, detect::timestamp now);
    [[nodiscard]] bool complete() const { return ready_seen_ == ready_expected; }

private:
    static constexpr unsigned ready_expected = 2;  // the load, and the ROLLBACK behind it

    void add_row(const protocol::frame& f);

    std::shared_ptr<catalog::database_catalog> target_;
    std::shared_ptr<catalog_claims> claims_;
    std::span<const catalog::catalog_query> queries_;
    std::uint64_t generation_;
    catalog::catalog_builder builder_;
    std::size_t next_ = 0;  // statement that is being answered
    unsigned ready_seen_ = 0;
    bool failed_ = false;
};

}  // namespace pgfold::fold
