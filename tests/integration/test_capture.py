"""`capture.file`: what Wireshark and `pgfold analyze` read of it, and what must not be in it."""

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import List

import psycopg
import psycopg2
import pytest

from support.locations import pgfold_binary
from support.postgres import PASSWORD
from support.waiting import wait_until

SCHEMA = """
CREATE SCHEMA recorded;
CREATE TABLE recorded.author (id int PRIMARY KEY, name text, code uuid);
CREATE TABLE recorded.book (id int PRIMARY KEY, author_id int REFERENCES recorded.author,
                            author_code uuid, title text, bought timestamptz);
INSERT INTO recorded.author SELECT i, 'Gwendolyn Writer ' || i, gen_random_uuid()
  FROM generate_series(1000, 1060) i;
INSERT INTO recorded.book
  SELECT i, a.id, a.code, 'Clandestine Title ' || i, '2024-05-06 07:08:09.5Z'
  FROM generate_series(3000, 3040) i JOIN recorded.author a ON a.id = 1000 + i * 7 % 61;
ANALYZE recorded.author, recorded.book;
"""


@pytest.fixture(scope="module")
def library(pg):
    pg.psql(SCHEMA)
    yield
    pg.psql("DROP SCHEMA recorded CASCADE")


@pytest.fixture
def record(pg, start_pgfold, tmp_path):
    """A pgfold that captures, and its file."""
    def start(redact: str = "none", **capture):
        path = tmp_path / "traffic.pcapng"
        proxy = start_pgfold(pg.endpoint.dsn(),
                             config={"capture": {"file": str(path), "redact": redact, **capture}})
        return proxy, path

    return start


