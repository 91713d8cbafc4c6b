#include "tools/replay/answer_store.hpp"

#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::replay {
namespace {

void write_uint64(protocol::byte_writer& out, std::uint64_t value) {
    out.write_uint32(static_cast<std::uint32_t>(value >> 32))
        .write_uint32(static_cast<std::uint32_t>(value));
}

std::uint64_t read_uint64(protocol::byte_reader& in) {
    const std::uint64_t high = in.read_uint32();
    return high << 32 | in.read_uint32();
}

void write_text(protocol::byte_writer& out, std::string_view text) {
    out.write_uint32(static_cast<std::uint32_t>(text.size())).write_bytes(protocol::as_bytes(text));
}

std::string read_text(protocol::byte_reader& in) {
    return std::string(protocol::as_text(in.read_bytes(in.read_uint32())));
}

enum flag : std::uint8_t { is_ended = 1, is_skipped = 2, is_truncated = 4 };

}  // namespace

std::uint32_t replay_storage::number_of(const sql::template_ptr& statement) {
    const std::lock_guard lock(mutex_);
    const auto known = numbers_.find(statement->normalized_text);
    if (known != numbers_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(statements_.size());
    statements_.push_back(statement);
    numbers_.emplace(statement->normalized_text, number);
    return number;
}

sql::template_ptr replay_storage::statement(std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    return statements_.at(number);
}

void answer_store::add(const answer& one) {
    buffer_.clear();
    protocol::byte_writer out(buffer_);
    out.write_uint32(storage_->number_of(one.statement))
        .write_uint8(static_cast<std::uint8_t>((one.ended ? is_ended : 0) |
                                               (one.skipped ? is_skipped : 0) |
                                               (one.truncated ? is_truncated : 0)));
    write_uint64(out, static_cast<std::uint64_t>(one.duration.count()));
    write_uint64(out, one.row_count);
    write_uint64(out, one.digest);
    write_text(out, one.command_tag);
    write_text(out, one.sqlstate);
    out.write_uint32(static_cast<std::uint32_t>(one.rows.size()));
    for (const std::string& row : one.rows)
        write_text(out, row);
    records_.add(buffer_);
    waited_ += one.duration;
    has_writes_ = has_writes_ || !one.statement->tables_written.empty();
}

std::optional<answer> answer_store::reader::next() {
    const auto record = records_.next();
    if (!record) return std::nullopt;
    protocol::byte_reader in(*record);
    answer one;
    one.statement = store_.storage_->statement(in.read_uint32());
    const std::uint8_t flags = in.read_uint8();
    one.ended = (flags & is_ended) != 0;
    one.skipped = (flags & is_skipped) != 0;
    one.truncated = (flags & is_truncated) != 0;
    one.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(read_uint64(in)));
    one.row_count = read_uint64(in);
    one.digest = read_uint64(in);
    one.command_tag = read_text(in);
    one.sqlstate = read_text(in);
    for (std::uint32_t left = in.read_uint32(); left > 0 && in.ok(); --left)
        one.rows.push_back(read_text(in));
    return one;
}

}  // namespace pgfold::replay
