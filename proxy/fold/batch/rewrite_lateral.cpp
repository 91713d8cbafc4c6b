#include <string>

#include "proxy/fold/batch/key_type_name.hpp"
#include "proxy/fold/batch/rewrite.hpp"
#include "proxy/fold/batch/rewrite_guard.hpp"
#include "proxy/fold/batch/text_edit.hpp"

namespace pgfold::fold {

// The text is put together rather than written from a tree: what the child says stays as the client
// wrote it.
//
// q.* rather than a list of columns: names may repeat, since none is ever mentioned; and when the
// child's own columns change under a prepared statement (SELECT * after ADD COLUMN), PostgreSQL
// then refuses to run it on, as it must.
rewrite_result rewrite_lateral(const batched_child& child) {
    if (std::string why = objection_to_rewrite(child); !why.empty()) return {{}, std::move(why)};
    std::string aliases;
    std::vector<replaced_key> keys;
    batch_query query;
    for (const child_key& key : child.keys) {
        const std::size_t number = keys.size() + 1;
        const std::string alias = 'k' + std::to_string(number);
        aliases += alias + ", ";
        keys.push_back({key.parameter, "pgfold_k." + alias});
        query.key_types.push_back(key.type_oid);
    }
    auto edited = edit_text(child.text, child.literals, child.statement.bound_parameters,
                            child.settings, keys, static_cast<std::uint16_t>(keys.size() + 1));
    if (!edited) return {{}, "the lookup's text cannot be taken apart"};

    query.strategy = batch_strategy::lateral;
    query.child_columns = static_cast<std::uint16_t>(column_count(child.row_description));
    query.carried = {.before = 1, .after = 1};
    query.constants = std::move(edited->constants);
    query.text = "SELECT pgfold_k.ord, pgfold_q.* FROM " + key_rows(query.key_types) +
                 " WITH ORDINALITY AS pgfold_k(" + aliases +
                 "ord) CROSS JOIN LATERAL (SELECT pgfold_c.*, pg_catalog.row_number() OVER () AS "
                 "pgfold_n FROM (\n" +
                 edited->text +
                 "\n) AS pgfold_c) AS pgfold_q ORDER BY pgfold_k.ord, pgfold_q.pgfold_n";
    return {std::move(query), {}};
}

}  // namespace pgfold::fold
