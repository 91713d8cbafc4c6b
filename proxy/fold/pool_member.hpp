// One session's part in the pool that it folds with (session_pool.hpp): whether it may take part
// just now, which questions a lookup of its may be, and how long it has waited for others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/fold/asked_lookup.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/session_pool.hpp"
#include "proxy/fold/shared_claims.hpp"

namespace pgfold::fold {

class pool_member {
public:
    // A session that holds something up may be one that another waits for.
    static constexpr std::chrono::seconds wait_max{1};

    // `shares`: false with batch.mode: observe, which gives and takes nothing.
    pool_member(std::shared_ptr<association_table> associations, const std::string& database,
                bool shares = true)
        : associations_(std::move(associations)), database_(database), shares_(shares) {}
    ~pool_member() { leave(); }
    pool_member(const pool_member&) = delete;
    pool_member& operator=(const pool_member&) = delete;

    void use_waker(std::shared_ptr<cache::waker> own) { waker_ = std::move(own); }
    void join(std::shared_ptr<session_pool> pool);
    void leave();
    // Whether what the server would answer to this session just now rests on nothing that only
    // this session sees: no writes of its open transaction, no temporary tables in front of others.
    void allow(bool allowed) { allowed_ = allowed; }

    [[nodiscard]] session_pool* pool() const { return pool_.get(); }
    [[nodiscard]] bool is_active() const {
        return shares_ && pool_ && waker_ && allowed_ &&
               pool_->members.load(std::memory_order_relaxed) > 1;
    }

    // What a lookup of that statement may be asked by, without its key.
    struct candidate {
        association_ptr known;
        std::vector<std::uint16_t> key_arguments;
    };
    [[nodiscard]] const std::vector<candidate>& candidates(const asked_lookup& asked);

    [[nodiscard]] shared_answers::found find(const std::string& question, detect::timestamp now,
                                             std::chrono::nanoseconds age_max);
    [[nodiscard]] std::unique_ptr<shared_claims> claim_for(answer_group& group,
                                                           const freshness::stamp& stamp,
                                                           detect::timestamp now,
                                                           std::chrono::nanoseconds age_max) const;

    // False: it has waited long enough.
    [[nodiscard]] bool wait(detect::timestamp now, detect::timestamp until);
    void end_wait() { waits_until_.reset(); }
    // Then the server is asked after all.
    [[nodiscard]] std::optional<detect::timestamp> waits_until() const { return waits_until_; }

private:
    struct known_child {
        sql::template_ptr statement;
        std::uint64_t as_of = 0;  // association_table::learned()
        std::vector<candidate> candidates;
    };
    static constexpr std::size_t children_max = 16;

    const std::shared_ptr<association_table> associations_;
    const std::string& database_;
    std::shared_ptr<cache::waker> waker_;
    std::shared_ptr<session_pool> pool_;
    const bool shares_;
    bool allowed_ = false;
    std::vector<known_child> children_;
    std::optional<detect::timestamp> waits_until_;
};

}  // namespace pgfold::fold
