// What the answers that one session keeps take together (batch.max_bytes).
#pragma once

#include <cstddef>
#include <memory>

namespace pgfold::fold {

class kept_bytes {
public:
    explicit kept_bytes(std::size_t max) : max_(max) {}

    [[nodiscard]] bool take(std::size_t size) {
        if (size > max_ - used_) return false;
        used_ += size;
        return true;
    }
    void give_back(std::size_t size) { used_ -= size; }
    [[nodiscard]] std::size_t used() const { return used_; }

private:
    const std::size_t max_;
    std::size_t used_ = 0;  // never more than max_
};

}  // namespace pgfold::fold
