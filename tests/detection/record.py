#!/usr/bin/env python3
"""Records loops that the corpus lacks, with real drivers against a throwaway PostgreSQL.

    PYTHONPATH=tests /usr/bin/python3 tests/detection/record.py tests/detection/recordings

Writes pcap/<client>__<scenario>.pcap and labels.csv in the corpus's format. The relay in between
writes what passes as TCP segments, so no privilege to capture is needed.
"""

import asyncio
import csv
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

from support.postgres import Postgres

PORT = 5432  # in the recordings
ROOT = Path(__file__).resolve().parents[2]
LABELS = ["client", "scenario", "label", "child_table", "parent_table", "key_column", "fed_by",
          "repeats", "file"]


class Recorder:
    """Relays one port to the server and writes both directions into a pcap file."""

    def __init__(self, path: Path, server_port: int):
        self._file = open(path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self._lock = threading.Lock()
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _packet(self, from_client: bool, port: int, seq: int, ack: int, flags: int, data: bytes) -> None:
        source, target = (port, PORT) if from_client else (PORT, port)
        tcp = struct.pack("!HHIIBBHHH", source, target, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 65535, 0, 0)
        address = socket.inet_aton("127.0.0.1")
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(data), 0, 0, 64, 6, 0, address, address)
        frame = b"\0" * 12 + b"\x08\x00" + ip + tcp + data
        now = time.time()
        self._file.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)

    def _accept(self) -> None:
        while True:
            try:
                client, (_, port) = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sequence = {True: 1000, False: 5000}
            with self._lock:
                self._packet(True, port, 999, 0, 0x02, b"")
                self._packet(False, port, 4999, 1000, 0x12, b"")
                self._packet(True, port, 1000, 5000, 0x10, b"")
            for source, sink, from_client in ((client, server, True), (server, client, False)):
                thread = threading.Thread(target=self._pump, args=(source, sink, from_client, port, sequence), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pump(self, source, sink, from_client, port, sequence) -> None:
        while True:
            try:
                data = source.recv(60000)
            except OSError:
                data = b""
            with self._lock:
                for start in range(0, len(data), 1400):
                    piece = data[start:start + 1400]
                    self._packet(from_client, port, sequence[from_client], sequence[not from_client], 0x18, piece)
                    sequence[from_client] += len(piece)
                if not data:
                    self._packet(from_client, port, sequence[from_client], sequence[not from_client], 0x11, b"")
                    sequence[from_client] += 1
            try:
                sink.sendall(data) if data else sink.shutdown(socket.SHUT_WR)
            except OSError:
                return
            if not data:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)
        self._file.close()


def children(run, keys) -> int:
    """One lookup per key; returns how many there were."""
    count = 0
    for key in keys:
        run("SELECT id, name FROM employee WHERE organization_id = %s", key)
        count += 1
    return count


ORGANIZATIONS = "SELECT id, name, city FROM organization ORDER BY id"


def break_early(run):
    return children(run, [row[0] for row in run(ORGANIZATIONS)][:9])


def filtered(run):
    return children(run, [row[0] for row in run(ORGANIZATIONS) if hash_of(row[1]) % 3 == 0])


def sorted_by_name(run):
    return children(run, [row[0] for row in sorted(run(ORGANIZATIONS), key=lambda row: (row[2], row[1]))])


def backwards(run):
    return children(run, [row[0] for row in reversed(run(ORGANIZATIONS))])


def dense_parent(run):
    rows = run("SELECT id, kind FROM event_log ORDER BY id")
    for row in rows:
        run("SELECT id, note FROM audit_note WHERE employee_id = %s", row[0])
    return len(rows)


def beside_dense(run):
    """A list of 2,000 ids is read; then requests that have nothing to do with it come in."""
    run("SELECT id, kind FROM event_log ORDER BY id")
    chosen = random.Random(5)
    for _ in range(60):
        run("BEGIN")
        run("SELECT id, name FROM employee WHERE id = %s", chosen.randrange(1, 2500))
        run("COMMIT")
    return 0


def taking_turns(run):
    """Two requests on one connection, each with a page and its loop, statement by statement."""
    page = "SELECT id, name FROM organization WHERE id > %s ORDER BY id LIMIT 20"
    first = run(page, 0)
    second = run(page, 25)
    count = 0
    for one, other in zip(first, second):
        count += children(run, [one[0], other[0]])
    return count


def hash_of(text: str) -> int:
    return sum(text.encode()) * 31


