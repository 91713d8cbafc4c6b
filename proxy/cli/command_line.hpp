// The command line in, one command's arguments out. Nothing is run here, so it can be tested.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pgfold::cli {

inline constexpr int exit_usage = 2;  // usage or configuration error, for every command

// Help, version or a usage error: everything has been printed.
struct finished {
    int status = 0;
};

struct run_arguments {
    std::string config_file;  // empty: none
    // What was not given stays empty and leaves the file's value, or the default, as it is.
    std::vector<std::string> listen;
    std::string admin;
    std::string upstream;
    std::string capture;
    std::string threads;
    std::string log_level;
    std::string log_format;
};

struct check_arguments {
    std::string config_file;
    bool schema = false;     // print the JSON Schema instead
    bool reference = false;  // print what deploy/docs/configuration.md holds instead
    std::string test_alert;  // send this one, once the file is valid
};

struct analyze_arguments {
    std::vector<std::string> files;
    std::vector<std::string> files_before;
    std::string format = "text";
    std::string output_file;
    std::vector<std::string> fail_on;  // class names
    std::uint16_t port = 0;
    std::uint32_t min_lookups = 5;
    std::chrono::milliseconds idle_gap{1000};
    std::size_t statements_max = 10;
};

struct guard_arguments {
    std::vector<std::string> command;  // what stands behind --
    std::string config_file, upstream, min_lookups;
    std::string budget_file, baseline_file, new_baseline_file, output_file;
    std::string format = "text";
    std::vector<std::string> fail_on = {"n_plus_one"};
    bool fold = false;
};

struct top_arguments {
    std::string admin = "127.0.0.1:9433";
    std::string sort = "total";
    bool once = false;
};

struct replay_arguments {
    std::vector<std::string> files;
    std::string target;
    double speed = 1;  // 0: as fast as it can
    bool compare = false;
    std::string format = "text";
    std::string report_file, snapshot_command, config_file;
    std::uint16_t port = 0;
};

using command = std::variant<finished, run_arguments, check_arguments, analyze_arguments,
                             guard_arguments, top_arguments, replay_arguments>;

[[nodiscard]] command parse_command_line(const std::vector<std::string>& arguments,
                                         std::string_view version, std::ostream& out,
                                         std::ostream& err);

}  // namespace pgfold::cli
