// Reading the query parameters that several endpoints share.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/request_target.hpp"

namespace pgfold::admin {

inline constexpr std::size_t limit_default = 100;
inline constexpr std::size_t limit_max = 10'000;

// Absent: the default. nullopt: not a number from 1 to limit_max.
[[nodiscard]] std::optional<std::size_t> read_limit(const request_target& target);
inline constexpr const char* limit_problem = "limit must be a whole number from 1 to 10000";

// A filter on one field: absent matches all; `*` stands for any run of characters.
class text_filter {
public:
    text_filter(const request_target& target, std::string_view parameter);
    [[nodiscard]] bool matches(std::string_view value) const;

private:
    bool given_ = false;
    std::string pattern_;
};

// The values of a parameter that takes a list, by commas or by repetition.
[[nodiscard]] std::vector<std::string> read_list(const request_target& target,
                                                 std::string_view parameter);

}  // namespace pgfold::admin
