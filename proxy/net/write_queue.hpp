// Bytes that a socket did not take yet. Empty nearly always, so it holds no memory while empty.
//
// The bytes are contiguous: OpenSSL wants to see a refused write again, at least as long.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pgfold::net {

class write_queue {
public:
    [[nodiscard]] bool empty() const { return head_ == bytes_.size(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size() - head_; }
    [[nodiscard]] std::span<const std::byte> front() const {
        return std::span(bytes_).subspan(head_);
    }

    void append(std::span<const std::byte> bytes);
    void consume(std::size_t count);  // at most size()
    void clear();                     // gives the memory back

private:
    std::vector<std::byte> bytes_;
    std::size_t head_ = 0;  // bytes before it are written
};

}  // namespace pgfold::net
