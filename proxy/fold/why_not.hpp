// Why lookups are not folded, in words that developers read. Worked out when somebody asks, from
// what sessions share, so that it costs the sessions nothing.
#pragma once

#include <string>

#include "proxy/fold/association_table.hpp"

namespace pgfold::fold {

// Empty: its loops are not sat out.
[[nodiscard]] std::string why_sat_out(const association::score& score);

}  // namespace pgfold::fold
