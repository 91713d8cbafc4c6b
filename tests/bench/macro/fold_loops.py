"""N+1 loops of any length over psycopg2, each with the prefetch that a careful developer would
write instead. Both return what was read, in the same order."""

from dataclasses import dataclass
from typing import Any, Callable, Dict, List


@dataclass(frozen=True)
class FoldLoop:
    title: str
    parent: str    # takes the number of parents
    key: int       # its column in the parent's rows
    child: str     # takes one key
    prefetch: str  # takes a list of keys; its first column is the key


def _rows(cursor: Any, sql: str, argument: Any) -> List[Any]:
    cursor.execute(sql, (argument,))
    return cursor.fetchall()


def run_naive(cursor: Any, loop: FoldLoop, size: int) -> List[Any]:
    return [_rows(cursor, loop.child, row[loop.key]) for row in _rows(cursor, loop.parent, size)]


def run_prefetch(cursor: Any, loop: FoldLoop, size: int) -> List[Any]:
    keys = [row[loop.key] for row in _rows(cursor, loop.parent, size)]
    found: Dict[Any, List[Any]] = {key: [] for key in keys}
    for key, *rest in _rows(cursor, loop.prefetch, list(found)):
        found[key].append(tuple(rest))
    return [found[key] for key in keys]


Runner = Callable[[Any, FoldLoop, int], List[Any]]

FOLD_LOOPS = [
    FoldLoop("has many", "SELECT id, name FROM organization ORDER BY id LIMIT %s", 0,
             "SELECT id, name, title FROM employee WHERE organization_id = %s ORDER BY id",
             "SELECT organization_id, id, name, title FROM employee "
             "WHERE organization_id = ANY (%s) ORDER BY id"),
    FoldLoop("belongs to", "SELECT id, customer_id FROM orders ORDER BY id LIMIT %s", 1,
             "SELECT id, name, email FROM customer WHERE id = %s",
             "SELECT id, id, name, email FROM customer WHERE id = ANY (%s)"),
    FoldLoop("count per parent", "SELECT id, name FROM organization ORDER BY id LIMIT %s", 0,
             "SELECT count(*) FROM employee WHERE organization_id = %s",
             "SELECT o.id, count(e.id) FROM organization o LEFT JOIN employee e "
             "ON e.organization_id = o.id WHERE o.id = ANY (%s) GROUP BY o.id"),
    FoldLoop("latest per parent", "SELECT id, name FROM customer ORDER BY id LIMIT %s", 0,
             "SELECT id, placed_at, status FROM orders WHERE customer_id = %s "
             "ORDER BY placed_at DESC LIMIT 1",
             "SELECT DISTINCT ON (customer_id) customer_id, id, placed_at, status FROM orders "
             "WHERE customer_id = ANY (%s) ORDER BY customer_id, placed_at DESC"),
    FoldLoop("many to many", "SELECT id, name FROM project ORDER BY id LIMIT %s", 0,
             "SELECT e.id, e.name FROM employee e JOIN project_member m ON m.employee_id = e.id "
             "WHERE m.project_id = %s ORDER BY e.id",
             "SELECT m.project_id, e.id, e.name FROM employee e "
             "JOIN project_member m ON m.employee_id = e.id "
             "WHERE m.project_id = ANY (%s) ORDER BY e.id"),
]
