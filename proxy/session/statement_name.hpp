// The statement that a DEALLOCATE names.
#pragma once

#include <string>
#include <string_view>

namespace pgfold::session {

// `normalized`: "deallocate [prepare] name". Unquoted names are folded to lower case, quoted ones
// are unquoted. Empty for DEALLOCATE ALL.
[[nodiscard]] std::string deallocated_name(std::string_view normalized);

}  // namespace pgfold::session
