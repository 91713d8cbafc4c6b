"""Two tables for a loop: PREFIX_list, and PREFIX_item with so many rows for each of its rows."""

from contextlib import contextmanager
from typing import Iterator

from support.postgres import Postgres


@contextmanager
def parent_child(pg: Postgres, prefix: str, parents: int, children_each: int) -> Iterator[None]:
    pg.psql(f"""
        CREATE TABLE {prefix}_list (id int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE {prefix}_item (id int PRIMARY KEY,
                                    list_id int NOT NULL REFERENCES {prefix}_list);
        CREATE INDEX ON {prefix}_item (list_id);
        INSERT INTO {prefix}_list SELECT i, 'list ' || i FROM generate_series(1, {parents}) i;
        INSERT INTO {prefix}_item
            SELECT i, 1 + i % {parents} FROM generate_series(1, {children_each * parents}) i;
        ANALYZE {prefix}_list, {prefix}_item
    """)
    yield
    pg.psql(f"DROP TABLE {prefix}_item, {prefix}_list")
