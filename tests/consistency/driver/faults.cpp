#include "tests/consistency/driver/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pgfold::consistency {
namespace {

constexpr std::size_t memories_max = 8;  // of one question
constexpr std::size_t questions_max = 20'000;

constexpr std::array<std::pair<std::string_view, fault>, 11> all_faults{{
    {"stale", fault::stale},
    {"stale_list", fault::stale_list},
    {"own_write", fault::own_write},
    {"rolled_back", fault::rolled_back},
    {"snapshot", fault::snapshot},
    {"settings", fault::settings},
    {"wrong_key", fault::wrong_key},
    {"torn", fault::torn},
    {"dropped_row", fault::dropped_row},
    {"repeated_write", fault::repeated_write},
    {"lost_write", fault::lost_write},
}};

// The first `rows` rows of `honest`, where a cell of another answer may take the place of one.
template <typename Pick>
result_ptr rebuilt(const PGresult* honest, int rows, const Pick& pick) {
    result_ptr made(PQcopyResult(honest, PG_COPYRES_ATTRS), result_deleter{});
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < PQnfields(honest); ++column) {
            const PGresult* from = pick(column);
            if (PQgetisnull(from, row, column) != 0) {
                PQsetvalue(made.get(), row, column, nullptr, -1);
            } else {
                PQsetvalue(made.get(), row, column, PQgetvalue(from, row, column),
                           PQgetlength(from, row, column));
            }
        }
    }
    return made;
}

}  // namespace

std::optional<fault> fault_by_name(std::string_view name) {
    for (const auto& [known, kind] : all_faults) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

const std::vector<std::string_view>& fault_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> made;
        for (const auto& [name, kind] : all_faults)
            made.push_back(name);
        return made;
    }();
    return names;
}

bool fault_injector::strikes() {
    const std::lock_guard lock(mutex_);
    return random_() % 50 == 0;
}

bool fault_injector::suits(const lookup_circumstances& lookup, const memory& old) const {
    const bool same_settings = lookup.settings == old.settings;
    const bool settled = !old.wrote && !old.rolled_back;
    switch (kind_) {
        case fault::stale:
            return !lookup.in_transaction && settled && same_settings;
        case fault::stale_list:
            return !lookup.in_transaction && settled && same_settings && lookup.lists_rows;
        case fault::own_write:
            return lookup.wrote && old.transaction == lookup.transaction && !old.wrote;
        case fault::rolled_back:
            return !lookup.in_transaction && old.rolled_back && old.wrote && same_settings;
        case fault::snapshot:
            return lookup.repeatable_read && !lookup.wrote && settled && same_settings &&
                   !lookup.control && old.transaction != lookup.transaction;
        case fault::settings:
            return !same_settings && settled && !lookup.in_transaction;
        case fault::torn:
            return lookup.joined && settled && !lookup.in_transaction && same_settings;
        default:
            return false;
    }
}

result_ptr fault_injector::distort(const lookup_circumstances& lookup, const answer& honest) {
    if (kind_ == fault::none || lookup.control) return nullptr;
    const std::lock_guard lock(mutex_);
    result_ptr changed;
    if (memories_.size() > questions_max) memories_.clear();
    std::vector<memory>& known =
        memories_[kind_ == fault::wrong_key ? lookup.question.substr(0, lookup.question.find('#'))
                                            : lookup.question];
    const bool chance = random_() % 4 == 0;
    const int rows = PQntuples(honest.result.get());
    if (kind_ == fault::dropped_row) {
        if (lookup.lists_rows && rows > 1 && chance) {
            changed =
                rebuilt(honest.result.get(), rows - 1, [&](int) { return honest.result.get(); });
        }
    } else if (kind_ == fault::wrong_key) {
        if (chance && !known.empty() && known.back().question != lookup.question) {
            changed = known.back().result;
        }
    } else if (chance) {
        const auto found = std::find_if(known.rbegin(), known.rend(),
                                        [&](const memory& old) { return suits(lookup, old); });
        if (found != known.rend()) changed = found->result;
        if (changed != nullptr && kind_ == fault::torn) {
            const PGresult* old = changed.get();
            // What belongs to the owner is the last two columns.
            const int first_of_owner = PQnfields(honest.result.get()) - 2;
            changed =
                PQntuples(old) < rows || PQfformat(old, 0) != PQfformat(honest.result.get(), 0)
                    ? nullptr
                    : rebuilt(honest.result.get(), rows, [&](int column) {
                          return column >= first_of_owner ? old : honest.result.get();
                      });
        }
    }
    memory now_known{honest.result, lookup.transaction, lookup.wrote,   lookup.in_transaction,
                     false,         lookup.settings,    lookup.question};
    if (known.size() >= memories_max) known.erase(known.begin());
    known.push_back(std::move(now_known));
    return changed;
}

void fault_injector::transaction_ended(std::uint64_t transaction, bool committed) {
    if (kind_ != fault::rolled_back && kind_ != fault::own_write) return;
    const std::lock_guard lock(mutex_);
    for (auto& [question, known] : memories_) {
        for (memory& one : known) {
            if (one.transaction != transaction) continue;
            one.rolled_back = !committed;
            if (committed) one.wrote = false;
            one.transaction = 0;
        }
    }
}

}  // namespace pgfold::consistency
