// The command: run to its end, with the signals that are meant for it.
//
//     const signals_held signals;                 // before any thread is started
//     const child_result done = run_child(command, variables, signals, false);
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "tools/guard/child_environment.hpp"

namespace pgfold::guard {

// Keeps the signals that are passed on, and SIGCHLD, from all threads, so that run_child gets them.
class signals_held {
public:
    signals_held();
    ~signals_held();
    signals_held(const signals_held&) = delete;
    signals_held& operator=(const signals_held&) = delete;

    [[nodiscard]] const sigset_t& held() const { return held_; }
    [[nodiscard]] const sigset_t& before() const { return before_; }

private:
    sigset_t held_{}, before_{};
};

struct child_result {
    int status = 0;     // as a shell says it: the exit status, 128 + a signal, 126 or 127
    std::string error;  // why it could not be run; else empty
};

// `output_to_error`: what it writes to its standard output goes to the standard error.
[[nodiscard]] child_result run_child(const std::vector<std::string>& command,
                                     const environment& variables, const signals_held& signals,
                                     bool output_to_error);

}  // namespace pgfold::guard
