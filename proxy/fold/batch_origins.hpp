// When each batch was sent, and what it rests on: whether an answer that it brought may still be
// given.
//
// With batch.mode: observe nothing is given, so age does not matter; and a query may be taken for
// what it says where no catalog is known, since none is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "proxy/fold/fold_settings.hpp"
#include "proxy/fold/kept_answers.hpp"
#include "proxy/fold/shared_answers.hpp"
#include "proxy/freshness/database_versions.hpp"
#include "proxy/freshness/known_effects.hpp"

namespace pgfold::fold {

class batch_origins {
public:
    static constexpr std::size_t origins_max = 64;

    // `settings` must outlive this.
    batch_origins(const fold_settings& settings,
                  std::shared_ptr<freshness::database_versions> versions)
        : settings_(settings), versions_(std::move(versions)) {}

    // Before a batch is composed; add() if it asks for any answers.
    [[nodiscard]] std::uint64_t next_number() { return ++last_; }
    void add(std::uint64_t number, detect::timestamp sent, freshness::stamp stamp);
    // Of another session's batch that has brought this.
    [[nodiscard]] std::uint64_t number_of(const shared_answers::found& found);
    void clear() { origins_.clear(); }

    [[nodiscard]] bool any_so_far() const { return last_ > 0; }
    [[nodiscard]] detect::timestamp newest_sent() const {
        return origins_.empty() ? detect::timestamp{} : origins_.back().sent;
    }

    // Its tables are known, so that writes to them can be noticed.
    [[nodiscard]] bool can_follow(const freshness::tracked_effects& effects) const;
    [[nodiscard]] bool still_true(const freshness::stamp& stamp) const;
    [[nodiscard]] bool is_too_old(const kept_answer& answer, detect::timestamp now) const;
    [[nodiscard]] bool is_fresh(const kept_answer& answer, detect::timestamp now) const;
    // No catalog is known, and none will be.
    [[nodiscard]] bool goes_by_text() const {
        return observes() && versions_->catalog().current().known == nullptr;
    }

private:
    struct origin {
        std::uint64_t number = 0;
        detect::timestamp sent;
        freshness::stamp stamp;
        std::uint64_t claim = 0;  // another session's batch
    };
    [[nodiscard]] bool observes() const { return settings_.mode == fold_mode::observe; }
    [[nodiscard]] const origin* find(std::uint64_t number) const;
    [[nodiscard]] bool in_time(const origin& batch, detect::timestamp now) const {
        return observes() || now - batch.sent <= settings_.age_max;
    }
    void push(origin batch);

    const fold_settings& settings_;
    std::shared_ptr<freshness::database_versions> versions_;
    std::deque<origin> origins_;  // of the batches whose answers may be kept
    std::uint64_t last_ = 0;
};

}  // namespace pgfold::fold
