#include "proxy/admin/live/finding_watch.hpp"

namespace pgfold::admin {
namespace {

std::string identity_of(const detect::finding& found) {
    std::string id{detect::to_string(found.kind)};
    id += found.statement ? found.statement->fingerprint_hex : "";
    id += found.parent.statement ? found.parent.statement->fingerprint_hex : "-";
    id += found.database;
    for (const auto& [key, value] : found.tags)
        if (key == "route") id += '\0' + value;
    return id;
}

}  // namespace

std::vector<detect::finding> finding_watch::new_ones(const admin_context& context) {
    std::vector<detect::finding> fresh;
    if (!context.findings || !context.finding_totals) return fresh;
    std::uint64_t count = 0;
    for (const std::uint64_t of_class : context.finding_totals().findings)
        count += of_class;
    if (started_ && count == count_) return fresh;
    count_ = count;
    std::unordered_set<std::string> present;
    for (detect::finding& found : context.findings()) {
        std::string id = identity_of(found);
        const bool is_new = started_ && !known_.contains(id) && found.suppressed_because.empty();
        present.insert(std::move(id));
        if (is_new && fresh.size() < new_ones_max) fresh.push_back(std::move(found));
    }
    known_ = std::move(present);
    started_ = true;
    return fresh;
}

}  // namespace pgfold::admin
