// What becomes of prepared statements when requests fail or forget them, and others are under way.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "proxy/session/folding.hpp"
#include "proxy/session/session_implementation.hpp"

namespace pgfold::session {
namespace {

// Requests behind a DEALLOCATE that are looked at: a pipeline full of them is not to cost its
// square.
constexpr std::size_t behind_max = 64;

}  // namespace

// All but those that the client has prepared behind it meanwhile.
void session::implementation::forget_statements() {
    auto unnamed = statements_.find("");
    statements_.clear();
    if (unnamed) statements_.replace("", std::move(unnamed));
    if (folding_) folding_->unsent.clear();
    for (std::size_t i = 0; i < std::min(requests_.size(), behind_max); ++i) {
        const request& r = requests_.at(i);
        if (r.kind == request_kind::parse && r.statement) statements_.replace(r.name, r.statement);
    }
}

bool session::implementation::is_prepared_again(std::string_view name) const {
    for (std::size_t i = 0; i < std::min(requests_.size(), behind_max); ++i)
        if (requests_.at(i).kind == request_kind::parse && requests_.at(i).name == name)
            return true;
    return false;
}

// What was prepared or closed by the first `count` requests, which never took effect, is taken
// back, last one first. Where a later request has the same name, it is its previous statement that
// changes.
void session::implementation::take_back(std::size_t count) {
    const auto names = [&](std::size_t i) {
        const request& r = requests_.at(i);
        return r.kind == request_kind::parse ||
               (r.kind == request_kind::close && !r.closes_portal) ||
               r.kind == request_kind::simple_query;  // which drops the unnamed one
    };
    std::unordered_map<std::string_view, std::size_t> later;  // the first one of each name
    bool looked = false;
    for (std::size_t i = count; i-- > 0;) {
        if (!names(i)) continue;
        request& r = requests_.at(i);
        if (r.kind != request_kind::parse && !r.previous) continue;
        if (!std::exchange(looked, true))
            for (std::size_t j = requests_.size(); j-- > count;)
                if (names(j)) later[requests_.at(j).name] = j;
        const bool unnamed_parse_failed = i == 0 && r.kind == request_kind::parse && r.name.empty();
        auto before = unnamed_parse_failed ? nullptr : std::move(r.previous);
        if (const auto at = later.find(r.name); at != later.end())
            requests_.at(at->second).previous = std::move(before);
        else
            statements_.replace(r.name, std::move(before));
    }
}

}  // namespace pgfold::session
