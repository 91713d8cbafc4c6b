// The catalog of a real server, loaded the way pgfold does.
#pragma once

#include <string>

#include "analyzer/catalog/catalog.hpp"

namespace pgfold::test {

struct loaded_catalog {
    catalog::catalog_ptr known;
    std::string stamp;
};

// Throws std::runtime_error with what the server said. `role`: loads as this one.
[[nodiscard]] loaded_catalog load_catalog(const std::string& conninfo,
                                          const std::string& role = {});

}  // namespace pgfold::test