HAS_MANY = ("n_plus_one", "employee", "organization", "organization_id", "organization.id")
CLEAN = ("clean", "employee", "", "", "")
SCENARIOS = {
    "break_early": (break_early, HAS_MANY), "filtered": (filtered, HAS_MANY),
    "sorted": (sorted_by_name, HAS_MANY), "backwards": (backwards, HAS_MANY),
    "dense_parent": (dense_parent, ("n_plus_one", "audit_note", "event_log", "employee_id", "event_log.id")),
    "beside_dense": (beside_dense, CLEAN), "taking_turns": (taking_turns, HAS_MANY),
}


def psycopg2_runner(port):
    import psycopg2
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="app", dbname="shop")
    connection.autocommit = True
    cursor = connection.cursor()

    def run(sql, *arguments):
        cursor.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else []
    return run, connection.close


def psycopg3_runner(port):
    import psycopg
    connection = psycopg.connect(host="127.0.0.1", port=port, user="app", dbname="shop", autocommit=True)

    def run(sql, *arguments):
        cursor = connection.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else []
    return run, connection.close


def sqlalchemy_runner(port):
    import sqlalchemy
    engine = sqlalchemy.create_engine(f"postgresql+psycopg2://app@127.0.0.1:{port}/shop", isolation_level="AUTOCOMMIT")
    connection = engine.connect()

    def run(sql, *arguments):
        result = connection.exec_driver_sql(sql, arguments or None)
        return result.fetchall() if result.returns_rows else []

    def close():
        connection.close()
        engine.dispose()
    return run, close


def asyncpg_runner(port):
    import asyncpg
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(host="127.0.0.1", port=port, user="app", database="shop"))

    def run(sql, *arguments):
        if sql in ("BEGIN", "COMMIT"):
            loop.run_until_complete(connection.execute(sql))
            return []
        return [tuple(row) for row in loop.run_until_complete(connection.fetch(sql.replace("%s", "$1"), *arguments))]
    return run, lambda: loop.run_until_complete(connection.close())


def server_cursor(port) -> int:
    """Django's iterator(): rows come from a cursor of the server, in pieces."""
    import psycopg2
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="app", dbname="shop")
    names = connection.cursor("names")
    names.itersize = 20
    names.execute(ORGANIZATIONS)
    cursor = connection.cursor()
    count = 0
    for row in names:
        cursor.execute("SELECT id, name FROM employee WHERE organization_id = %s", row[:1])
        cursor.fetchall()
        count += 1
    connection.commit()
    connection.close()
    return count


def errors_inside(port) -> int:
    """Every seventh lookup fails and is tried again."""
    import psycopg2
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="app", dbname="shop")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(ORGANIZATIONS)
    count = 0
    for row in cursor.fetchall():
        for divisor in (0, 1) if row[0] % 7 == 0 else (1,):
            try:
                cursor.execute("SELECT id, salary / %s FROM employee WHERE organization_id = %s", (divisor, row[0]))
                cursor.fetchall()
            except psycopg2.Error:
                pass
            count += 1
    connection.close()
    return count


def two_requests(port) -> int:
    """The same list page on two connections of one pool at the same time."""
    counts = []

    def request():
        run, close = psycopg2_runner(port)
        counts.append(children(run, [row[0] for row in run(ORGANIZATIONS)]))
        close()
    threads = [threading.Thread(target=request) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


RUNNERS = {"psycopg2": psycopg2_runner, "psycopg3": psycopg3_runner,
           "sqlalchemy": sqlalchemy_runner, "asyncpg": asyncpg_runner}
SPECIAL = {"server_cursor": server_cursor, "errors_inside": errors_inside, "two_requests": two_requests}


def main() -> None:
    target = Path(sys.argv[1])
    (target / "pcap").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pgfold-record-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder) / "server").initialize()
        server.start()
        try:
            server.psql("CREATE ROLE app LOGIN", "postgres")
            server.psql("CREATE DATABASE shop", "postgres")
            server.psql((ROOT / "tests/corpus/schema.sql").read_text(), "shop")
            rows = []
            for client, scenario, label, play in plays():
                path = target / "pcap" / f"{client}__{scenario}.pcap"
                recorder = Recorder(path, server.endpoint.port)
                count = play(recorder.port)
                recorder.close()
                kind, child, parent, key, fed_by = label
                rows.append([client, scenario, kind, child, parent, key, fed_by, count, f"pcap/{path.name}"])
                print(path.name, count)
        finally:
            server.stop()
    with open(target / "labels.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(LABELS)
        writer.writerows(rows)


def plays():
    for client, runner in RUNNERS.items():
        for scenario, (play, label) in SCENARIOS.items():
            def played(port, play=play, runner=runner):
                run, close = runner(port)
                count = play(run)
                close()
                return count
            yield client, scenario, label, played
    for scenario, play in SPECIAL.items():
        yield "psycopg2", scenario, HAS_MANY, play


if __name__ == "__main__":
    main()
