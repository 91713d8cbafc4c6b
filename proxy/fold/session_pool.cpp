#include "proxy/fold/session_pool.hpp"

#include <algorithm>

namespace pgfold::fold {

std::shared_ptr<session_pool> session_pools::of(const std::string& identity,
                                                std::size_t bytes_max) {
    const std::lock_guard lock(mutex_);
    auto& known = pools_[identity];
    if (auto pool = known.lock()) return pool;
    auto pool = std::make_shared<session_pool>(bytes_max);
    known = pool;
    if (pools_.size() >= swept_at_) {
        std::erase_if(pools_, [](const auto& each) { return each.second.expired(); });
        swept_at_ = std::max<std::size_t>(64, pools_.size() * 2);
    }
    return pool;
}

}  // namespace pgfold::fold
