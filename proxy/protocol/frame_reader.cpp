#include "proxy/protocol/frame_reader.hpp"

namespace pgfold::protocol {

namespace {
// An assembly buffer that has grown past this is given back, so that one long statement does not
// cost its connection memory for ever.
constexpr std::size_t assembly_bytes_kept = 4 * 1024;
}  // namespace

bool frame_reader::gather_header() {
    const auto count = std::min(rest_.size(), header_bytes - header_have_);
    std::copy_n(rest_.begin(), count, header_.begin() + header_have_);
    header_have_ = static_cast<std::uint8_t>(header_have_ + count);
    rest_ = rest_.subspan(count);
    return header_have_ == header_bytes;
}

frame frame_reader::assemble(std::size_t size) {
    if (assembled_.capacity() > assembly_bytes_kept && size <= assembly_bytes_kept)
        std::vector<std::byte>().swap(assembled_);
    assembled_.assign(rest_.begin(), rest_.end());
    rest_ = {};
    assembled_size_ = size;
    state_ = reading::body;
    return {};
}

frame frame_reader::resume() {
    if (state_ == reading::malformed) return {frame_state::malformed, current_.type, 0, {}};
    const auto count = std::min(rest_.size(), assembled_size_ - assembled_.size());
    assembled_.insert(assembled_.end(), rest_.begin(),
                      rest_.begin() + static_cast<std::ptrdiff_t>(count));
    rest_ = rest_.subspan(count);
    if (assembled_.size() < assembled_size_) return {};
    state_ = reading::header;
    current_.body = assembled_;
    skip(current_.body_bytes - assembled_size_);
    return current_;
}

bool frame_reader::finish_skip() {
    const auto count = std::min(rest_.size(), skip_bytes_);
    rest_ = rest_.subspan(count);
    skip_bytes_ -= count;
    if (skip_bytes_ != 0) return false;
    state_ = reading::header;
    return true;
}

}  // namespace pgfold::protocol
