"""freshness.out_of_band: cdc — writers that bypass pgfold, followed by logical replication.

What is kept here is what folding fetched ahead: with a batch.max_age of a minute a loop that pauses
shows an old answer for that long, unless the stream tells.
"""

import threading
import time
from typing import Callable, Dict, Iterator, List

import psycopg2
import pytest

from support.pgfold import Pgfold
from support.postgres import Postgres
from support.waiting import wait_until

KEYS = 400
MAX_LAG = 1.0
PARENT = "SELECT id FROM list ORDER BY id"
CHILD = "SELECT value FROM item WHERE list_id = %s ORDER BY id"
SCHEMA = f"""
    CREATE TABLE list (id int PRIMARY KEY);
    CREATE TABLE item (id int PRIMARY KEY, list_id int REFERENCES list, value int NOT NULL);
    CREATE INDEX ON item (list_id);
    INSERT INTO list SELECT generate_series(1, {KEYS});
    INSERT INTO item SELECT i, i, 0 FROM generate_series(1, {KEYS}) i;
    CREATE VIEW item_view AS SELECT list_id, value FROM item;
    CREATE UNLOGGED TABLE unlogged_item AS SELECT * FROM item;
    CREATE TABLE keyless_item AS SELECT * FROM item;
    ANALYZE"""


@pytest.fixture
def database(pg: Postgres) -> Iterator[str]:
    """One of the test's own: a publication is a database's."""
    pg.psql("CREATE DATABASE followed")
    pg.psql(SCHEMA, "followed")
    yield "followed"
    pg.psql("DROP DATABASE followed WITH (FORCE)")


def config(out_of_band: str = "cdc", **freshness: str) -> Dict:
    return {"batch": {"max_age": "60s"}, "log": {"level": "debug"},
            "freshness": {"out_of_band": out_of_band, "max_lag": f"{MAX_LAG:g}s", **freshness}}


@pytest.fixture
def follow(database: str, pg: Postgres, start_pgfold) -> Callable[..., Pgfold]:
    """They end before their database does."""
    def start(out_of_band: str = "cdc", **login: str) -> Pgfold:
        return start_pgfold(pg.endpoint.dsn(dbname=database, **login), config=config(out_of_band))
    return start


class Reader:
    """A loop that can be paused between any two of its lookups."""

    def __init__(self, process: Pgfold, child: str = CHILD, database: str = "followed"):
        self.process = process
        self.child = child
        self.connection = psycopg2.connect(process.endpoint.dsn(dbname=database))
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.left: List[int] = []

    def folded(self) -> float:
        return self.process.metric("pgfold_folded_lookups_total")

    def begin(self) -> None:
        self.cursor.execute(PARENT)
        self.left = [key for (key,) in self.cursor.fetchall()]

    def next(self) -> int:
        """The value of the next key."""
        self.cursor.execute(self.child, (self.left.pop(0),))
        ((value,),) = self.cursor.fetchall()
        return value

    def is_folded(self) -> bool:
        """Whether a whole loop is answered ahead, more or less."""
        before = self.folded()
        self.begin()
        while self.left:
            self.next()
        return self.folded() > before + KEYS / 4

    def wait_until_folded(self) -> None:
        wait_until(self.is_folded, "a loop that folds")

    def in_midst(self) -> None:
        """In a loop of which answers are kept."""
        for _ in range(20):
            self.begin()
            for _ in range(KEYS // 4):
                self.next()
            before = self.folded()
            self.next()
            if self.folded() > before:
                return
        raise AssertionError("no loop had an answer ready after a quarter of its keys")

    def age_of_old_answers(self, written: float, value: int, pause: float = 0.01) -> List[float]:
        """Goes on with the loop until it shows the new value: how long after it was written the old
        one was still given. Keys that are left are few, so each is asked for after a pause."""
        ages = []
        while True:
            asked = time.monotonic()
            if self.next() == value:
                return ages
            ages.append(asked - written)
            time.sleep(pause)


def write_beside(pg: Postgres, value: int) -> float:
    pg.psql(f"UPDATE item SET value = {value}", "followed")
    return time.monotonic()


def is_followed(process: Pgfold, database: str = "followed") -> bool:
    return f'pgfold_replication_up{{database="{database}"}} 1' in process.get("/metrics").decode()


def test_an_old_answer_is_given_without_it(follow, pg):
    """What the other tests would show if nothing were followed."""
    reader = Reader(follow("ttl"))
    reader.wait_until_folded()
    reader.in_midst()
    write_beside(pg, 1)
    assert reader.next() == 0


WAITING = "SET synchronous_commit = on; "


def waits_for_standby(pg: Postgres) -> int:
    return int(pg.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
                       "AND application_name = 'psql'"))


