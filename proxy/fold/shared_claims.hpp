// What one batch asks for on behalf of all sessions of a pool. Ends with the batch: what has not
// been published by then is nobody's again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/session_pool.hpp"

namespace pgfold::fold {

class shared_claims {
public:
    // `question`: of the group that asks. `stamp`: before the batch is sent, which is now.
    shared_claims(std::shared_ptr<session_pool> pool, std::string question, freshness::stamp stamp,
                  detect::timestamp now, detect::timestamp oldest,
                  std::shared_ptr<std::atomic<std::uint64_t>> used);
    ~shared_claims();
    shared_claims(const shared_claims&) = delete;
    shared_claims& operator=(const shared_claims&) = delete;

    // False: another session has asked for that key, or has its answer.
    [[nodiscard]] bool add(const key_tuple& key);
    void expect(kept_answer* answer);  // of the key added last
    void take_back();                  // the key added last
    void release_all();

    // What has come since; while the answers are in place.
    void publish(const answer_group& group);

private:
    struct claimed {
        std::string question;
        kept_answer* answer = nullptr;
    };

    const std::shared_ptr<session_pool> pool_;
    const std::string question_;
    const freshness::stamp stamp_;
    const detect::timestamp sent_, oldest_;
    const std::uint64_t number_;
    const std::shared_ptr<std::atomic<std::uint64_t>> used_;
    std::shared_ptr<const std::vector<std::byte>> row_description_;
    std::vector<claimed> claims_;
    std::size_t next_ = 0;  // to be published
};

}  // namespace pgfold::fold
