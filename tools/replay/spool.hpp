// Records that are written once and read in their order, in a file without a name: a recording may
// be larger than the memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pgfold::replay {

class spool {
public:
    spool();  // below $TMPDIR, or /tmp
    ~spool();
    spool(const spool&) = delete;
    spool& operator=(const spool&) = delete;

    // Any thread. Where it goes. What cannot be written is told by problem().
    [[nodiscard]] std::uint64_t append(std::span<const std::byte> bytes);
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> bytes) const;
    [[nodiscard]] std::string problem() const;

private:
    void note_problem(int code) const;

    int descriptor_ = -1;
    std::atomic<std::uint64_t> end_{0};
    mutable std::mutex mutex_;
    mutable std::string problem_;  // the first one
};

// One list of such records. Many lists share a file, and each is written by one thread.
class spooled_records {
public:
    spooled_records() = default;
    explicit spooled_records(std::shared_ptr<spool> file) : file_(std::move(file)) {}

    void add(std::span<const std::byte> record);
    void finish();  // before it is read
    [[nodiscard]] std::uint64_t size() const { return size_; }

    class reader {
    public:
        // The list must outlive it.
        explicit reader(const spooled_records& list) : list_(list) {}
        // Valid until the next call.
        [[nodiscard]] std::optional<std::span<const std::byte>> next();

    private:
        const spooled_records& list_;
        std::vector<std::byte> chunk_;
        std::size_t next_chunk_ = 0, position_ = 0;
    };

private:
    static constexpr std::size_t chunk_bytes = 16 * 1024;
    struct chunk {
        std::uint64_t offset = 0, size = 0;
    };
    void flush();

    std::shared_ptr<spool> file_;
    std::vector<std::byte> open_;  // what is not in the file yet
    std::vector<chunk> chunks_;
    std::uint64_t size_ = 0;
};

}  // namespace pgfold::replay
