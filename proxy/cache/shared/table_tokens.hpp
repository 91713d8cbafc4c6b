// Which of a database's tokens in the shared level are as new as what this process has seen
// written.
//
//     due()        tokens that have to be replaced: their tables have been written since
//     on_renewed() the shared level has confirmed it
//     names_of()   tokens that an answer rests on; none where one of them is not new enough
//
// A table that was never written here counts as new: its token may be older than this process.
// After a change of the server behind the shared level nothing does that was ever written.
//
// Safe to use from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/freshness/database_versions.hpp"

namespace pgfold::cache {

class table_tokens {
public:
    table_tokens(std::shared_ptr<freshness::database_versions> database, std::string prefix);

    // Null where no table is meant, but all.
    struct renewal {
        const freshness::table_entry* table = nullptr;
        std::string name;
        std::uint64_t word = 0;
    };
    // `flushes` of the cache: one concerns everything.
    [[nodiscard]] std::vector<renewal> due(std::uint64_t flushes);
    void on_renewed(const renewal& done);
    void forget();
    [[nodiscard]] std::vector<std::string> names_of(const freshness::read_set& tables,
                                                    std::uint64_t flushes) const;

private:
    struct token {
        std::string name;
        std::uint64_t renewed = 0;  // what the table's word was
    };
    [[nodiscard]] std::uint64_t word_of_everything(std::uint64_t flushes) const;

    const std::shared_ptr<freshness::database_versions> database_;
    const std::string prefix_;
    mutable std::mutex mutex_;
    token everything_;
    std::unordered_map<const freshness::table_entry*, token> tables_;
};

}  // namespace pgfold::cache
