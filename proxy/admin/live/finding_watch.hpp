// Which findings were not there before. Looks at them only when their number has grown.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

class finding_watch {
public:
    static constexpr std::size_t new_ones_max = 16;  // at a time; the list has the rest

    // Since the last call; the first call only learns what there is.
    [[nodiscard]] std::vector<detect::finding> new_ones(const admin_context& context);
    void pause() { started_ = false; }  // nobody wants to know; the next call is a first one

private:
    std::uint64_t count_ = 0;
    bool started_ = false;
    std::unordered_set<std::string> known_;
};

}  // namespace pgfold::admin
