// Settings from elsewhere than the file: the options of a command line.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace pgfold::config {

// Sets the key named by its path, "admin.listen", as the file would. Says what is wrong with the
// value, or nothing. Several values only where the file takes a list.
[[nodiscard]] std::string set_option(settings& target, std::string_view path,
                                     std::span<const std::string> values);

}  // namespace pgfold::config
