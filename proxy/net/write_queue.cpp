#include "proxy/net/write_queue.hpp"

#include <cassert>

namespace pgfold::net {

void write_queue::append(std::span<const std::byte> bytes) {
    // Move the rest to the front only when that frees more than it moves: linear in total.
    if (head_ > 0 && head_ >= size()) {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void write_queue::consume(std::size_t count) {
    assert(count <= size());
    head_ += count;
    if (empty()) clear();
}

void write_queue::clear() {
    std::vector<std::byte>().swap(bytes_);
    head_ = 0;
}

}  // namespace pgfold::net
