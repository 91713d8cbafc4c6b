// The one statement that fetches (or writes) what a whole loop did, built from the child's parse
// tree. $1, $2, … are arrays of the loop's keys; the child's other parameters come after them.
//
//     one key           WHERE organization_id = ANY($1), with the key among the columns
//     several           WHERE (a, b) IN (SELECT * FROM unnest($1::int[], $2::int[]))
//     aggregate         SELECT key, count(*) … = ANY($1) GROUP BY key
//     ORDER BY LIMIT 1  SELECT DISTINCT ON (key) … ORDER BY key, …
//     anything else     FROM unnest($1::int[]) AS k(key) CROSS JOIN LATERAL (<child>) AS c
//     INSERT            VALUES ($1, $2), ($3, $4)
//     UPDATE            FROM jsonb_populate_recordset(NULL::<table>, $1)
//     DELETE            = ANY($1)
#pragma once

#include <string>

#include "analyzer/detect/advice/lookup_shape.hpp"
#include "analyzer/sql/statement_template.hpp"

namespace pgfold::detect::advice {

// Empty when there is no such statement, or none whose meaning is certain.
[[nodiscard]] std::string build_batched_query(const sql::statement_template& child,
                                              const lookup_shape& shape);

}  // namespace pgfold::detect::advice
