// consistency_check: clients that lie in wait for a wrong answer. See tests/consistency/README.md.
#include <CLI/CLI.hpp>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/consistency/driver/faults.hpp"
#include "tests/consistency/driver/focus.hpp"
#include "tests/consistency/driver/fold_model.hpp"
#include "tests/consistency/driver/run.hpp"

int main(int argc, char** argv) {
    using namespace pgfold::consistency;
    run_options options;
    options.seed = std::random_device()();
    CLI::App app{"Checks that every answer of an endpoint could be PostgreSQL's own."};
    std::vector<std::string> faults;
    for (const std::string_view name : fault_names())
        faults.emplace_back(name);
    std::vector<std::string> blind_spots;
    for (const std::string_view name : blind_spot_names())
        blind_spots.emplace_back(name);
    std::string inject;
    std::vector<std::string> scenes;
    for (const std::string_view name : scene_names())
        scenes.emplace_back(name);
    focus_options focus;
    std::uint64_t patience = 0;
    bool long_run = false;
    std::uint64_t seconds = 0;
    app.add_option("--url", options.url, "the endpoint, as libpq takes it")
        ->envname("DATABASE_URL");
    app.add_option("--setup-url", options.setup_url, "where to make the tables, if elsewhere");
    app.add_option("--operations", options.operations, "statements in all")->capture_default_str();
    app.add_flag("--long", long_run, "ten million of them");
    app.add_option("--duration", seconds, "seconds after which it ends, finished or not");
    app.add_option("--clients", options.clients)->check(CLI::Range(1, 200))->capture_default_str();
    app.add_option("--seed", options.seed, "of what clients do; not of how they meet");
    app.add_option("--disturbance", options.disturbance, "percent of loops that are disturbed")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    app.add_option("--part", options.operations_per_part, "statements between two checks")
        ->check(CLI::Range(100, 10'000'000))
        ->capture_default_str();
    app.add_option("--show", options.violations_shown_max, "violations to show")
        ->capture_default_str();
    app.add_option("--inject", inject, "an error to make, to see that it is found")
        ->check(CLI::IsMember(faults));
    app.add_option("--model", options.model_blind_to,
                   "fold in the clients, blind to this: the check must fail unless it is none")
        ->check(CLI::IsMember(blind_spots));
    app.add_option("--focus", focus.scene, "only this scene, a few rounds of it, without luck")
        ->check(CLI::IsMember(scenes));
    app.add_option("--rounds", focus.rounds, "of the scene")->capture_default_str();
    app.add_option("--direct-url", focus.on.direct_url, "the server behind the endpoint");
    app.add_option("--patience", patience, "seconds that the scene waits for loops to be folded");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_consistent : exit_usage;
    }
    if (!focus.scene.empty()) {
        focus.on.url = options.url;
        if (focus.on.direct_url.empty()) focus.on.direct_url = options.url;
        focus.on.patience = std::chrono::seconds(patience);
        focus.violations_shown_max = options.violations_shown_max;
        return run_focus(focus, std::cout);
    }
    if (long_run) options.operations = 10'000'000;
    options.duration_max = std::chrono::seconds(seconds);
    if (!inject.empty()) options.inject = fault_by_name(inject).value();
    return run(options, std::cout);
}
