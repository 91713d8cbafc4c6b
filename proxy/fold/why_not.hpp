// Why lookups are not folded, in words that developers read. Worked out when somebody asks, from
// what sessions share, so that it costs the sessions nothing.
#pragma once

#include <string>

#include "analyzer/detect/finding.hpp"
#include "proxy/fold/association_table.hpp"
#include "proxy/fold/fold_settings.hpp"
#include "proxy/freshness/table_versions.hpp"

namespace pgfold::fold {

// Empty: its loops are not sat out.
[[nodiscard]] std::string why_sat_out(const association::score& score);

// By the settings in force, the catalog as it is known, and the score so far. Empty: nothing stands
// in the way of folding these lookups.
[[nodiscard]] std::string why_not_folded(const detect::finding& found,
                                         const fold_settings& settings,
                                         const association_table& associations,
                                         freshness::table_versions& versions);

}  // namespace pgfold::fold
