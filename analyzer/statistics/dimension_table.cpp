#include "analyzer/statistics/dimension_table.hpp"

#include <algorithm>

namespace pgfold::statistics {
namespace {

// Not in the middle of a UTF-8 character: what is cut is printed as JSON later.
std::string_view cut(std::string_view name) {
    if (name.size() <= dimension_table::name_bytes_max) return name;
    std::size_t end = dimension_table::name_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
        --end;
    return name.substr(0, end);
}

}  // namespace

dimension_table::dimension_table(std::size_t dimensions_max)
    : dimensions_max_(std::max<std::size_t>(dimensions_max, 1)) {
    names_.emplace_back();
    ids_.emplace(std::string(2, '\0'), other);
}

dimension_id dimension_table::intern(std::string_view database, std::string_view user,
                                     std::string_view route) {
    database = cut(database);
    user = cut(user);
    route = cut(route);
    if (const auto id = find_or_add(database, user, route, dimensions_max_)) return *id;
    // Routes are what a client can invent without end. A tenth more is kept for triples without.
    const std::size_t reserve = dimensions_max_ / 10 + 1;
    if (const auto id = find_or_add(database, user, {}, dimensions_max_ + reserve)) return *id;
    return other;
}

std::optional<dimension_id> dimension_table::find_or_add(std::string_view database,
                                                         std::string_view user,
                                                         std::string_view route,
                                                         std::size_t size_max) {
    // No PostgreSQL name holds a NUL.
    scratch_.assign(database);
    scratch_ += '\0';
    scratch_ += user;
    scratch_ += '\0';
    scratch_ += route;
    const auto found = ids_.find(scratch_);
    if (found != ids_.end()) return found->second;
    if (names_.size() >= size_max) return std::nullopt;
    const auto id = static_cast<dimension_id>(names_.size());
    names_.push_back({std::string(database), std::string(user), std::string(route)});
    ids_.emplace(scratch_, id);
    return id;
}

}  // namespace pgfold::statistics
