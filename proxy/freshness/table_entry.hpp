// Version and writers in flight of one table, in one word, so that both change at once: a writer
// adds one when it starts, and at its end takes that one away and adds one to the version above.
// So the word only ever grows, no value comes back, and "unchanged" means that nobody has written
// or begun to write.
//
// Memory order. What has to hold: a reader that is answered from memory after some client could
// have seen a write must find the word changed. The writer's addition is sequenced before the
// statement is sent, and whoever learns of the write, learns of it through the server, that is,
// through system calls of the writer's thread and of his own, which order memory on every system
// that pgfold runs on; between threads of pgfold the additions and loads are sequentially
// consistent, which on loads costs nothing over acquire on x86 and next to nothing on ARM.
#pragma once

#include <atomic>
#include <cstdint>

namespace pgfold::freshness {

// Its own cache line: neighbors are other tables' hot words.
class alignas(64) table_entry {
public:
    // Writers at once: a connection counts once per table, however often it writes.
    static constexpr unsigned writer_bits = 20;

    void begin_write() { word_.fetch_add(1); }
    void end_write() { word_.fetch_add(one_version - 1); }
    void forget_write() { word_.fetch_sub(1); }  // breaks the rules: see freshness_rules.hpp
    void bump() { word_.fetch_add(one_version); }

    [[nodiscard]] std::uint64_t load() const { return word_.load(); }
    [[nodiscard]] static bool has_writers(std::uint64_t word) {
        return (word & (one_version - 1)) != 0;
    }
    [[nodiscard]] static std::uint64_t version(std::uint64_t word) { return word >> writer_bits; }

private:
    static constexpr std::uint64_t one_version = std::uint64_t{1} << writer_bits;
    std::atomic<std::uint64_t> word_{0};
};

}  // namespace pgfold::freshness
