#include "tools/top/rate_meter.hpp"

namespace pgfold::top {

void rate_meter::measure(snapshot& now, clock::time_point at) {
    const double seconds = std::chrono::duration<double>(at - last_).count();
    std::unordered_map<std::string, std::uint64_t> calls;
    for (statement_line& line : now.statements) {
        const std::string key = line.fingerprint + line.query;
        const auto before = calls_.find(key);
        // Fewer than before: another process has taken over.
        if (before != calls_.end() && seconds > 0 && line.calls >= before->second)
            line.calls_per_s = static_cast<double>(line.calls - before->second) / seconds;
        calls[key] += line.calls;
    }
    calls_ = std::move(calls);
    last_ = at;
}

}  // namespace pgfold::top
