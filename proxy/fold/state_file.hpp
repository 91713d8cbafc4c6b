// A small file that is either whole or not there, whatever happens while it is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgfold::fold {

struct file_text {
    enum class status : std::uint8_t { read, absent, failed };
    status outcome = status::failed;
    std::string text;
    std::string problem;
};
[[nodiscard]] file_text read_file(const std::string& path, std::size_t bytes_max);

// By way of a file beside it, which only its owner may read. Why not, or empty.
[[nodiscard]] std::string replace_file(const std::string& path, std::string_view text);

}  // namespace pgfold::fold
