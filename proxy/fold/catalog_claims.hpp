// So that one session asks for a database's catalog, not all of them at once, and not too often.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::fold {

enum class catalog_question : std::uint8_t {
    load,     // all of it
    compare,  // whether the one from before DDL still holds
    recheck,  // whether the one in force does: DDL may come from beside pgfold
};

class catalog_claims;

// Given back with the object, so also by a session that dies while it waits for the answer.
class catalog_claim {
public:
    catalog_claim(catalog_claims& owner, std::string database, std::uint64_t number)
        : owner_(&owner), database_(std::move(database)), number_(number) {}
    ~catalog_claim();
    catalog_claim(const catalog_claim&) = delete;
    catalog_claim& operator=(const catalog_claim&) = delete;

    void finish(detect::timestamp now, bool answered);

private:
    catalog_claims* owner_;
    const std::string database_;
    const std::uint64_t number_;
};

class catalog_claims {
public:
    static constexpr std::chrono::seconds recheck_interval{60};

    // Null: another session is at it, or it was done a moment ago. Must not outlive this.
    [[nodiscard]] std::unique_ptr<catalog_claim> take(const std::string& database,
                                                      catalog_question question,
                                                      detect::timestamp now);

private:
    friend class catalog_claim;

    // Time spent on answers is a debt that is paid back slowly.
    struct state {
        std::uint64_t holder = 0;  // 0: nobody
        detect::timestamp taken{}, answered{};
        std::chrono::nanoseconds debt{0};
        detect::timestamp debt_since{};
    };
    void finish(const std::string& database, std::uint64_t number, detect::timestamp now,
                bool answered);
    void give_back(const std::string& database, std::uint64_t number);

    std::mutex mutex_;
    std::map<std::string, state> databases_;
    std::uint64_t last_ = 0;
};

}  // namespace pgfold::fold
