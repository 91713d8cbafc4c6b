#include "config/nearest_key.hpp"

#include <algorithm>
#include <vector>

namespace pgfold::config {
namespace {

constexpr std::size_t word_bytes_max = 64;  // longer words are nobody's typing mistake

// Optimal string alignment: insertions, deletions, substitutions, transpositions of neighbors.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const std::size_t columns = b.size() + 1;
    std::vector<std::size_t> cost((a.size() + 1) * columns);
    const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
        return cost[i * columns + j];
    };
    for (std::size_t i = 0; i <= a.size(); ++i)
        at(i, 0) = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        at(0, j) = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 1;
            at(i, j) =
                std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + substitution});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
            }
        }
    }
    return at(a.size(), b.size());
}

}  // namespace

std::string_view nearest_key(std::string_view word, std::span<const std::string_view> known) {
    if (word.empty() || word.size() > word_bytes_max) return {};
    std::string_view best;
    std::size_t best_distance = 0;
    for (const std::string_view candidate : known) {
        const std::size_t allowed = std::max(word.size(), candidate.size()) <= 4
                                        ? 1
                                        : std::max(word.size(), candidate.size()) / 3;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance > allowed) continue;
        if (best.empty() || distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace pgfold::config
