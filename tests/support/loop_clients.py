"""Clients that ask lookups one by one, each in its driver's own way. `?` stands for an argument."""

import asyncio
import re
from typing import Any, Callable, Dict, List, Tuple

import asyncpg
import psycopg
import psycopg2

from support.endpoint import Endpoint

Row = Tuple[Any, ...]


class Psycopg2:
    """Simple protocol, values in the text."""

    def __init__(self, endpoint: Endpoint, autocommit: bool = True):
        self.connection = psycopg2.connect(endpoint.dsn())
        self.connection.autocommit = autocommit

    def rows(self, sql: str, *values: Any) -> List[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.connection.close()


class Psycopg3:
    """Unnamed statements at first, a named one after five."""

    binary = False
    prepare_threshold: Any = 5

    def __init__(self, endpoint: Endpoint, autocommit: bool = True):
        self.connection = psycopg.connect(endpoint.dsn(), autocommit=autocommit)
        self.connection.prepare_threshold = self.prepare_threshold

    def rows(self, sql: str, *values: Any) -> List[Row]:
        with self.connection.cursor(binary=self.binary) as cursor:
            cursor.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self.connection.close()


class Psycopg3Binary(Psycopg3):
    binary = True


class Psycopg3Unprepared(Psycopg3):
    prepare_threshold = None


class Asyncpg:
    """Named statements, binary both ways, no Describe but the first."""

    def __init__(self, endpoint: Endpoint):
        self.loop = asyncio.new_event_loop()
        given = endpoint.parameters()
        self.connection = self.loop.run_until_complete(asyncpg.connect(
            host=given["host"], port=given["port"], user=given["user"],
            database=given["dbname"], ssl=False))

    def rows(self, sql: str, *values: Any) -> List[Row]:
        numbers = iter(range(1, 100))
        text = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        found = self.loop.run_until_complete(self.connection.fetch(text, *values))
        return [tuple(row) for row in found]

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


CLIENTS: Dict[str, Callable[[Endpoint], Any]] = {
    "psycopg2": Psycopg2, "psycopg3": Psycopg3, "psycopg3-binary": Psycopg3Binary,
    "psycopg3-unprepared": Psycopg3Unprepared, "asyncpg": Asyncpg,
}
