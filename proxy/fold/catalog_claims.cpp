#include "proxy/fold/catalog_claims.hpp"

#include <algorithm>
#include <utility>

namespace pgfold::fold {
namespace {

using std::chrono::nanoseconds;

// A session whose server says nothing holds the others up for this long.
constexpr std::chrono::seconds claim_time{5};
// Where there is much DDL, no more than a twentieth of the time goes into reading catalogs; but a
// few may be read at once, so that folding goes on right behind a migration.
constexpr int rest_per_work = 20;
constexpr std::chrono::seconds debt_max{1};
// A question whose session died.
constexpr std::chrono::milliseconds unanswered_cost{100};

}  // namespace

catalog_claim::~catalog_claim() {
    if (owner_ != nullptr) owner_->give_back(database_, number_);
}

void catalog_claim::finish(detect::timestamp now, bool answered) {
    if (owner_ != nullptr)
        std::exchange(owner_, nullptr)->finish(database_, number_, now, answered);
}

std::unique_ptr<catalog_claim> catalog_claims::take(const std::string& database,
                                                    catalog_question question,
                                                    detect::timestamp now) {
    const std::lock_guard lock(mutex_);
    state& one = databases_[database];
    if (one.holder != 0 && now < one.taken + claim_time) return nullptr;
    if (question == catalog_question::recheck && now < one.answered + recheck_interval)
        return nullptr;
    one.debt =
        std::max(one.debt - nanoseconds((now - one.debt_since) / rest_per_work), nanoseconds{0});
    one.debt_since = now;
    if (one.debt > debt_max) return nullptr;
    one.holder = ++last_;
    one.taken = now;
    return std::make_unique<catalog_claim>(*this, database, one.holder);
}

void catalog_claims::finish(const std::string& database, std::uint64_t number,
                            detect::timestamp now, bool answered) {
    const std::lock_guard lock(mutex_);
    state& one = databases_[database];
    if (one.holder != number) return;
    one.holder = 0;
    one.answered = now;
    one.debt += std::clamp<nanoseconds>(now - one.taken, nanoseconds{0}, claim_time);
    // Who refuses once will do so again.
    if (!answered) one.debt += debt_max;
}

void catalog_claims::give_back(const std::string& database, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    state& one = databases_[database];
    if (one.holder != number) return;
    one.holder = 0;
    one.debt += unanswered_cost;
}

}  // namespace pgfold::fold
