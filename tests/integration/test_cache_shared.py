"""Several pgfold processes before one database, and answers that they share in Redis."""

import itertools
import threading

import pytest

from support.loop_clients import CLIENTS, Psycopg2
from support.redis import Redis
from support.waiting import wait_until

SCHEMA = """
CREATE SCHEMA fleet;
CREATE TABLE fleet.plan (id int PRIMARY KEY, name text, price numeric);
CREATE TABLE fleet.busy (id int PRIMARY KEY, n int);
INSERT INTO fleet.plan SELECT i, 'plan ' || i, i * 1.5 FROM generate_series(1, 1000) i;
INSERT INTO fleet.busy SELECT i, 0 FROM generate_series(1, 10) i;
ANALYZE;
"""
BY_ID = "SELECT id, name, price FROM fleet.plan WHERE id = ?"
# Each argument is a question that nobody has asked before.
BUSY = "SELECT n FROM fleet.busy WHERE id = 1 AND n >= ?"


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA fleet CASCADE")


@pytest.fixture
def redis(scratch, tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis", numbered=True)).start()
    yield server
    server.kill()


@pytest.fixture
def start(start_pgfold, pg, redis):
    def one():
        rules = {"rules": [{"tables": ["plan", "busy"], "ttl": "1h"}], "shared": redis.url}
        return start_pgfold(pg.endpoint.dsn(),
                            config={"cache": rules, "batch": {"mode": "off"}})
    return one


def shared_hits(proxy):
    return proxy.metric("pgfold_cache_shared_hits_total")


def is_up(proxy):
    return proxy.metric("pgfold_cache_shared_up") == 1


def share(first, second, proxy, questions):
    """Until what one asks is there for the other: catalog and tokens come first."""
    def shared():
        sql, value = next(questions)
        before = shared_hits(proxy)
        assert first.rows(sql, value) == second.rows(sql, value)
        return shared_hits(proxy) > before
    wait_until(shared, "an answer that another process asked for")


@pytest.mark.parametrize("client", CLIENTS)
def test_one_asks_and_the_others_know(client, start, direct):
    a, b = start(), start()
    plain = CLIENTS[client](direct)
    first, second = CLIENTS[client](a.endpoint), CLIENTS[client](b.endpoint)
    share(first, second, b, ((BY_ID, i) for i in itertools.count(1)))
    before = shared_hits(b)
    answers = [plain.rows(BY_ID, i) for i in range(900, 950)]
    assert [first.rows(BY_ID, i) for i in range(900, 950)] == answers
    # The last ones may still be on their way there.
    assert [second.rows(BY_ID, i) for i in range(900, 950)] == answers
    assert shared_hits(b) - before >= 40
    shown = b.get_json("/api/v1/cache")["shared"]
    assert shown["up"] and shown["hits"] == shared_hits(b)
    for db in (plain, first, second):
        db.close()


def test_a_process_that_begins_later_shares_too(start):
    """Its first statements, of which it cannot know what they write, drop what there is."""
    a, b = start(), start()
    first, second = Psycopg2(a.endpoint), Psycopg2(b.endpoint)
    questions = ((BY_ID, i) for i in itertools.count(1))
    share(first, second, b, questions)
    c = start()
    third = Psycopg2(c.endpoint)
    share(first, third, c, questions)
    share(third, second, b, questions)


def test_what_is_written_through_a_process_it_never_reads_old(start):
    """Another process asks the same before, while and after it is written."""
    a, b = start(), start()
    other, writer, reader = Psycopg2(a.endpoint), Psycopg2(b.endpoint), Psycopg2(b.endpoint)
    numbers = itertools.count(1)
    share(other, reader, b, ((BUSY, -i) for i in numbers))
    asked, over = [0], threading.Event()

    def ask_always():
        busy = Psycopg2(a.endpoint)
        while not over.is_set():
            busy.rows(BUSY, asked[0])
        busy.close()

    thread = threading.Thread(target=ask_always)
    thread.start()
    before = shared_hits(b)
    try:
        for n in range(1, 300):
            asked[0] = -1_000_000 - n
            other.rows(BUSY, asked[0])
            writer.rows("UPDATE fleet.busy SET n = ? WHERE id = 1", n)
            assert reader.rows(BUSY, asked[0]) == [(n,)]
            # What is asked for after the write is new, and may come from there.
            assert other.rows(BUSY, -2_000_000 - n) == [(n,)]
            assert reader.rows(BUSY, -2_000_000 - n) == [(n,)]
    finally:
        over.set()
        thread.join()
    share(other, reader, b, ((BUSY, -3_000_000 - i) for i in numbers))
    assert shared_hits(b) > before


def test_redis_may_go_and_come_back_with_what_it_had_saved(start, redis):
    a, b = start(), start()
    pairs = [(Psycopg2(proxy.endpoint), Psycopg2(proxy.endpoint)) for proxy in (a, b)]
    share(pairs[0][1], pairs[1][1], b, ((BY_ID, i) for i in itertools.count(1)))
    over, rounds, wrong = threading.Event(), [0, 0], []

    def write_and_read(number):
        """Each process has a row of its own, and must see what it has written there."""
        writer, reader = pairs[number]
        row = 2 + number
        try:
            while not over.is_set():
                n = rounds[number] + 1
                writer.rows("UPDATE fleet.busy SET n = ? WHERE id = ?", n, row)
                found = reader.rows("SELECT n FROM fleet.busy WHERE id = ?", row)
                if found != [(n,)]:
                    wrong.append((number, n, found))
                rounds[number] = n
        except Exception as failure:  # pylint: disable=broad-except
            wrong.append((number, failure))

    threads = [threading.Thread(target=write_and_read, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()

    def go_on():
        since = list(rounds)
        wait_until(lambda: wrong or all(now > then + 20 for now, then in zip(rounds, since)),
                   "writes to go on")
    try:
        for _ in range(2):
            go_on()
            assert redis.command("SAVE") == b"+OK\r\n"
            go_on()
            redis.kill()
            go_on()
            wait_until(lambda: not is_up(a) and not is_up(b), "Redis to be missed")
            redis.start()
            wait_until(lambda: is_up(a) and is_up(b), "Redis to be found again")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not wrong
    share(pairs[0][1], pairs[1][1], b, ((BY_ID, i) for i in itertools.count(300)))


def test_without_redis_the_cache_goes_on(start, redis):
    redis.kill()
    proxy = start()
    db = Psycopg2(proxy.endpoint)

    def is_hit():
        before = proxy.metric("pgfold_cache_hits_total")
        assert db.rows(BY_ID, 5)[0][1] == "plan 5"
        return proxy.metric("pgfold_cache_hits_total") > before
    wait_until(is_hit, "a hit without Redis")
    assert not is_up(proxy)
    db.rows("UPDATE fleet.plan SET name = 'five' WHERE id = 5")
    assert db.rows(BY_ID, 5)[0][1] == "five"
    assert "cannot be used" in proxy.output()