def test_a_commit_is_in_the_log_before_it_is_seen(follow, pg):
    """Its backend waits for a standby that is not there. What is fetched meanwhile is the old value, and
    must not be given once the new one is seen."""
    process = follow()
    reader = Reader(process)
    reader.wait_until_folded()
    pg.psql("CREATE TABLE unrelated (id int)", "followed")
    waiting: List[threading.Thread] = []

    def commits_wait() -> bool:
        """The setting takes a while to be known everywhere."""
        if not waiting or not waiting[-1].is_alive():
            waiting.append(threading.Thread(
                target=pg.psql, args=(WAITING + "INSERT INTO unrelated VALUES (1)", "followed")))
            waiting[-1].start()
        return waits_for_standby(pg) == 1

    pg.psql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'; SELECT pg_reload_conf()")
    try:
        wait_until(commits_wait, "commits to wait for a standby")
        waiting.append(threading.Thread(
            target=pg.psql, args=(WAITING + "UPDATE item SET value = 7", "followed")))
        waiting[-1].start()
        wait_until(lambda: waits_for_standby(pg) == 2, "the write to wait, too")
        committed = pg.psql("SELECT pg_current_wal_flush_lsn()").strip()
        wait_until(lambda: pg.psql(
            f"SELECT bool_and(confirmed_flush_lsn >= '{committed}') FROM pg_replication_slots "
            "WHERE database = 'followed'").strip() == "t", "the stream to have come that far")
        for _ in range(3):
            reader.begin()
            for _ in range(KEYS // 4):
                assert reader.next() == 0
    finally:
        pg.psql("ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()")
    for thread in waiting:
        thread.join()
    ages = reader.age_of_old_answers(time.monotonic(), 7)
    assert max(ages, default=0.0) < MAX_LAG
    reader.wait_until_folded()


def test_what_is_written_beside_is_seen(follow, pg):
    process = follow()
    reader = Reader(process)
    reader.wait_until_folded()
    assert is_followed(process)
    windows = []
    for value in range(1, 6):
        reader.in_midst()
        ages = reader.age_of_old_answers(write_beside(pg, value), value)
        windows.append(max(ages, default=0.0))
    print("old answers were given for at most", [f"{1000 * w:.0f} ms" for w in windows])
    assert max(windows) <= MAX_LAG
    assert process.metric("pgfold_replication_up", database="followed") == 1
    assert process.metric("pgfold_replication_lag_seconds", database="followed") < 30


@pytest.mark.parametrize("fsync", ["on", "off"])
def test_no_answer_is_older_than_max_lag(follow, pg, fsync):
    """A writer that never pauses, and a loop that never ends. With synchronous_commit off a commit
    is seen before it is in the part of the log that is replicated."""
    process = follow()
    reader = Reader(process)
    reader.wait_until_folded()
    written = [time.monotonic()]  # when each value was certainly there for all to see
    stop = threading.Event()

    def write() -> None:
        connection = psycopg2.connect(pg.endpoint.dsn(dbname="followed"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = {fsync}")
            while not stop.wait(0.05):
                cursor.execute("UPDATE item SET value = %s", (len(written),))
                written.append(time.monotonic())
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    ages = []
    before = reader.folded()
    try:
        while len(written) < 40:
            reader.begin()
            while reader.left and len(written) < 40:
                asked = time.monotonic()
                value = reader.next()
                if value + 1 < len(written):
                    ages.append(max(0.0, asked - written[value + 1]))
    finally:
        stop.set()
        writer.join()
    print(f"{reader.folded() - before:.0f} folded, {len(ages)} of them old, "
          f"by at most {1000 * max(ages, default=0):.0f} ms")
    assert reader.folded() > before
    assert max(ages, default=0) <= MAX_LAG


def test_nothing_is_answered_while_the_stream_is_down(follow, pg):
    pg.psql("CREATE ROLE follower SUPERUSER LOGIN")
    try:
        process = follow(user="follower")
        reader = Reader(process)
        reader.wait_until_folded()
        reader.in_midst()
        pg.psql("ALTER ROLE follower NOLOGIN;"
                "SELECT pg_terminate_backend(pid) FROM pg_stat_replication"
                " WHERE usename = 'follower'")
        wait_until(lambda: not is_followed(process), "the end of the stream to be noticed")
        pg.psql("UPDATE item SET value = 7", "followed")
        before = reader.folded()
        while reader.left:
            assert reader.next() == 7
        reader.begin()
        while reader.left:
            assert reader.next() == 7
        assert reader.folded() == before
        assert process.metric("pgfold_replication_up", database="followed") == 0

        pg.psql("ALTER ROLE follower LOGIN")
        wait_until(lambda: is_followed(process), "the stream to be back")
        reader.wait_until_folded()
        assert "changes are not followed" in process.output()
    finally:
        process.stop()
        pg.psql("DROP OWNED BY follower", "followed")
        pg.psql("DROP ROLE follower")


def test_a_stream_that_is_killed_comes_back(follow, pg):
    process = follow()
    reader = Reader(process)
    reader.wait_until_folded()
    for value in range(1, 4):
        reader.in_midst()
        pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_replication", "followed")
        ages = reader.age_of_old_answers(write_beside(pg, value), value)
        assert max(ages, default=0) <= MAX_LAG
        wait_until(lambda: is_followed(process), "the stream to be back")
    reader.wait_until_folded()


def test_two_pgfolds_before_one_database(follow, pg):
    first, second = follow(), follow()
    reader = Reader(second)
    reader.wait_until_folded()
    writer = psycopg2.connect(first.endpoint.dsn(dbname="followed"))
    writer.autocommit = True
    for value in range(1, 4):
        reader.in_midst()
        with writer.cursor() as cursor:
            cursor.execute("UPDATE item SET value = %s", (value,))
        ages = reader.age_of_old_answers(time.monotonic(), value)
        print(f"seen by the other after at most {1000 * max(ages, default=0):.0f} ms")
        assert max(ages, default=0) <= MAX_LAG
    writer.close()
    assert pg.psql("SELECT count(*) FROM pg_publication", "followed") == "1"


def test_truncation_and_two_phase_commits_are_changes(follow, pg):
    reader = Reader(follow())
    reader.wait_until_folded()
    reader.in_midst()
    pg.psql("BEGIN; UPDATE item SET value = 5; PREPARE TRANSACTION 'beside'", "followed")
    assert reader.next() == 0
    pg.psql("COMMIT PREPARED 'beside'", "followed")
    assert max(reader.age_of_old_answers(time.monotonic(), 5), default=0) <= MAX_LAG
    reader.wait_until_folded()
    reader.in_midst()
    pg.psql("TRUNCATE item", "followed")
    written = time.monotonic()
    for key in reader.left:
        asked = time.monotonic()
        reader.cursor.execute(CHILD, (key,))
        if not reader.cursor.fetchall():
            break
        assert asked - written <= MAX_LAG
        time.sleep(0.01)
    else:
        raise AssertionError("the rows never went")


def test_ddl_beside_is_seen(follow, pg):
    """Replication says nothing of it; the catalog's stamp does."""
    reader = Reader(follow(), "SELECT value FROM item_view WHERE list_id = %s")
    reader.wait_until_folded()
    reader.in_midst()
    pg.psql("CREATE OR REPLACE VIEW item_view AS SELECT list_id, value + 100 AS value FROM item",
            "followed")
    ages = reader.age_of_old_answers(time.monotonic(), 100, 0.15)
    print(f"DDL was seen after at most {1000 * max(ages, default=0):.0f} ms")
    assert max(ages, default=0) < 45, "looked for less often where looking takes long"


@pytest.mark.parametrize("table", ["unlogged_item", "keyless_item"])
def test_a_table_that_is_not_replicated_is_not_answered_for(follow, pg, table):
    process = follow()
    Reader(process).wait_until_folded()
    reader = Reader(process, CHILD.replace("item", table))
    for _ in range(3):
        assert not reader.is_folded()
    # Nor is anything in the way of who writes it.
    pg.psql(f"UPDATE {table} SET value = 1; DELETE FROM {table} WHERE id = 1", "followed")
    reasons = [f["not_folded_because"] for f in process.get_json("/api/v1/findings")["findings"]
               if table in f["tables"]]
    assert any("not in the publication" in reason for reason in reasons), reasons


def test_a_new_table_is_followed_once_its_writers_have_ended(follow, pg):
    process = follow()
    Reader(process).wait_until_folded()
    pg.psql("CREATE TABLE new_item AS SELECT * FROM item;"
            "ALTER TABLE new_item ADD PRIMARY KEY (id)", "followed")
    writer = psycopg2.connect(pg.endpoint.dsn(dbname="followed"))
    with writer.cursor() as cursor:
        cursor.execute("UPDATE new_item SET value = 9")
    published = "SELECT count(*) FROM pg_publication_tables WHERE tablename = 'new_item'"
    wait_until(lambda: pg.psql(published, "followed") == "1", "the table to be published", 60)
    reader = Reader(process, CHILD.replace("item", "new_item"))
    for _ in range(3):
        assert not reader.is_folded(), "what has been written before, nobody will tell"
    writer.commit()
    writer.close()
    reader.wait_until_folded()
    assert [reader.begin(), reader.next()][1] == 9


def test_a_server_that_does_not_log_enough_is_as_without(start_postgres, start_pgfold):
    server = start_postgres(settings={"wal_level": "replica"})
    server.psql("CREATE DATABASE followed", "postgres")
    server.psql(SCHEMA, "followed")
    process = start_pgfold(server.endpoint.dsn(dbname="followed"), config=config())
    wait_until(lambda: "wal_level is replica" in process.output(), "a reason in the log")
    (state,) = process.get_json("/readyz")["changes"]
    assert state["state"] == "ttl" and "wal_level = logical" in state["reason"]
    Reader(process).wait_until_folded()
    process.stop()


def test_a_login_that_may_not_replicate_is_as_without(follow, pg):
    pg.psql("CREATE ROLE visitor LOGIN")
    try:
        process = follow(user="visitor")
        wait_until(lambda: "cannot be had" in process.output(), "a reason in the log")
        assert "permission denied" in process.output()
        Reader(process).wait_until_folded()
        process.stop()
    finally:
        pg.psql("DROP ROLE visitor")


def test_the_server_can_be_shut_down(start_postgres, start_pgfold):
    """It waits until all that it has logged has been confirmed."""
    server = start_postgres()
    server.psql("CREATE DATABASE followed", "postgres")
    server.psql(SCHEMA, "followed")
    process = start_pgfold(server.endpoint.dsn(dbname="followed"), config=config())
    reader = Reader(process)
    reader.wait_until_folded()
    reader.connection.close()
    server.stop()
    wait_until(lambda: not is_followed(process), "the end to be noticed")
    server.restart()
    wait_until(lambda: is_followed(process), "the stream to be back")
    Reader(process).wait_until_folded()


KEPT = "SELECT value FROM item WHERE id = %s"


def kept_value(process: Pgfold, cursor: psycopg2.extensions.cursor, key: int) -> int:
    cursor.execute(KEPT, (key,))
    ((value,),) = cursor.fetchall()
    return value


def test_the_cache_is_as_old_as_max_lag_at_most(database, pg, start_pgfold):
    """Its answers would else be kept for an hour. Written beside pgfold, read through it at once."""
    process = start_pgfold(pg.endpoint.dsn(dbname=database), config={
        **config(), "batch": {"mode": "off"}, "cache": {"rules": [{"tables": ["*"], "ttl": "1h"}]}})
    connection = psycopg2.connect(process.endpoint.dsn(dbname=database))
    connection.autocommit = True
    cursor = connection.cursor()

    def is_hit() -> bool:
        before = process.metric("pgfold_cache_hits_total")
        kept_value(process, cursor, 7)
        return process.metric("pgfold_cache_hits_total") > before
    windows = []
    for value in range(1, 6):
        wait_until(is_hit, "an answer from memory")
        written = asked = write_beside(pg, value)
        old = written
        while kept_value(process, cursor, 7) != value:
            old, asked = asked, time.monotonic()
        windows.append(old - written)
    print("old answers were given for at most", [f"{1000 * w:.0f} ms" for w in windows])
    assert max(windows) <= MAX_LAG
    wait_until(is_hit, "an answer from memory")
    pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_replication;"
            "UPDATE item SET value = 99", database)
    wait_until(lambda: kept_value(process, cursor, 7) == 99, "the write while nobody followed")
    wait_until(is_hit, "an answer from memory once it is followed again")
