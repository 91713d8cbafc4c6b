// How an answer lies in the shared level, and under which name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cache/shared/shared_level.hpp"

namespace pgfold::cache {

// A digest that nobody can make two texts collide in, unlike the keys within a process.
[[nodiscard]] std::string digest_of(std::span<const std::string_view> parts);

// A value that no other is equal to.
[[nodiscard]] std::string new_token();

struct stored_answer {
    std::vector<std::string_view> tokens;
    std::int64_t born_ms = 0;  // by the shared level's clock: when the server was asked
    std::uint32_t count = 0;
    std::string_view row_description;
    std::string_view rows;
};
[[nodiscard]] std::string encode(const stored_answer& answer);
// Points into `bytes`. nullopt: not ours.
[[nodiscard]] std::optional<stored_answer> decode(std::string_view bytes);

}  // namespace pgfold::cache
