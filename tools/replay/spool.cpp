#include "tools/replay/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "proxy/protocol/byte_writer.hpp"

namespace pgfold::replay {

spool::spool() {
    std::error_code failure;
    const std::filesystem::path above = std::filesystem::temp_directory_path(failure);
    std::string name = (failure ? "/tmp" : above.string()) + "/pgfold-replay-XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ >= 0)
        ::unlink(name.c_str());
    else
        note_problem(errno);
}

spool::~spool() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void spool::note_problem(int code) const {
    const std::lock_guard lock(mutex_);
    if (problem_.empty()) problem_ = "the temporary file: " + std::generic_category().message(code);
}

std::string spool::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

std::uint64_t spool::append(std::span<const std::byte> bytes) {
    const std::uint64_t begin = end_.fetch_add(bytes.size());
    for (std::uint64_t at = begin; !bytes.empty();) {
        const ssize_t written =
            ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            note_problem(written < 0 ? errno : ENOSPC);
            break;
        }
        at += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return begin;
}

bool spool::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            note_problem(count < 0 ? errno : EIO);
            return false;
        }
        offset += static_cast<std::uint64_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

void spooled_records::add(std::span<const std::byte> record) {
    protocol::byte_writer(open_)
        .write_uint32(static_cast<std::uint32_t>(record.size()))
        .write_bytes(record);
    ++size_;
    if (open_.size() >= chunk_bytes) flush();
}

void spooled_records::flush() {
    if (open_.empty()) return;
    chunks_.push_back({file_->append(open_), open_.size()});
    open_.clear();
}

void spooled_records::finish() {
    flush();
    std::vector<std::byte>().swap(open_);
}

std::optional<std::span<const std::byte>> spooled_records::reader::next() {
    if (position_ == chunk_.size()) {
        if (next_chunk_ == list_.chunks_.size()) return std::nullopt;
        const auto [offset, size] = list_.chunks_[next_chunk_++];
        chunk_.resize(size);
        position_ = 0;
        if (!list_.file_->read(offset, chunk_)) {
            next_chunk_ = list_.chunks_.size();
            chunk_.clear();
            return std::nullopt;
        }
    }
    protocol::byte_reader header(std::span<const std::byte>(chunk_).subspan(position_));
    const std::size_t size = header.read_uint32();
    const auto record = header.read_bytes(size);
    position_ += 4 + size;
    return record;
}

}  // namespace pgfold::replay
