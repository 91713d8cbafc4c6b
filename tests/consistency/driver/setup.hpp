// Makes the tables of the check, and notes what is in them.
#pragma once

#include <string>
#include <string_view>

#include "tests/consistency/checker/history.hpp"
#include "tests/consistency/driver/schema.hpp"

namespace pgfold::consistency {

// `more` is a script to be run behind it. Throws std::runtime_error.
void set_up(const std::string& url, const population& size, std::string_view more, history& first);

}  // namespace pgfold::consistency
