// Findings as the detector would make them, from SQL texts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/detect/finding.hpp"

namespace pgfold::test {

struct loop_spec {
    std::string child;
    std::string parent = {};
    std::vector<std::string> key_columns = {};
    std::vector<std::string> parent_columns = {};
    std::vector<std::uint32_t> key_types = {};
    std::uint64_t lookups = 50;
    std::uint64_t rows = 50;
    std::uint64_t distinct_arguments = 50;
    detect::finding_class kind = detect::finding_class::n_plus_one;
    sql::tag_list tags = {};
    std::string example = {};  // the child's text if empty
};

[[nodiscard]] sql::template_ptr template_of(const std::string& text);
[[nodiscard]] detect::finding build_finding(const loop_spec& spec);

}  // namespace pgfold::test
