#include "tools/replay/recorded_steps.hpp"

#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::replay {

void recorded_steps::add(const recorded_step& step) {
    const auto at = static_cast<std::uint64_t>(step.at.time_since_epoch().count());
    buffer_.clear();
    protocol::byte_writer(buffer_)
        .write_uint32(static_cast<std::uint32_t>(at >> 32))
        .write_uint32(static_cast<std::uint32_t>(at))
        .write_uint32(step.ready_seen)
        .write_uint8(step.copy_seen ? 1 : 0)
        .write_bytes(step.bytes);
    records_.add(buffer_);
    bytes_ += step.bytes.size();
    end_with_goodbye_ = step.bytes.size() == 5 && step.bytes.front() == std::byte{'X'};
}

std::optional<recorded_step> recorded_steps::reader::next() {
    const auto record = records_.next();
    if (!record) return std::nullopt;
    protocol::byte_reader in(*record);
    recorded_step step;
    const std::uint64_t high = in.read_uint32();
    const std::uint64_t at = high << 32 | in.read_uint32();
    step.at = timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(at)));
    step.ready_seen = in.read_uint32();
    step.copy_seen = in.read_uint8() != 0;
    step.bytes = in.read_rest();
    return step;
}

}  // namespace pgfold::replay
