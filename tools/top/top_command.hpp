// `pgfold top`: what a running pgfold does, once a second.
#pragma once

#include <chrono>
#include <string>

namespace pgfold::top {

struct top_options {
    std::string admin = "127.0.0.1:9433";
    std::string sort = "total";
    std::chrono::milliseconds interval{1000};
    bool once = false;  // print one snapshot as text
};

// The exit status: 0, 1 when pgfold does not answer, 2 for an address that is none.
[[nodiscard]] int top_command(const top_options& options);

}  // namespace pgfold::top
