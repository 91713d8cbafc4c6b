"""What folding may cost at most: how old an answer can get, and what loops that break off waste."""

import random
import threading
import time
from typing import List, Tuple

import pytest

from support.loop_clients import Psycopg2
from support.waiting import wait_until

SCHEMA = """
CREATE SCHEMA bounds;
CREATE TABLE bounds.parent (id int PRIMARY KEY);
CREATE TABLE bounds.child (parent_id int PRIMARY KEY, version bigint NOT NULL);
INSERT INTO bounds.parent SELECT generate_series(1, 5000);
INSERT INTO bounds.child SELECT id, 0 FROM bounds.parent;
ANALYZE;
"""
PARENTS = "SELECT id FROM bounds.parent ORDER BY id LIMIT 100"
VERSION = "SELECT version FROM bounds.child WHERE parent_id = ?"


@pytest.fixture(scope="module")
def tables(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA bounds CASCADE")


# ---------------------------------------------------------------- writers beside pgfold


class Writer(threading.Thread):
    """Raises the version of all rows again and again, directly, and notes when each was committed."""

    def __init__(self, endpoint):
        super().__init__()
        self._client = Psycopg2(endpoint)
        self._stopping = threading.Event()
        self.committed: List[float] = [time.monotonic()]  # by version
        self.problem = None

    def run(self):
        try:
            self._client.rows("UPDATE bounds.child SET version = 0 WHERE parent_id <= 100")
            while not self._stopping.is_set():
                self._client.rows(
                    "UPDATE bounds.child SET version = version + 1 WHERE parent_id <= 100")
                self.committed.append(time.monotonic())
        except Exception as error:  # pylint: disable=broad-except
            self.problem = error

    def stop(self):
        self._stopping.set()
        self.join()
        self._client.close()
        assert self.problem is None, self.problem

    def await_commits(self, count: int):
        wanted = len(self.committed) + count
        wait_until(lambda: len(self.committed) > wanted or self.problem, "the writer")


Read = Tuple[int, float, float]  # version, when it was asked and answered


def staleness(read: Read, committed: List[float]) -> Tuple[float, float]:
    """For how long the next version had been committed when the read was asked, and the part of it
    that the read itself does not explain."""
    version, asked, answered = read
    if version + 1 >= len(committed):
        return 0.0, 0.0
    stale = max(0.0, asked - committed[version + 1])
    return stale, stale - (answered - asked)


def read_loops(endpoint, writer: Writer, loops: int, dice: random.Random) -> List[Read]:
    """Fast and slow ones: between two lookups the writer commits now and then a few times."""
    client = Psycopg2(endpoint)
    reads = []
    for loop in range(loops):
        hesitant = loop % 3 == 2
        for (key,) in client.rows(PARENTS):
            if hesitant and dice.randrange(8) == 0:
                writer.await_commits(dice.randrange(60))
            asked = time.monotonic()
            ((version,),) = client.rows(VERSION, key)
            reads.append((version, asked, time.monotonic()))
    client.close()
    return reads


@pytest.mark.parametrize("max_age", [0.02, 0.1, 0.4])
def test_no_answer_is_older_than_max_age(tables, pg, start_pgfold, max_age):
    seed = random.randrange(2 ** 32)
    print("seed:", seed)
    process = start_pgfold(pg.endpoint.dsn(),
                           config={"batch": {"max_age": f"{max_age * 1000:.0f}ms"}})
    writer = Writer(pg.endpoint)
    writer.start()
    try:
        reads = read_loops(process.endpoint, writer, 12, random.Random(seed))
    finally:
        writer.stop()
    ages = [staleness(read, writer.committed) for read in reads]
    worst, excess = max(ages)[0], max(excess for _, excess in ages)
    print(f"max_age {max_age * 1000:.0f} ms: worst of {len(reads)} reads {worst * 1000:.1f} ms old, "
          f"{sum(age > 0 for age, _ in ages)} old at all, {len(writer.committed)} commits")
    assert excess <= max_age
    # Else nothing was answered from memory while it was written, and nothing is shown.
    assert worst > 0
    assert process.metric("pgfold_folded_lookups_total") > 0


def test_the_measure_sees_older_answers(tables, pg, start_pgfold):
    """… where they are allowed."""
    process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"max_age": "60s"}})
    client = Psycopg2(process.endpoint)
    writer = Writer(pg.endpoint)
    writer.start()
    worst = 0.0
    try:
        for attempt in range(20):
            keys = [key for (key,) in client.rows(PARENTS)]
            for key in keys[:10]:
                client.rows(VERSION, key)
            if attempt >= 3:
                begun = len(writer.committed)
                wait_until(lambda: writer.committed[-1] - writer.committed[begun - 1] > 0.15,
                           "commits")
            for key in keys[10:]:
                asked = time.monotonic()
                ((version,),) = client.rows(VERSION, key)
                read = version, asked, time.monotonic()
                worst = max(worst, staleness(read, writer.committed)[1])
    finally:
        writer.stop()
        client.close()
    assert worst > 0.1


# ---------------------------------------------------------------- loops that break off


