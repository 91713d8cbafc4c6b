"""PostgreSQL versions other than Debian's, from npm packages that hold their binaries."""

import json
import os
import shutil
import subprocess

import psycopg2
import pytest

from compat import registry
from support import wire
from support.locations import pgfold_binary, postgres_bin
from support.postgres import PASSWORD, Postgres
from support.raw_connection import RawConnection
from transcripts.conversation import Conversation, all_conversations, comparable
from transcripts.schema import SCHEMA

VERSIONS = ["13", "16", "17", "18"]


@pytest.fixture(scope="module")
def packages():
    return registry.npm("servers")


@pytest.fixture(scope="module", params=VERSIONS)
def server(request, packages, scratch, certificates):
    source = packages / "node_modules" / f"postgres-{request.param}"
    home = scratch / f"postgres-{request.param}"
    # A copy, since the server's user may not be allowed to read where the package is.
    shutil.copytree(source / "native", home / "native", symlinks=True)
    for link in json.loads((home / "native" / "pg-symlinks.json").read_text()):
        target = home / link["target"]
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(home / link["source"])
    for program in (home / "native" / "bin").iterdir():
        program.chmod(0o755)
    settings = {"shared_preload_libraries": ""}
    if request.param == "13":
        settings["compute_query_id"] = None
    server = Postgres(scratch / f"server-{request.param}", settings=settings,
                      certificates=certificates, bin_directory=home / "native" / "bin")
    server.version = int(request.param)
    server.initialize().start().create_database()
    server.psql("CREATE DATABASE transcripts")
    server.psql(SCHEMA, "transcripts")
    yield server
    server.remove()


@pytest.fixture
def fold(server, start_pgfold):
    return start_pgfold(server.endpoint.dsn())


def test_version(server, fold):
    with RawConnection(fold.endpoint).login() as raw:
        assert raw.parameters["server_version"].split(".")[0] == str(server.version)


def test_conversations(server, fold):
    for path in all_conversations():
        conversation = Conversation(path)
        # Messages differ between versions; how many there are does not.
        direct = conversation.play(server.endpoint)
        assert comparable(conversation.play(fold.endpoint)) == comparable(direct), path.stem


def test_catalog(server):
    """What pgfold asks the catalog, on a throwaway server of this version."""
    program = pgfold_binary().parent / "tests" / "unit" / "catalog" / "catalog_server_test"
    assert program.exists(), f"{program} is missing: build the target catalog_server_test"
    done = subprocess.run([program, "--gtest_brief=1"], env={**os.environ, "PG_BIN": str(server.bin)},
                          capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [r"\d pg_class", r"\dt *.*", r"\df pg_catalog.a*", r"\l", r"\du"])
def test_psql(server, fold, command):
    outputs = [subprocess.run([postgres_bin() / "psql", "-X", "-c", command], text=True,
                              env=e.environment(), capture_output=True)
               for e in (server.endpoint, fold.endpoint)]
    assert (outputs[0].stdout, outputs[0].stderr) == (outputs[1].stdout, outputs[1].stderr)


@pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
def test_pgbench(server, fold, protocol):
    bench = postgres_bin() / "pgbench"
    env = fold.endpoint.environment()
    for arguments in (["-i", "-q"], ["-n", "-M", protocol, "-c", "4", "-t", "50"]):
        done = subprocess.run([bench, *arguments], env=env, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
    assert "processed: 200/200" in done.stdout


def test_password_and_tls_on_both_sides(server, start_pgfold, certificates):
    upstream = server.endpoint.dsn(sslmode="verify-full", sslrootcert=certificates.path("ca.crt"),
                                   host="localhost", hostaddr="127.0.0.1")
    process = start_pgfold(upstream, config={"tls": {
        "mode": "require", "cert": str(certificates.path("server.crt")),
        "key": str(certificates.path("server.key"))}})
    for binding in ("prefer", "require"):
        connection = psycopg2.connect(process.endpoint.dsn(
            user="scram_user", password=PASSWORD, sslmode="verify-full", channel_binding=binding,
            sslrootcert=certificates.path("ca.crt")))
        assert connection.info.ssl_in_use
        connection.close()


def cancelled(endpoint, server, version: int) -> int:
    """Cancels a statement by hand; returns the length of the secret."""
    with RawConnection(endpoint).login(version=version) as raw:
        raw.send(wire.query("SELECT pg_sleep(60)"))
        server.wait_until_sleeping(raw.process_id)
        with RawConnection(endpoint) as canceller:
            canceller.send(wire.cancel_request(raw.process_id, raw.secret))
            assert canceller.read_to_end() == []
        assert [e["C"] for e in raw.errors(raw.read_until(b"Z"))] == ["57014"]
        return len(raw.secret)


def test_cancel(server, fold):
    assert cancelled(fold.endpoint, server, wire.PROTOCOL_3_0) == 4


def test_cancel_with_a_long_key(server, fold):
    """Protocol 3.2, PostgreSQL 18; others negotiate down to 3.0."""
    length = cancelled(fold.endpoint, server, wire.PROTOCOL_3_2)
    assert length == cancelled(server.endpoint, server, wire.PROTOCOL_3_2)
    assert length == (32 if server.version >= 18 else 4)


def test_wrong_long_keys_cancel_nothing(server, fold):
    with RawConnection(fold.endpoint).login(version=wire.PROTOCOL_3_2) as raw:
        raw.send(wire.query("SELECT pg_sleep(0.5), 'slept'"))
        server.wait_until_sleeping(raw.process_id)
        for secret in (raw.secret[:-1] + bytes([raw.secret[-1] ^ 1]), raw.secret + b"\0",
                       raw.secret[:-1]):
            with RawConnection(fold.endpoint) as canceller:
                canceller.send(wire.cancel_request(raw.process_id, secret))
                assert canceller.read_to_end() == []
        assert not raw.errors(raw.read_until(b"Z"))


def test_negotiation(server, fold):
    """What the server does not know of the startup packet, it says."""
    answers = []
    for endpoint in (server.endpoint, fold.endpoint):
        for version in (wire.PROTOCOL_3_2, 0x0003_0005, 0x0003_270f):
            with RawConnection(endpoint) as raw:
                raw.send(wire.startup([("user", "postgres"), ("database", "app"),
                                       ("_pq_.nonsense", "1")], version))
                answers.append([m for m in raw.read_until(b"Z") if m.type in b"vE"])
    assert answers[:3] == answers[3:] and answers[0]


def test_direct_tls_to_the_server(server, start_pgfold):
    if server.version < 17:
        pytest.skip("sslnegotiation=direct came with PostgreSQL 17")
    process = start_pgfold(f"postgresql://postgres@127.0.0.1:{server.port}/app"
                           "?sslmode=require&sslnegotiation=direct")
    with psycopg2.connect(process.endpoint.dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert cursor.fetchone() == (True,)
    connection.close()
    assert cancelled(process.endpoint, server, wire.PROTOCOL_3_2)


def test_loops_are_found(server, fold):
    server.psql("CREATE TABLE IF NOT EXISTS parent AS SELECT generate_series(1, 20) * 7 AS id;"
                "CREATE TABLE IF NOT EXISTS child AS SELECT id AS parent_id FROM parent")
    with psycopg2.connect(fold.endpoint.dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM parent")
        for (key,) in cursor.fetchall():
            cursor.execute("SELECT * FROM child WHERE parent_id = %s", (key,))
            assert cursor.fetchall() == [(key,)]
    connection.close()
    findings = fold.get_json("/api/v1/findings")["findings"]
    assert [(f["class"], f["tables"]) for f in findings] == [("n_plus_one", ["child"])]
