// What has been learned about loops, as a text that survives a restart: JSON, an association per
// line.
//
//     {"format":"pgfold associations","version":1,"associations":[
//     {"database":"shop","parent":{"query":"SELECT id FROM orders …","bound_parameters":0,…},
//      "child":{…},"keys":[{"column":0,"name":"id","comparison":0}],"trust":4,…},
//     …
//     ]}
//
// Statements are named by their templates' texts, since their hashes are new in each process. There
// are no values of parameters in them. Whether a text is still the same template is tried out: it
// is analyzed again, and an association whose statements do not come out as they went in is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "analyzer/sql/statement_analyzer.hpp"
#include "proxy/fold/association_table.hpp"

namespace pgfold::fold {

inline constexpr std::size_t association_text_bytes_max = std::size_t{32} << 20;

// Those that have paid first, as far as they fit. Texts that are not UTF-8 are left out.
[[nodiscard]] std::string associations_to_text(const association_table& table);

// Changes when a loop has ended, or an association was added: whether saving again is worth it.
[[nodiscard]] std::uint64_t revision_of(const association_table& table);

enum class restore_status : std::uint8_t {
    ok,
    foreign,  // not a text of this kind, or of a later version: not ours to write over
    damaged,  // of this kind, and cannot be read
};
struct restored {
    restore_status status = restore_status::ok;
    std::string problem;
    std::size_t associations = 0;
    std::size_t left_out = 0;
};
// Adds them to the table. Takes up to 0.1 ms for each.
[[nodiscard]] restored restore_associations(std::string_view text, association_table& table,
                                            std::shared_ptr<sql::template_table> templates);

}  // namespace pgfold::fold
