"""Many clients at once, each with answers of its own."""

import os
import random
import subprocess
import threading

import psycopg
import psycopg2
import pytest

from support.locations import postgres_bin
from support.raw_connection import RawConnection
from support.waiting import wait_until


def test_nobody_gets_the_answer_of_another(proxied):
    """Simple, extended, prepared and pipelined, with errors and cancellations in between."""
    failures = []
    seed = random.randrange(1 << 32)
    print("seed", seed)

    def work(number: int) -> None:
        generator = random.Random(seed + number)
        try:
            with psycopg.connect(proxied.dsn(), autocommit=True) as connection:
                for step in range(150):
                    mark = f"{number}-{step}"
                    kind = generator.randrange(5)
                    if kind == 0:
                        assert connection.execute(f"SELECT '{mark}'").fetchone() == (mark,)
                    elif kind == 1:
                        assert connection.execute("SELECT %s::text", (mark,)).fetchone() == (mark,)
                    elif kind == 2:
                        with connection.pipeline():
                            cursors = [connection.execute("SELECT %s || %s", (mark, str(i)))
                                       for i in range(generator.randrange(1, 20))]
                            got = [c.fetchone()[0] for c in cursors]
                        assert got == [f"{mark}{i}" for i in range(len(got))]
                    elif kind == 3:
                        with pytest.raises(psycopg.errors.DivisionByZero):
                            connection.execute("SELECT %s, 1 / %s", (mark, 0))
                    else:
                        rows = connection.execute("SELECT %s, repeat('x', 50000) FROM "
                                                  "generate_series(1, 5)", (mark,)).fetchall()
                        assert [r[0] for r in rows] == [mark] * 5
        except BaseException as problem:
            failures.append((number, problem))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_connections_come_and_go(proxied, proxy, pg):
    """While others work, clients connect, leave in every way, and cancel what is not theirs."""
    stop = threading.Event()
    failures = []

    def come_and_go(number: int) -> None:
        generator = random.Random(number)
        try:
            while not stop.is_set():
                raw = RawConnection(proxied).login()
                way = generator.randrange(4)
                if way == 0:
                    raw.query("SELECT 1")
                elif way == 1:
                    raw.send(b"Q\0\0\0\x0fSELECT 1")
                elif way == 2:
                    raw.query("BEGIN")
                (raw.abort if generator.randrange(2) else raw.close)()
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=come_and_go, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        with psycopg2.connect(proxied.dsn()) as steady:
            cursor = steady.cursor()
            for i in range(500):
                cursor.execute("SELECT %s, pg_backend_pid()", (i,))
                assert cursor.fetchone() == (i, steady.info.backend_pid)
        steady.close()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures
    wait_until(lambda: proxy.open_files() < 60, "the files to be closed")


@pytest.mark.parametrize("clients", [1, 16])
def test_pgbench_under_observation(start_pgfold, pg, tmp_path, clients):
    """The admin API and signals are used while queries run."""
    process = start_pgfold(pg.endpoint.dsn(), config={"detect": {"min_lookups": 3}})
    script = tmp_path / "loop.sql"
    script.write_text("\\set n random(1, 100000)\nSELECT oid, relname FROM pg_class LIMIT 5;\n" +
                      "SELECT relname FROM pg_class WHERE oid = :n;\n" * 5)
    bench = subprocess.Popen(
        [postgres_bin() / "pgbench", "-n", "-f", script, "-M", "prepared", "-c", str(clients),
         "-j", "2", "-t", str(800 // clients)], env=process.endpoint.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while bench.poll() is None:
        for path in ("/metrics", "/api/v1/findings", "/api/v1/statements", "/api/v1/connections",
                     "/readyz"):
            process.get(path)
    out, errors = bench.communicate()
    assert bench.returncode == 0 and "failed transactions: 0 (" in out, errors


def test_as_many_threads_as_asked_for(start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), arguments=["--threads", "3"])
    names = [open(f"/proc/{process.pid}/task/{t}/comm").read().strip()
             for t in os.listdir(f"/proc/{process.pid}/task")]
    print(names)
    assert len(names) >= 3
    with psycopg2.connect(process.endpoint.dsn()) as connection:
        connection.cursor().execute("SELECT 1")
    connection.close()
