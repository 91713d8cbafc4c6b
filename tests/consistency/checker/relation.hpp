// The tables of the check, as far as the checker has to tell them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfold::consistency {

enum class relation : std::uint8_t {
    parent,
    child,
    grandchild,
    note,
    account,
    mirror,
    late_mirror,
    ledger,
    ledger_copy,
    part,
    vehicle,
    slot,
    slot_view,
    slot_summary,
    item_east,
    item_west,
    item_temporary,
    secret,
    membership,
    none,
};

enum class on_delete : std::uint8_t { nothing, cascade, set_null };

struct relation_facts {
    std::string_view name;
    relation owned_by = relation::none;  // the table that `owner` refers to
    on_delete when_owner_goes = on_delete::nothing;
    // Each write of a row raises its version by exactly one, so a gap is a write by nobody.
    bool gapless = true;
};

[[nodiscard]] const relation_facts& facts_of(relation which);

}  // namespace pgfold::consistency
