#include "tools/guard/private_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace pgfold::guard {

private_directory::private_directory() {
    std::error_code failure;
    const std::filesystem::path above = std::filesystem::temp_directory_path(failure);
    std::string name = (failure ? "/tmp" : above.string()) + "/pgfold-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = std::move(name);
}

private_directory::~private_directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace pgfold::guard