def tshark(path: Path, *fields: str, filter: str = "pgsql") -> List[List[str]]:
    if not shutil.which("tshark"):
        pytest.skip("tshark is not here; tools/setup installs it")
    command = ["tshark", "-r", str(path), "-Y", filter, "-T", "fields",
               "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def analyze(*paths: Path) -> dict:
    done = subprocess.run([str(pgfold_binary()), "analyze", "--format", "json", *map(str, paths)],
                          capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def loop(connection, by: str = "author_id", key: str = "id", binary: bool = False) -> int:
    cursor = connection.cursor(binary=True) if binary else connection.cursor()
    cursor.execute(f"SELECT id, {by}, title, bought FROM recorded.book ORDER BY id LIMIT 30")
    rows = cursor.fetchall()
    for row in rows:
        cursor.execute(f"SELECT id, name FROM recorded.author WHERE {key} = %s", (row[1],))
        cursor.fetchall()
    return len({row[1] for row in rows})


def findings(path: Path) -> set:
    return {(f["class"], f["fingerprint"], f["lookups"], tuple(f["parent"]["columns"]))
            for f in analyze(path)["findings"] if f["class"] == "n_plus_one"}


class TestFile:
    def test_wireshark_reads_it(self, record, library):
        proxy, path = record()
        with psycopg.connect(proxy.endpoint.dsn(application_name="shop")) as connection:
            connection.execute("SELECT id FROM recorded.author WHERE id = %s", (1001,), prepare=True)
            psycopg.ClientCursor(connection).execute("SELECT name FROM recorded.author LIMIT 3")
            with connection.cursor().copy("COPY recorded.author TO STDOUT") as copy:
                assert len(list(copy)) == 61
        proxy.stop()
        queries = {row[0] for row in tshark(path, "pgsql.query") if row[0]}
        assert "SELECT id FROM recorded.author WHERE id = $1" in queries
        assert "SELECT name FROM recorded.author LIMIT 3" in queries
        comments = {row[0] for row in tshark(path, "frame.comment", filter="frame.comment")}
        assert len(comments) == 1
        assert "database=app user=postgres application_name=shop" in comments.pop()
        for broken in ("_ws.malformed", "tcp.analysis.flags", "tcp.checksum.status == \"Bad\"",
                       "ip.checksum.status == \"Bad\""):
            assert tshark(path, "frame.number", filter=broken) == []
        flags = [row[0] for row in tshark(path, "tcp.flags", filter="tcp.flags.syn == 1")]
        assert len(flags) == 2
        assert len(tshark(path, "tcp.flags", filter="tcp.flags.fin == 1")) == 2

    @pytest.mark.parametrize("redact", ["none", "values"])
    def test_analyze_finds_what_the_proxy_found(self, record, library, redact):
        proxy, path = record(redact)
        with psycopg2.connect(proxy.endpoint.dsn()) as inlined:
            assert loop(inlined) > 20
        with psycopg.connect(proxy.endpoint.dsn()) as bound:
            loop(bound)
        with psycopg.connect(proxy.endpoint.dsn()) as binary:
            loop(binary, "author_code", "code", binary=True)
        live = {(f["class"], f["fingerprint"], f["lookups"], tuple(f["parent"]["columns"]))
                for f in proxy.get_json("/api/v1/findings")["findings"]}
        proxy.stop()
        assert len(live) == 2
        assert findings(path) == live

    @pytest.mark.timeout(300)
    def test_a_thousand_connections_at_once(self, pg, start_pgfold, start_postgres, tmp_path):
        server = start_postgres(settings={"max_connections": "1100"})
        path = tmp_path / "many.pcapng"
        proxy = start_pgfold(server.endpoint.dsn(), config={
            "capture": {"file": str(path)}, "limits": {"client_connections": 1100}})
        connections = [psycopg2.connect(proxy.endpoint.dsn()) for _ in range(1000)]

        def use(part):
            for number, connection in part:
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {number} AS number")
                    assert cursor.fetchone() == (number,)

        numbered = list(enumerate(connections, 100_000))
        threads = [threading.Thread(target=use, args=(numbered[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert proxy.metric("pgfold_capture_active") == 1
        for connection in connections:
            connection.close()
        proxy.stop()
        found = analyze(path)["statements"]
        assert sum(s["calls"] for s in found if "AS number" in s["query"]) == 1000
        content = path.read_bytes()
        assert all(f"SELECT {number} AS number".encode() in content for number, _ in numbered)


class TestSecrets:
    @pytest.mark.parametrize("user", ["password_user", "md5_user", "scram_user"])
    def test_no_password_is_written(self, record, user):
        proxy, path = record()
        with psycopg2.connect(proxy.endpoint.dsn(user=user, password=PASSWORD)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'marked'")
        with psycopg2.connect(proxy.endpoint.dsn()) as connection:
            with connection.cursor() as cursor:
                cursor.execute("CREATE ROLE recorded_role PASSWORD 'open sesame'")
            connection.rollback()
        proxy.stop()
        content = path.read_bytes()
        assert b"marked" in content and user.encode() in content
        for secret in (PASSWORD.encode(), b"open sesame", b"n=,r=", b"c=biws", b"SCRAM-SHA-256$"):
            assert secret not in content
        if user == "md5_user":
            assert b"md5" not in content.replace(b"md5_user", b"")
        assert path.stat().st_mode & 0o077 == 0

    def test_redacted_values_are_not_written(self, record, library):
        proxy, path = record("values")
        with psycopg.connect(proxy.endpoint.dsn()) as connection:
            loop(connection)
            loop(connection, binary=True)
            connection.execute("SELECT 'Verbatim Literal', $$Other Literal$$")
            connection.execute("SELECT %s::text", ("Bound Parameter",))
            with connection.cursor().copy("COPY recorded.book TO STDOUT") as copy:
                assert b"Clandestine" in b"".join(bytes(row) for row in copy)
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO recorded.author VALUES (1000, 'Zacharias')")
        proxy.stop()
        content = path.read_bytes()
        for value in (b"Gwendolyn", b"Clandestine", b"Verbatim Literal", b"Other Literal",
                      b"Bound Parameter", b"Zacharias", b"2024-05-06", b"(id)=(1000)"):
            assert value not in content, value
        assert b"recorded.author" in content


class TestLimits:
    def test_full_disk_stops_the_capture_and_not_the_traffic(self, pg, start_pgfold, tmp_path):
        path = tmp_path / "full.pcapng"
        limit = 200_000
        wrapper = ["/usr/bin/prlimit", f"--fsize={limit}:{limit}", pgfold_binary()]
        # The log is a file too; it stays far below the limit.
        proxy = start_pgfold(pg.endpoint.dsn(), program=wrapper,
                             config={"capture": {"file": str(path)}})
        with psycopg2.connect(proxy.endpoint.dsn()) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'before it was full'")
                wait_until(lambda: b"before it was full" in path.read_bytes(), "a first write")

                def is_full():
                    cursor.execute("SELECT repeat('x', 100000)")
                    return proxy.metric("pgfold_capture_active") == 0

                wait_until(is_full, "the capture to end")
                cursor.execute("SELECT 1")
                assert cursor.fetchone() == (1,)
        assert proxy.output().count("the capture to") == 1
        assert "File too large" in proxy.output()
        proxy.stop()
        # It ends with a whole packet.
        assert analyze(path)["statements"]

    def test_files_rotate(self, record):
        proxy, path = record(max_size="1MiB")
        with psycopg2.connect(proxy.endpoint.dsn(application_name="rotating")) as connection:
            with connection.cursor() as cursor:
                for _ in range(15):
                    cursor.execute("SELECT repeat('x', 100000)")
                    cursor.fetchall()
        wait_until(lambda: proxy.metric("pgfold_capture_files_total") >= 2, "a second file")
        proxy.stop()
        older = path.with_name(path.name + ".1")
        assert older.stat().st_size >= 1 << 20
        for file in (older, path):
            rows = tshark(file, "frame.comment", filter="frame.comment contains rotating")
            assert len(rows) <= 1
        assert sum(s["calls"] for s in analyze(older, path)["statements"]
                   if "repeat" in s["query"]) >= 13

    def test_a_file_that_cannot_be_written_is_told_at_once(self, pg, start_pgfold, tmp_path):
        proxy = start_pgfold(pg.endpoint.dsn(), wait=False,
                             arguments=["--capture", tmp_path / "none" / "a.pcapng"])
        assert proxy.wait() == 2
        assert "--capture" in proxy.output() and "there is no such folder" in proxy.output()
