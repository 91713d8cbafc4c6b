#include "tools/replay/replay_command.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tools/guard/database_url.hpp"
#include "tools/guard/guarded_proxy.hpp"
#include "tools/replay/replay_pass.hpp"
#include "tools/replay/replay_report.hpp"

namespace pgfold::replay {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_different = 4;
constexpr std::size_t notes_max = 20;
constexpr std::size_t text_width = 160;

void complain(const std::string& line) {
    std::cerr << "pgfold replay: " << line << '\n';
}

void complain(const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < std::min(lines.size(), notes_max); ++i)
        complain(lines[i]);
    if (lines.size() > notes_max)
        complain("… and " + std::to_string(lines.size() - notes_max) + " more such lines");
}

// Puts the database back to where the recording began.
bool restore_snapshot(const std::string& command) {
    if (command.empty()) return true;
    const int status = std::system(command.c_str());
    if (status == 0) return true;
    complain("--snapshot-command has failed" +
             (WIFEXITED(status) ? " with status " + std::to_string(WEXITSTATUS(status)) : ""));
    return false;
}

bool writes(const recording& recorded) {
    return std::any_of(recorded.conversations.begin(), recorded.conversations.end(),
                       [](const auto& one) { return one->answers.has_writes(); });
}

std::vector<const answer_store*> answers_of(const pass_result& pass) {
    std::vector<const answer_store*> all;
    for (const played& one : pass.conversations)
        all.push_back(&one.answers);
    return all;
}

double waited_ms(const pass_result& pass) {
    std::chrono::nanoseconds total{0};
    for (const played& one : pass.conversations)
        total += one.answers.waited();
    return static_cast<double>(total.count()) / 1e6;
}

std::uint64_t statements_in(const pass_result& pass) {
    std::uint64_t total = 0;
    for (const played& one : pass.conversations)
        total += one.answers.size();
    return total;
}

double seconds(std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1e9;
}

void add_problems(const recording& recorded, const pass_result& pass, const std::string& name,
                  std::vector<std::string>& problems) {
    for (std::size_t i = 0; i < pass.conversations.size(); ++i)
        if (!pass.conversations[i].problem.empty())
            problems.push_back(recorded.conversations[i]->name + " (" + name +
                               "): " + pass.conversations[i].problem);
}

bool deliver(const std::string& text, const std::string& path) {
    if (path.empty()) {
        std::cout << text << std::flush;
        return static_cast<bool>(std::cout);
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) complain(path + ": cannot be written");
    return static_cast<bool>(file);
}

}  // namespace

int replay_command(const replay_options& options) {
    const recording recorded = load_recording(options.files, options.port);
    complain(recorded.notes);
    if (!recorded.readable) return exit_usage;
    if (recorded.conversations.empty()) {
        complain(
            "no conversation that could be played; name the server's port with --port if "
            "there should be one");
        return exit_usage;
    }
    const auto target = guard::libpq_form(options.target);
    if (!target) {
        complain("--target is not a URL of PostgreSQL");
        return exit_usage;
    }
    if (options.compare && options.snapshot_command.empty() && writes(recorded))
        complain(
            "the recording writes: without --snapshot-command the second pass finds what the "
            "first has left, and answers will differ");

    replay_result result;
    result.notes = recorded.notes;
    for (const auto& conversation : recorded.conversations)
        result.names.push_back(conversation->name);

    if (!restore_snapshot(options.snapshot_command)) return exit_usage;
    const pass_result direct = play_all(recorded, *target, options.speed);
    const answers_of_pass direct_answers{answers_of(direct), {direct.began, direct.ended}};
    add_problems(recorded, direct, options.compare ? "direct" : "replayed", result.problems);

    pass_result folded;
    if (!options.compare) {
        answers_of_pass expected{{}, {recorded.first_at, recorded.last_at}};
        for (const auto& conversation : recorded.conversations)
            expected.conversations.push_back(&conversation->answers);
        result.answers = compare(expected, direct_answers);
        result.passes = {
            {"recorded", expected.conversations, seconds(recorded.last_at - recorded.first_at)},
            {"replayed", direct_answers.conversations, seconds(direct.elapsed)}};
    } else {
        if (!restore_snapshot(options.snapshot_command)) return exit_usage;
        guard::guarded_proxy proxy;
        config::settings settings = options.settings;
        settings.upstream = *target;
        if (const auto errors = proxy.start(std::move(settings)); !errors.empty()) {
            complain(errors);
            return exit_usage;
        }
        folded = play_all(recorded, guard::with_server(*target, proxy.place()), options.speed);
        const guard::observed seen = proxy.stop();
        add_problems(recorded, folded, "pgfold", result.problems);
        const answers_of_pass got{answers_of(folded), {folded.began, folded.ended}};
        result.answers = compare(direct_answers, got);
        result.passes = {{"direct", direct_answers.conversations, seconds(direct.elapsed)},
                         {"pgfold", got.conversations, seconds(folded.elapsed)}};
        folding_effect effect;
        effect.statements_direct = statements_in(direct);
        effect.statements_pgfold =
            statements_in(folded) - seen.folding.lookups_answered + seen.folding.statements_sent;
        effect.folded_lookups = seen.folding.lookups_answered;
        effect.round_trips_saved = seen.folding.round_trips_saved;
        effect.waited_direct_ms = waited_ms(direct);
        effect.waited_pgfold_ms = waited_ms(folded);
        result.effect = effect;
    }
    if (const std::string problem = recorded.storage->file()->problem(); !problem.empty())
        result.problems.push_back(problem + "; the report is not complete");
    complain(result.problems);
    if (!deliver(options.json ? to_json(result) : to_text(result, text_width), options.report_file))
        return exit_failure;
    if (options.compare && result.answers.different != 0) return exit_different;
    return result.problems.empty() ? exit_ok : exit_failure;
}

}  // namespace pgfold::replay
