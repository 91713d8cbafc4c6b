"""Two sessions of one client's pool, of which one has fetched ahead what the other is asked next,
although it sees something else. Each case is one reason for that.

A case runs its loop on one session, does something, and asks on the other; it returns what it got
there and what PostgreSQL would have answered.
"""

from contextlib import contextmanager

from support.loop_clients import Psycopg2

KEYS = 40
SCHEMA = """
DROP SCHEMA IF EXISTS shared_a, shared_b CASCADE;
CREATE SCHEMA shared_a;
CREATE SCHEMA shared_b;
CREATE TABLE shared_a.parent AS SELECT i AS id FROM generate_series(1, 40) i;
CREATE TABLE shared_b.parent AS SELECT i AS id FROM generate_series(1, 40) i;
CREATE TABLE shared_a.child AS
    SELECT i AS parent_id, 'a' || i AS name FROM generate_series(1, 40) i;
CREATE TABLE shared_b.child AS
    SELECT i AS parent_id, 'b' || i AS name FROM generate_series(1, 40) i;
ANALYZE;
"""
LIST = "SELECT id FROM parent ORDER BY id"
LOOKUP = "SELECT name FROM child WHERE parent_id = ?"
IN_A = "SET search_path TO shared_a"
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"


@contextmanager
def sessions(endpoint, *settings):
    opened = [Psycopg2(endpoint) for _ in settings]
    for session, setting in zip(opened, settings):
        session.rows(setting)
    try:
        yield opened
    finally:
        for session in opened:
            session.close()


def loop(session, upto=8):
    for (key,) in session.rows(LIST)[:upto]:
        session.rows(LOOKUP, key)


def warm(session):
    for _ in range(4):
        loop(session, KEYS)


def ask(session):
    return [session.rows(LOOKUP, key) for key in range(20, 30)]


def expected(prefix, keys=range(20, 30)):
    return [[(f"{prefix}{key}",)] for key in keys]


@contextmanager
def snapshot_before_change(reader, writer):
    """One session's transaction goes on seeing the names as they were before the other's change."""
    rename = "UPDATE child SET name = ? || parent_id"
    reader.rows(SNAPSHOT)
    reader.rows(LIST)
    writer.rows(rename, "new")
    yield
    reader.rows("ROLLBACK")
    writer.rows(rename, "a")


def other_settings(endpoint):
    with sessions(endpoint, IN_A, "SET search_path TO shared_b") as (fetches, asked):
        warm(fetches)
        loop(fetches)
        return ask(asked), expected("b")


def other_snapshot_fetches(endpoint):
    """What the loop's transaction sees is older than what the other session is to see."""
    with sessions(endpoint, IN_A, IN_A) as (fetches, asked):
        asked.rows(LOOKUP, 1)  # whoever never looks anything up is told nothing
        warm(fetches)
        with snapshot_before_change(fetches, asked):
            loop(fetches)
            return ask(asked), expected("new")


def other_snapshot_asks(endpoint):
    with sessions(endpoint, IN_A, IN_A) as (fetches, asked):
        warm(fetches)
        warm(asked)
        with snapshot_before_change(asked, fetches):
            loop(fetches)
            return ask(asked), expected("a")


def temporary_table(endpoint):
    with sessions(endpoint, IN_A, IN_A) as (fetches, asked):
        asked.rows("CREATE TEMPORARY TABLE child (parent_id int, name text)")
        for key in range(1, KEYS + 1):
            asked.rows("INSERT INTO child VALUES (?, ?)", key, f"t{key}")
        asked.rows(LOOKUP, 1)
        warm(fetches)
        loop(fetches)
        return ask(asked), expected("t")


SHARING_RULES = {
    "share_with_equal_settings": other_settings,
    "share_what_is_committed": other_snapshot_fetches,
    "take_what_is_committed": other_snapshot_asks,
}
CASES = [*SHARING_RULES.values(), temporary_table]
