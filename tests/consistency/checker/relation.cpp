#include "tests/consistency/checker/relation.hpp"

#include <array>
#include <cstddef>

namespace pgfold::consistency {
namespace {

constexpr std::array<relation_facts, static_cast<std::size_t>(relation::none) + 1> all_facts{{
    {"parent"},
    {"child", relation::parent, on_delete::cascade},
    {"grandchild", relation::child, on_delete::cascade},
    {"note", relation::parent, on_delete::set_null},
    {"account"},
    {"mirror"},
    {"late_mirror"},
    {"ledger"},
    {"ledger_copy"},
    {"part"},
    {"vehicle"},
    {"slot", relation::none, on_delete::nothing, false},
    {"slot_view", relation::none, on_delete::nothing, false},
    {"slot_summary", relation::none, on_delete::nothing, false},
    {"east.item"},
    {"west.item"},
    {"pg_temp.item", relation::none, on_delete::nothing, false},
    {"secret"},
    {"membership"},
    {"none"},
}};

}  // namespace

const relation_facts& facts_of(relation which) {
    return all_facts[static_cast<std::size_t>(which)];
}

}  // namespace pgfold::consistency
