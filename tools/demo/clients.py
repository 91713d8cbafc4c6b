"""Connections of the demo's clients, all over psycopg2, all counting what they send."""

from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List

import psycopg2
import psycopg2.extensions
import sqlalchemy
from django.db import connections as django_connections
from sqlalchemy.orm import Session

from demo.loops import DJANGO, PSYCOPG2, SQLALCHEMY, Loop

Connection = Callable[[Loop], List[Any]]  # runs a loop, returns what it read


class CountingCursor(psycopg2.extensions.cursor):
    """Every statement that an application or its ORM sends passes through a cursor."""

    executed = 0

    def execute(self, query: Any, vars: Any = None) -> Any:
        CountingCursor.executed += 1
        return super().execute(query, vars)


def _connect(parameters: Dict[str, Any]) -> Any:
    connection = psycopg2.connect(**parameters, cursor_factory=CountingCursor)
    # Otherwise psycopg2 adds BEGINs, which no cursor sees.
    connection.autocommit = True
    return connection


@contextmanager
def _psycopg2(parameters: Dict[str, Any]) -> Iterator[Connection]:
    connection = _connect(parameters)
    try:
        with connection.cursor() as cursor:
            yield lambda loop: loop.run(cursor)
    finally:
        connection.close()


@contextmanager
def _sqlalchemy(parameters: Dict[str, Any]) -> Iterator[Connection]:
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", isolation_level="AUTOCOMMIT",
                                      creator=lambda: _connect(parameters))

    def run(loop: Loop) -> List[Any]:
        with Session(engine) as session:  # a new one each time: it remembers what it has loaded
            return loop.run(session)

    try:
        yield run
    finally:
        engine.dispose()


@contextmanager
def _django(parameters: Dict[str, Any]) -> Iterator[Connection]:
    alias = f"{parameters['host']}:{parameters['port']}"
    django_connections.databases[alias] = {
        "ENGINE": "django.db.backends.postgresql", "NAME": parameters["dbname"],
        "USER": parameters["user"], "PASSWORD": parameters["password"],
        "HOST": parameters["host"], "PORT": parameters["port"],
        "OPTIONS": {"cursor_factory": CountingCursor,
                    "application_name": parameters["application_name"]},
    }
    django_connections.ensure_defaults(alias)
    django_connections.prepare_test_settings(alias)
    try:
        yield lambda loop: loop.run(alias)
    finally:
        django_connections[alias].close()


_OPEN = {PSYCOPG2: _psycopg2, SQLALCHEMY: _sqlalchemy, DJANGO: _django}


def connect(client: str, parameters: Dict[str, Any]) -> Any:
    """A context manager that yields a Connection. `parameters` are libpq's."""
    return _OPEN[client]({**parameters, "application_name": f"demo-{client.lower()}"})
