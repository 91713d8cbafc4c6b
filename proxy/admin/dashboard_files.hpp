// The files of the dashboard, which are part of the executable: proxy/admin/dashboard/ and the
// packaged chart library with its license.
#pragma once

#include <span>
#include <string_view>

namespace pgfold::admin {

struct dashboard_file {
    std::string_view name;
    std::string_view content;
};

[[nodiscard]] std::span<const dashboard_file> dashboard_files();

}  // namespace pgfold::admin
