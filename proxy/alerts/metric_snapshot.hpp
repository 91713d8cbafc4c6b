// What /metrics says at one moment, in the form that alerts compute with.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pgfold::alerts {

struct metric_series {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;                                // of a histogram: the number of samples
    double sum = 0;                                  // of a histogram
    std::vector<std::pair<double, double>> buckets;  // upper bound, samples up to it
};

using metric_snapshot = std::map<std::string, std::vector<metric_series>>;  // without pgfold_

}  // namespace pgfold::alerts
