#include "proxy/alerts/memory_keeper.hpp"

#include "proxy/fold/state_file.hpp"

namespace pgfold::alerts {
namespace {

constexpr std::size_t file_bytes_max = 64 << 20;

}  // namespace

void memory_keeper::warn(const std::string& problem) {
    if (warn_) warn_("alerts_state_file: " + path_ + ": " + problem);
}

std::optional<alert_memory> memory_keeper::load() {
    if (!writes_) return std::nullopt;
    const fold::file_text file = fold::read_file(path_, file_bytes_max);
    if (file.outcome == fold::file_text::status::absent) return std::nullopt;
    if (file.outcome == fold::file_text::status::failed) {
        writes_ = false;
        warn(file.problem + "; what alerts know will not be saved");
        return std::nullopt;
    }
    if (file.text.empty()) return std::nullopt;
    restored_memory found = memory_from_text(file.text);
    switch (found.status) {
        case memory_status::ok:
            return std::move(found.memory);
        case memory_status::damaged:
            warn("damaged and ignored: " + found.problem + "; it is written anew");
            break;
        case memory_status::foreign:
            writes_ = false;
            warn(found.problem + "; it is left as it is, and what alerts know will not be saved");
            break;
    }
    return std::nullopt;
}

void memory_keeper::save(const alert_memory& memory) {
    if (!writes_) return;
    std::string text = to_text(memory);
    if (text == saved_) return;
    std::string problem = fold::replace_file(path_, text);
    if (problem.empty()) saved_ = std::move(text);
    if (!problem.empty() && problem != problem_) warn("cannot be written: " + problem);
    problem_ = std::move(problem);
}

}  // namespace pgfold::alerts
