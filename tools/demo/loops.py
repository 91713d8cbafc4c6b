"""The N+1 loops of the demo, as applications write them.

Each takes what its client calls a connection and returns what it read, so that the answers of two
ways to the same server can be compared.
"""

from dataclasses import dataclass
from typing import Any, Callable, List

from demo import django_shop, sqlalchemy_shop

PSYCOPG2, SQLALCHEMY, DJANGO = "psycopg2", "SQLAlchemy", "Django"


@dataclass(frozen=True)
class Loop:
    title: str
    client: str  # PSYCOPG2: run(cursor), SQLALCHEMY: run(session), DJANGO: run(alias)
    run: Callable[[Any], List[Any]]
    comment: str = ""


def _rows(cursor: Any, sql: str, *arguments: Any) -> List[Any]:
    cursor.execute(sql, arguments)
    return cursor.fetchall()


def organizations_employees(cursor: Any) -> List[Any]:
    return [_rows(cursor, "SELECT id, name, title FROM employee WHERE organization_id = %s "
                          "ORDER BY id", organization_id)
            for organization_id, _ in _rows(cursor, "SELECT id, name FROM organization ORDER BY id")]


def orders_customer(cursor: Any) -> List[Any]:
    orders = _rows(cursor, "SELECT id, customer_id, placed_at FROM orders "
                           "ORDER BY placed_at DESC LIMIT 40")
    return [_rows(cursor, "SELECT id, name, email FROM customer WHERE id = %s", customer_id)
            for _, customer_id, _ in orders]


def projects_team(cursor: Any) -> List[Any]:
    return [_rows(cursor, "SELECT e.id, e.name FROM employee e "
                          "JOIN project_member m ON m.employee_id = e.id "
                          "WHERE m.project_id = %s ORDER BY e.id", project_id)
            for project_id, _ in _rows(cursor, "SELECT id, name FROM project ORDER BY starts_on")]


def customers_orders_items(cursor: Any) -> List[Any]:
    found = []
    for customer_id, _ in _rows(cursor, "SELECT id, name FROM customer ORDER BY name LIMIT 10"):
        orders = _rows(cursor, "SELECT id, status FROM orders WHERE customer_id = %s ORDER BY id",
                       customer_id)
        for order_id, _ in orders:
            found.append(_rows(cursor, "SELECT product_id, quantity FROM order_item "
                                       "WHERE order_id = %s ORDER BY id", order_id))
    return found


def category_tree(cursor: Any) -> List[Any]:
    def below(category_id: int) -> List[Any]:
        children = _rows(cursor, "SELECT id, name FROM category WHERE parent_id = %s ORDER BY id",
                         category_id)
        return [(name, below(child_id)) for child_id, name in children]

    roots = _rows(cursor, "SELECT id, name FROM category WHERE parent_id IS NULL ORDER BY id")
    return [(name, below(root_id)) for root_id, name in roots]


def departments_headcount(cursor: Any) -> List[Any]:
    return [_rows(cursor, "SELECT count(*) FROM employee WHERE department_id = %s", department_id)
            for department_id, _ in _rows(cursor, "SELECT id, name FROM department ORDER BY name")]


def customers_latest_order(cursor: Any) -> List[Any]:
    customers = _rows(cursor, "SELECT id, name, email FROM customer ORDER BY id LIMIT 40")
    return [_rows(cursor, "SELECT id, placed_at, status FROM orders WHERE customer_id = %s "
                          "ORDER BY placed_at DESC LIMIT 1", customer_id)
            for customer_id, _, _ in customers]


def shipments_stock(cursor: Any) -> List[Any]:
    lines = _rows(cursor, "SELECT id, warehouse, product_id FROM shipment_line "
                          "ORDER BY id LIMIT 30")
    return [_rows(cursor, "SELECT quantity FROM stock_level "
                          "WHERE warehouse = %s AND product_id = %s", warehouse, product_id)
            for _, warehouse, product_id in lines]


def audit_notes(cursor: Any) -> List[Any]:
    cursor.execute("BEGIN")
    for employee_id in range(1, 21):
        cursor.execute("INSERT INTO audit_note (employee_id, note) VALUES (%s, %s)",
                       (employee_id, f"reviewed {employee_id}"))
    cursor.execute("ROLLBACK")
    return []


def organizations_employees_repaired(cursor: Any) -> List[Any]:
    ids = [row[0] for row in _rows(cursor, "SELECT id, name FROM organization ORDER BY id")]
    return _rows(cursor, "SELECT organization_id, id, name FROM employee "
                         "WHERE organization_id = ANY (%s) ORDER BY organization_id, id", ids)


LOOPS = [
    Loop("organizations → employees", PSYCOPG2, organizations_employees, "has many"),
    Loop("orders → customer", PSYCOPG2, orders_customer, "belongs to"),
    Loop("projects → team", PSYCOPG2, projects_team, "many to many"),
    Loop("customer → orders → items", PSYCOPG2, customers_orders_items, "nested"),
    Loop("category tree", PSYCOPG2, category_tree, "recursive"),
    Loop("departments → headcount", PSYCOPG2, departments_headcount, "count per parent"),
    Loop("customers → latest order", PSYCOPG2, customers_latest_order, "latest child"),
    Loop("shipment lines → stock", PSYCOPG2, shipments_stock, "composite key"),
    Loop("department.employees", SQLALCHEMY, sqlalchemy_shop.department_employees, "lazy loading"),
    Loop("item.product", DJANGO, django_shop.item_product, "lazy foreign key"),
    Loop("insert audit notes", PSYCOPG2, audit_notes, "writes, one by one"),
    Loop("organizations, repaired", PSYCOPG2, organizations_employees_repaired, "= ANY (ids)"),
]

# One short statement per client, for what a driver or an ORM asks on its first use.
FIRST_USE = {
    PSYCOPG2: Loop("first use", PSYCOPG2, lambda cursor: _rows(cursor, "SELECT 1")),
    SQLALCHEMY: Loop("first use", SQLALCHEMY,
                     lambda session: [session.connection().exec_driver_sql("SELECT 1").scalar()]),
    DJANGO: Loop("first use", DJANGO, django_shop.first_use),
}
