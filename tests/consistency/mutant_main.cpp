// pgfold_mutant --without RULE run …: pgfold, less one of the rules that keep its answers fresh.
// For the consistency check, which must notice. pgfold itself has no such switch.
#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/cli/command_line.hpp"
#include "proxy/cli/settings_source.hpp"
#include "proxy/net/run_command.hpp"

namespace {

using namespace pgfold;
using freshness::freshness_rules;

struct rule {
    std::string_view name;
    void (*take_out)(freshness_rules&);
};

#define PGFOLD_RULE(name)                                          \
    {                                                              \
#name, [](freshness_rules & rules) { rules.name = false; } \
    }
#define PGFOLD_EFFECT(name)                                                \
    {                                                                      \
#name, [](freshness_rules & rules) { rules.effects.name = false; } \
    }

#define PGFOLD_KEY_RULE(name)                                           \
    {                                                                   \
#name, [](freshness_rules & rules) { rules.keys.name = false; } \
    }

constexpr std::array all_rules{
    rule PGFOLD_EFFECT(foreign_key_actions),
    rule PGFOLD_EFFECT(triggers),
    rule PGFOLD_EFFECT(rewrite_rules),
    rule PGFOLD_EFFECT(partitions),
    rule PGFOLD_EFFECT(views),
    rule PGFOLD_EFFECT(row_security),
    rule PGFOLD_EFFECT(function_calls),
    rule PGFOLD_EFFECT(common_table_expressions),
    rule PGFOLD_EFFECT(unknown_statements),
    rule PGFOLD_RULE(raise_before_send),
    rule PGFOLD_RULE(bump_at_end),
    rule PGFOLD_RULE(end_before_client_hears),
    rule PGFOLD_RULE(hold_until_transaction_end),
    rule PGFOLD_RULE(settle_by_request),
    rule PGFOLD_RULE(keep_over_rollback_to),
    rule PGFOLD_RULE(keep_prepared),
    rule PGFOLD_RULE(keep_after_connection_loss),
    rule PGFOLD_RULE(outlast_older_writers),
    rule PGFOLD_RULE(check_writers_in_flight),
    rule PGFOLD_RULE(check_versions),
    rule PGFOLD_RULE(check_catalog_generation),
    rule PGFOLD_RULE(share_with_equal_settings),
    rule PGFOLD_RULE(share_what_is_committed),
    rule PGFOLD_RULE(take_what_is_committed),
    rule PGFOLD_RULE(stamp_before_asking),
    rule PGFOLD_RULE(key_has_formats),
    rule PGFOLD_RULE(key_has_arguments),
    rule PGFOLD_RULE(refuse_dependent),
    rule PGFOLD_RULE(flush_what_is_asked),
    rule PGFOLD_RULE(check_age),
    rule PGFOLD_KEY_RULE(unchanged_key),
    rule PGFOLD_KEY_RULE(no_conflict),
    rule PGFOLD_KEY_RULE(self_reference),
    rule PGFOLD_KEY_RULE(every_row),
    rule PGFOLD_KEY_RULE(one_table),
};

#undef PGFOLD_RULE
#undef PGFOLD_EFFECT
#undef PGFOLD_KEY_RULE

int usage() {
    std::cerr << "usage: pgfold_mutant --without RULE run …\nrules:";
    for (const rule& one : all_rules)
        std::cerr << ' ' << one.name;
    std::cerr << '\n';
    return cli::exit_usage;
}

}  // namespace

int main(int argc, char** argv) try {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (arguments.size() < 3 || arguments[0] != "--without") return usage();
    const auto* const found =
        std::find_if(all_rules.begin(), all_rules.end(),
                     [&](const rule& one) { return one.name == arguments[1]; });
    if (found == all_rules.end()) return usage();
    freshness_rules rules;
    found->take_out(rules);

    arguments.erase(arguments.begin(), arguments.begin() + 2);
    const cli::command command = cli::parse_command_line(arguments, "mutant", std::cout, std::cerr);
    const auto* const run = std::get_if<cli::run_arguments>(&command);
    if (run == nullptr) return usage();
    config::load_result settings = cli::load_settings(*run);
    for (const config::load_error& error : settings.errors)
        std::cerr << error.to_string() << '\n';
    if (!settings.value) return cli::exit_usage;
    return net::run_command(
        std::move(settings), [run] { return cli::load_settings(*run); }, rules);
} catch (const std::exception& error) {
    std::cerr << "pgfold_mutant: " << error.what() << '\n';
    return 1;
}
