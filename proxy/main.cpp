// Hands the command line to one command. Contains no logic.
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "proxy/cli/command_line.hpp"
#include "proxy/cli/commands.hpp"

namespace {

using namespace pgfold;

struct dispatcher {
    int operator()(const cli::finished& done) const { return done.status; }
    int operator()(const cli::check_arguments& arguments) const { return cli::check(arguments); }
    int operator()([[maybe_unused]] const cli::run_arguments& arguments) const {
#if PGFOLD_HAS_RUN
        return cli::run(arguments);
#else
        return cli::exit_usage;
#endif
    }
    int operator()([[maybe_unused]] const cli::analyze_arguments& arguments) const {
#if PGFOLD_HAS_ANALYZE
        return cli::analyze(arguments);
#else
        return cli::exit_usage;
#endif
    }
    int operator()([[maybe_unused]] const cli::guard_arguments& arguments) const {
#if PGFOLD_HAS_GUARD
        return cli::guard(arguments);
#else
        return cli::exit_usage;
#endif
    }
    int operator()([[maybe_unused]] const cli::top_arguments& arguments) const {
#if PGFOLD_HAS_TOP
        return cli::top(arguments);
#else
        return cli::exit_usage;
#endif
    }
    int operator()([[maybe_unused]] const cli::replay_arguments& arguments) const {
#if PGFOLD_HAS_REPLAY
        return cli::replay(arguments);
#else
        return cli::exit_usage;
#endif
    }
};

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    const cli::available_commands available{PGFOLD_HAS_RUN, PGFOLD_HAS_ANALYZE, PGFOLD_HAS_GUARD,
                                            PGFOLD_HAS_TOP, PGFOLD_HAS_REPLAY};
    return std::visit(dispatcher{}, cli::parse_command_line(arguments, PGFOLD_VERSION, available,
                                                            std::cout, std::cerr));
} catch (const std::exception& error) {
    std::cerr << "pgfold: " << error.what() << '\n';
    return 1;
}
