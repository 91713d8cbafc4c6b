#include "proxy/fold/why_not.hpp"

namespace pgfold::fold {
namespace {

std::string counted(std::uint64_t n, const std::string& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

std::string why_sat_out(const association::score& score) {
    if (score.sitting_out == 0) return {};
    std::string text = "did not pay lately: in all, clients asked for " +
                       std::to_string(score.keys_used) + " of " +
                       counted(score.keys_fetched, "key") + " fetched ahead";
    if (score.failures > 0)
        text += ", and " + std::to_string(score.failures) + " of " +
                counted(score.batches, "batch") + (score.batches == 1 ? "" : "es") + " failed";
    return text + ". It is left alone for " + counted(score.sitting_out, "more loop") +
           ", then tried again";
}

}  // namespace pgfold::fold
