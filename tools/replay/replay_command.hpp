// `pgfold replay FILE… --target URL`: recorded traffic again, against another server, or against
// the same with and without pgfold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace pgfold::replay {

struct replay_options {
    std::vector<std::string> files;
    std::string target;
    double speed = 1;  // 0: as fast as it can
    bool compare = false;
    bool json = false;
    std::string report_file;       // empty: the standard output
    std::string snapshot_command;  // run before each pass; empty: none
    std::uint16_t port = 0;
    config::settings settings;  // of the pgfold that is compared with
};

// 4: --compare found differences; 2: nothing could be played; 1: something was not played to its
// end, or the report cannot be written.
[[nodiscard]] int replay_command(const replay_options& options);

}  // namespace pgfold::replay
