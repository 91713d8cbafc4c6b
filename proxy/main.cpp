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
    int operator()(const cli::analyze_arguments& arguments) const {
        return cli::analyze(arguments);
    }
    int operator()(const cli::check_arguments& arguments) const { return cli::check(arguments); }
    int operator()(const cli::guard_arguments& arguments) const { return cli::guard(arguments); }
    int operator()(const cli::replay_arguments& arguments) const { return cli::replay(arguments); }
    int operator()(const cli::run_arguments& arguments) const { return cli::run(arguments); }
    int operator()(const cli::top_arguments& arguments) const { return cli::top(arguments); }
};

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return std::visit(dispatcher{},
                      cli::parse_command_line(arguments, PGFOLD_VERSION, std::cout, std::cerr));
} catch (const std::exception& error) {
    std::cerr << "pgfold: " << error.what() << '\n';
    return 1;
}
