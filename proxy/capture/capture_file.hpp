// The file that a capture is written to. Grown to its limit, it is renamed FILE.1, in place of an
// older one, and a new FILE begins: twice the limit is what a capture takes of a disk.
//
// What could not be written whole is cut off, so that the file ends with a packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pgfold::capture {

class output_file {
public:
    output_file(std::string path, std::uint64_t bytes_max)
        : path_(std::move(path)), bytes_max_(bytes_max) {}
    ~output_file();
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;

    // What is there already becomes FILE.1. All return why not, or nothing.
    [[nodiscard]] std::string open();
    // One or more whole blocks.
    [[nodiscard]] std::string write(std::span<const std::byte> blocks);
    [[nodiscard]] std::string rotate();
    void close();

    [[nodiscard]] bool is_full() const { return is_regular_ && size_ >= bytes_max_; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    [[nodiscard]] std::string create();

    const std::string path_;
    const std::uint64_t bytes_max_;
    int descriptor_ = -1;
    bool is_regular_ = true;  // others (a pipe) are written to as they are
    std::uint64_t size_ = 0;
};

}  // namespace pgfold::capture
