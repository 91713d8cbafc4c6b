// The loops that are known: a file that is kept with the code, so that only new ones fail a build.
//
// A loop is known by its class and the fingerprints of its statements, not by who ran it: a test
// that is added or renamed brings no new loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analyzer/detect/finding.hpp"

namespace pgfold::guard {

struct baseline_entry {
    std::string kind, fingerprint, parent_fingerprint;  // the last is empty without a parent
    std::string query;                                  // for people who read the file
    friend bool operator==(const baseline_entry& a, const baseline_entry& b) {
        return a.identity() == b.identity();
    }
    friend bool operator<(const baseline_entry& a, const baseline_entry& b) {
        return a.identity() < b.identity();
    }
    [[nodiscard]] std::tuple<const std::string&, const std::string&, const std::string&> identity()
        const {
        return {kind, fingerprint, parent_fingerprint};
    }
};

using baseline = std::vector<baseline_entry>;

[[nodiscard]] baseline_entry entry_of(const detect::finding& found);

// Nothing, with the reason in `error` ("FILE: …"), when it is not a baseline.
[[nodiscard]] std::optional<baseline> load_baseline(const std::string& file, std::string& error);
// As it is written to a file: one line for each loop, in an order that does not change.
[[nodiscard]] std::string to_text(baseline entries);

}  // namespace pgfold::guard
