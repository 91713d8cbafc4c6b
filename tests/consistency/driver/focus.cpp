#include "tests/consistency/driver/focus.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <exception>
#include <ostream>

#include "tests/consistency/checker/checker.hpp"
#include "tests/consistency/driver/run.hpp"
#include "tests/consistency/driver/scenes.hpp"
#include "tests/consistency/driver/setup.hpp"

namespace pgfold::consistency {
namespace {

// What only scenes need.
constexpr const char* scenery = R"(
SET search_path = consistency;
CREATE VIEW changing_view AS SELECT id, version, writer FROM slot;
CREATE FUNCTION pass_gate_and_update_vehicle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_lock(1);
    PERFORM pg_advisory_unlock(1);
    UPDATE consistency.vehicle SET version = version + 1, writer = NEW.writer WHERE id = NEW.id;
    RETURN NULL;
END $$;
RESET search_path;
)";

const scene& scene_by_name(std::string_view name) {
    const auto all = all_scenes();
    return *std::find_if(all.begin(), all.end(),
                         [&](const scene& one) { return one.name == name; });
}

struct tally {
    int warm = 0;   // rounds before which loops were answered from memory
    int armed = 0;  // rounds in which the lookup right before the turning point was
};

void play(stage& on, const scene& what, int round, tally& counts) {
    scene_memory here;
    here.round = round;
    staged_loop loop = what.loop;
    loop.how = static_cast<form>(round % form_count);
    // Lists of parents get shorter: take turns.
    if (loop.list == &parents_of_group()) loop.listed_by = 1 + round % population{}.groups;
    staged_loop first = loop;
    if (what.at_first != nullptr) first.asked = what.at_first;
    counts.warm += on.warm(first) ? 1 : 0;
    if (what.before != nullptr) what.before(on, here, turning_row);
    const auto keys = on.begin_loop(loop);
    counts.armed += on.look_up(loop, keys, 0, turning_point) ? 1 : 0;
    what.between(on, here, keys.at(turning_point));
    on.look_up(loop, keys, turning_point, keys.size());
    if (what.after != nullptr) what.after(on, here, keys.at(turning_point));
}

}  // namespace

const std::vector<std::string_view>& scene_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> made;
        for (const scene& one : all_scenes())
            made.push_back(one.name);
        return made;
    }();
    return names;
}

int run_focus(const focus_options& options, std::ostream& out) try {
    const scene& what = scene_by_name(options.scene);
    history part;
    set_up(options.on.url, population{}, scenery, part);
    stage on(options.on);
    on.open();
    tally counts;
    checker judge;
    verdict found;
    int round = 0;
    while (round < options.rounds && found.violation_count == 0) {
        play(on, what, round++, counts);
        part.append(std::move(on.book().done));
        const statistics before = found.counts;
        found = judge.check(part);
        found.counts += before;
        part = {};
    }
    std::size_t shown = 0;
    for (const violation& one : found.violations) {
        if (++shown > options.violations_shown_max) break;
        fmt::print(out, "VIOLATION {}: {}\n", name_of(one.kind), one.text);
    }
    fmt::print(out,
               "operations: {} in {} rounds of {}\nwarm: {} rounds\narmed: {} rounds\n"
               "ambushed: {} lookups\nviolations: {}\n",
               on.book().statements, round, what.name, counts.warm, counts.armed,
               found.counts.ambushed, found.violation_count);
    return found.violation_count > 0 ? exit_violations : exit_consistent;
} catch (const std::exception& error) {
    fmt::print(out, "the check could not run: {}\n", error.what());
    return exit_error;
}

}  // namespace pgfold::consistency