def statements_at(pg) -> int:
    """All that PostgreSQL has executed in the database, but for asking this."""
    client = Psycopg2(pg.endpoint)
    ((calls,),) = client.rows(
        "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements s JOIN pg_database d"
        " ON d.oid = s.dbid WHERE datname = current_database() AND query NOT LIKE ?",
        "%pg_stat_statements%")
    client.close()
    return calls


class Counting:
    """A client that knows how many statements it has sent."""

    def __init__(self, endpoint):
        self._client = Psycopg2(endpoint)
        self.sent = 0

    def rows(self, sql, *values):
        self.sent += 1
        return self._client.rows(sql, *values)

    def close(self):
        self._client.close()


def page(db, dice) -> List[int]:
    """Fifty ids, mostly others than the last time."""
    return [key for (key,) in db.rows(
        "SELECT id FROM bounds.parent WHERE id > ? ORDER BY id LIMIT 50", dice.randrange(4950))]


def broken_loop(db, keys: List[int], wanted: str = VERSION) -> None:
    for key in keys:
        db.rows(wanted, key)


def always_one(db, dice):
    broken_loop(db, page(db, dice)[:1])


def always_two(db, dice):
    broken_loop(db, page(db, dice)[:2])


def always_three(db, dice):
    broken_loop(db, page(db, dice)[:3])


def one_to_three(db, dice):
    broken_loop(db, page(db, dice)[:dice.randint(1, 3)])


def the_same_two(db, _):
    broken_loop(db, [key for (key,) in db.rows(PARENTS)][:2])


def in_a_transaction(db, dice):
    db.rows("BEGIN")
    one_to_three(db, dice)
    db.rows("COMMIT")


def two_lookups_of_each_row(db, dice):
    for key in page(db, dice)[:dice.randint(1, 3)]:
        db.rows(VERSION, key)
        db.rows("SELECT parent_id FROM bounds.child WHERE parent_id = ?", key)


@pytest.mark.parametrize("pattern", [always_one, always_two, always_three, one_to_three,
                                     the_same_two, in_a_transaction, two_lookups_of_each_row])
def test_loops_that_always_break_off_cost_next_to_nothing(tables, pg, start_pgfold, pattern):
    # A moment in which the machine is slow makes loops look better or worse than they are.
    for _ in range(3):
        percent, settled = cost_of(pattern, pg, start_pgfold(pg.endpoint.dsn()))
        if percent <= 3 and settled:
            return
    assert percent <= 3
    assert settled


def cost_of(pattern, pg, process):
    """What folding adds to the statements that are sent, in percent; whether little of it is left
    in the second half."""
    dice = random.Random(7)
    db = Counting(process.endpoint)
    # What folding sends once per database, its catalog, is not of the loops.
    broken_loop(db, page(db, dice), "SELECT version + 0 FROM bounds.child WHERE parent_id = ?")
    loops, extra, sent = 4000, [], []
    for _ in range(2):
        before, sent_before = statements_at(pg), db.sent
        for _ in range(loops // 2):
            pattern(db, dice)
        sent.append(db.sent - sent_before)
        extra.append(statements_at(pg) - before - sent[-1])
    db.close()
    percent = 100 * sum(extra) / sum(sent)
    print(f"{pattern.__name__}: {sum(sent)} statements in {loops} loops, {sum(extra)} extra "
          f"({percent:.2f} %), of them {extra[1]} in the second half")
    return percent, extra[1] * 50 <= sent[1]


def test_loops_that_become_useful_again_are_folded_again(tables, pg, start_pgfold):
    process = start_pgfold(pg.endpoint.dsn())
    db, dice = Counting(process.endpoint), random.Random(7)

    def sits_out() -> bool:
        for _ in range(20):
            always_two(db, dice)
        (known,) = process.get_json("/api/v1/associations")["associations"] or [None]
        return known is not None and known["score"]["sitting_out"] > 60

    wait_until(sits_out, "the loop to be sat out for long")
    folded = process.metric("pgfold_folded_lookups_total")
    for _ in range(20):
        broken_loop(db, page(db, dice))
    assert process.metric("pgfold_folded_lookups_total") - folded > 8 * 40
    db.close()


def test_a_loop_that_breaks_after_three_rows_wastes_at_most_one_small_chunk(
        tables, pg, start_pgfold):
    process = start_pgfold(pg.endpoint.dsn())
    db, dice = Counting(process.endpoint), random.Random(7)
    broken_loop(db, page(db, dice), "SELECT version + 0 FROM bounds.child WHERE parent_id = ?")
    for number in range(1, 4):
        wanted = f"SELECT version + {number}.0 AS v{number} FROM bounds.child WHERE parent_id = ?"
        fetched = process.metric("pgfold_batch_keys_fetched_total")
        before, sent_before = statements_at(pg), db.sent
        broken_loop(db, page(db, dice)[:3], wanted)
        db.rows("SELECT 1")
        assert process.metric("pgfold_batch_keys_fetched_total") > fetched, "it was not folded"
        assert statements_at(pg) - before - (db.sent - sent_before) <= 16
    db.close()
