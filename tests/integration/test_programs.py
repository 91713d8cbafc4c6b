"""PostgreSQL's own programs: what they print must not depend on the way they connect."""

import difflib
import re
import signal
import subprocess
from typing import List

import pytest

from support.endpoint import Endpoint
from support.locations import postgres_bin
from support.waiting import wait_until

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE part (id serial PRIMARY KEY, name text NOT NULL UNIQUE, feeling mood, size positive,
                   tags text[], extra jsonb, made timestamptz DEFAULT now(), raw bytea);
CREATE TABLE piece (part_id int REFERENCES part ON DELETE CASCADE, n int, PRIMARY KEY (part_id, n));
CREATE INDEX part_tags ON part USING gin (tags);
CREATE VIEW happy_parts AS SELECT id, name FROM part WHERE feeling = 'happy';
CREATE MATERIALIZED VIEW counts AS SELECT part_id, count(*) FROM piece GROUP BY part_id;
CREATE SEQUENCE lonely;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.made := now(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON part FOR EACH ROW EXECUTE FUNCTION touch();
CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE product(int) (sfunc = int4mul, stype = int, initcond = '1');
CREATE TABLE measured (at date, value int) PARTITION BY RANGE (at);
CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE STATISTICS part_stats ON name, size FROM part;
CREATE RULE no_delete AS ON DELETE TO piece DO INSTEAD NOTHING;
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON TABLE part IS 'what a thing is made of';
ALTER TABLE part ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_parts ON part USING (true);
INSERT INTO part (name, feeling, size, tags, extra, raw)
    SELECT 'part ' || i, (ARRAY['sad','ok','happy'])[1 + i % 3]::mood, 1 + i, ARRAY['t' || i, E'a\\tb'],
           jsonb_build_object('i', i), decode(md5(i::text), 'hex') FROM generate_series(1, 2000) i;
INSERT INTO piece SELECT i, j FROM generate_series(1, 2000) i, generate_series(1, 5) j;
INSERT INTO measured SELECT '2024-01-01'::date + i, i FROM generate_series(0, 300) i;
"""


@pytest.fixture(scope="module")
def shop(pg) -> str:
    """A database with one of everything in it."""
    pg.psql("CREATE DATABASE shop")
    pg.psql(SCHEMA, "shop")
    yield "shop"
    pg.psql("DROP DATABASE shop WITH (FORCE)")


def run(program: str, endpoint: Endpoint, arguments: List[str], stdin: str = "",
        database: str = "app", **overrides) -> subprocess.CompletedProcess:
    return subprocess.run(
        [postgres_bin() / program, *arguments], input=stdin, text=True, capture_output=True,
        env=endpoint.environment(dbname=database, **overrides), timeout=110)


def assert_same_output(direct: Endpoint, proxied: Endpoint, arguments: List[str], stdin: str,
                       database: str, mask=lambda text: text) -> str:
    expected, got = (run("psql", e, arguments, stdin, database) for e in (direct, proxied))

    def lines(done: subprocess.CompletedProcess) -> List[str]:
        return mask(f"{done.stdout}\n-- stderr, status {done.returncode}\n{done.stderr}").split("\n")

    difference = list(difflib.unified_diff(lines(expected), lines(got), "direct", "pgfold", n=2))
    assert not difference, "\n".join(difference)
    return expected.stdout


# Each is a script of its own, so that one that fails does not hide the others.
BACKSLASH_COMMANDS = [
    r"\copyright", r"\crosstabview", "SELECT 1 AS a, 2 AS b, 3 AS c \\crosstabview", r"\errverbose",
    "SELECT 1/0;\n\\errverbose", "SELECT 1 \\g", "SELECT 1 \\gdesc", "SELECT 'SELECT 5' \\gexec",
    "SELECT 7 AS seven \\gset\n\\echo :seven", "SELECT 1 \\gx", r"\h SELECT", r"\?", r"\? options",
    "SELECT 1; \\p", "\\! echo shell", r"\pset", r"\a", r"\C title", r"\f", r"\H", r"\t", r"\T", r"\x",
    r"\s", r"\set", r"\encoding", "\\encoding LATIN1\nSELECT 'a'", 
    r"\copy (SELECT * FROM part ORDER BY id LIMIT 10) TO STDOUT",
    r"\copy (SELECT id, name FROM part ORDER BY id LIMIT 10) TO STDOUT WITH CSV HEADER",
    "CREATE TEMP TABLE t (a int, b text);\n\\copy t FROM STDIN\n1\tone\n2\ttwo\n\\.\nTABLE t;",
    "CREATE TEMP TABLE t (a int);\nCOPY t FROM STDIN;\n1\nnonsense\n\\.\nSELECT 'after' AS x;",
    "\\bind 1 2\nSELECT 1", r"\d", r"\d+", r"\d part", r"\d+ part", r"\d piece", r"\d happy_parts",
    r"\dS pg_class", r"\da", r"\dA", r"\dA+", r"\dAc", r"\dAf", r"\dAo", r"\dAp", r"\db", r"\db+", r"\dc",
    r"\dC", r"\dconfig", r"\dd", r"\dD", r"\ddp", r"\dE", r"\des", r"\det", r"\deu", r"\dew", r"\df",
    r"\df+", r"\dFd", r"\dF", r"\dFp", r"\dFt", r"\dg", r"\dg+", r"\di", r"\di+", r"\dl", r"\dL", r"\dL+",
    r"\dm", r"\dm+", r"\dn", r"\dn+", r"\do", r"\dO", r"\dp", r"\dP", r"\dP+", r"\dPt", r"\drds", r"\dRp",
    r"\dRp+", r"\dRs", r"\ds", r"\ds+", r"\dt", r"\dt+", r"\dT", r"\dT+", r"\du", r"\dv", r"\dv+", r"\dx",
    r"\dx+", r"\dX", r"\dy", r"\l", r"\sf twice", r"\sf+ twice", r"\sv happy_parts", r"\sv+ happy_parts",
    r"\z", r"\z part", r"\lo_list", "BEGIN;\n\\lo_import /etc/hostname\nROLLBACK;", r"\timing off",
    "\\if true\n\\echo yes\n\\else\n\\echo no\n\\endif", "\\prompt 'name: ' who\nAnn\n\\echo :who",
    "\\c\nSELECT current_database()", "\\c app\nSELECT current_database()", "\\c - trust_user\nSELECT user",
    "SELECT 1 AS one \\; SELECT 2 AS two;", "\\set FETCH_COUNT 7\nSELECT id, name FROM part ORDER BY id LIMIT 50;",
    "\\set AUTOCOMMIT off\nSELECT 1;\nSELECT 1/0;\nSELECT 2;\nROLLBACK;", "\\set SHOW_ALL_RESULTS off\nSELECT 1\\;SELECT 2;",
    "\\set ON_ERROR_ROLLBACK on\nBEGIN;\nSELECT 1/0;\nSELECT 2;\nCOMMIT;", "\\set ECHO_HIDDEN on\n\\d piece",
    "\\set VERBOSITY verbose\nSELECT nosuch;", "\\getenv home_dir LC_ALL\n\\echo :home_dir",
    "DO $$ BEGIN RAISE NOTICE 'n'; RAISE WARNING 'w'; END $$;", "\\dt *.*", "\\df *.*array*",
    "SELECT * FROM part ORDER BY id;", "\\w /dev/stdout", "\\i /dev/null", "\\o /dev/null\nSELECT 1;\n\\o\nSELECT 2;",
    "\\setenv A b\n\\! echo $A", "\\unset x", "\\warn text", "\\qecho text", "\\r", "\\zS pg_class",
]


@pytest.mark.parametrize("script", BACKSLASH_COMMANDS)
def test_psql_prints_the_same(shop, direct, proxied, script):
    def mask(text: str) -> str:
        # \set and \? show the port; \lo_import tells a new OID each time.
        text = re.sub(rf"\b({direct.port}|{proxied.port})\b", "PORT", text)
        return re.sub(r"^(lo_import|LASTOID = )\W*\d+'?$", r"\1 N", text, flags=re.MULTILINE)

    assert_same_output(direct, proxied, ["-X"], script + "\n", shop, mask)


def test_psql_conninfo(direct, proxied):
    for endpoint in (direct, proxied):
        done = run("psql", endpoint, ["-X", "-c", r"\conninfo"])
        assert f'port "{endpoint.port}"' in done.stdout, done.stderr


def without_restrict_key(dump: str) -> str:
    """Newer pg_dump puts a random key around what psql may not interpret."""
    return re.sub(r"^(\\(?:un)?restrict) \w+$", r"\1 KEY", dump, flags=re.MULTILINE)


def test_dump_and_restore(shop, pg, direct, proxied, tmp_path):
    dumps = {}
    for endpoint in (direct, proxied):
        done = run("pg_dump", endpoint, [], database=shop)
        assert done.returncode == 0, done.stderr
        dumps[endpoint.label] = without_restrict_key(done.stdout)
    assert dumps["direct"] == dumps["pgfold"]
    archive = tmp_path / "shop.dump"
    assert run("pg_dump", proxied, ["-Fc", "-f", str(archive)], database=shop).returncode == 0
    pg.psql("CREATE DATABASE shop_again")
    try:
        done = run("pg_restore", proxied, ["-d", "shop_again", "-j", "2", str(archive)])
        assert done.returncode == 0, done.stderr
        again = run("pg_dump", direct, [], database="shop_again")
        assert without_restrict_key(again.stdout) == dumps["direct"]
    finally:
        pg.psql("DROP DATABASE shop_again WITH (FORCE)")


def test_dump_in_parallel_shares_a_snapshot(shop, proxied, tmp_path):
    done = run("pg_dump", proxied, ["-Fd", "-j", "2", "-f", str(tmp_path / "dump")], database=shop)
    assert done.returncode == 0, done.stderr


class TestPgbench:
    @pytest.fixture(scope="class")
    def tables(self, pg):
        pg.psql("CREATE DATABASE bench")
        done = run("pgbench", pg.endpoint, ["-i", "-q", "bench"])
        assert done.returncode == 0, done.stderr
        yield "bench"
        pg.psql("DROP DATABASE bench WITH (FORCE)")

    @pytest.mark.parametrize("protocol", ["simple", "extended", "prepared"])
    @pytest.mark.parametrize("script", ["select-only", "tpcb-like"])
    @pytest.mark.parametrize("connect", [[], ["-C"]], ids=["stay", "reconnect"])
    def test_all_transactions_succeed(self, tables, pg, proxied, protocol, script, connect):
        count = 100 if connect else 500
        before = pg.psql("SELECT count(*) FROM pgbench_history", tables)
        done = run("pgbench", proxied, ["-n", "-M", protocol, "-b", script, "-c", "4", "-j", "2",
                                        "-t", str(count // 4), *connect, tables])
        assert done.returncode == 0, done.stderr
        assert f"processed: {count}/{count}" in done.stdout, done.stdout
        assert "failed transactions: 0 (" in done.stdout, done.stdout
        after = pg.psql("SELECT count(*) FROM pgbench_history", tables)
        assert int(after) - int(before) == (count if script == "tpcb-like" else 0)

    def test_initialization(self, proxied, pg):
        pg.psql("CREATE DATABASE bench_init")
        done = run("pgbench", proxied, ["-i", "-q", "-I", "dtgvpf", "bench_init"])
        assert done.returncode == 0, done.stderr
        pg.psql("DROP DATABASE bench_init WITH (FORCE)")

    def test_pipelines(self, tables, proxied, tmp_path):
        script = tmp_path / "pipeline.sql"
        script.write_text("\\startpipeline\n" + "SELECT abalance FROM pgbench_accounts WHERE aid = 1;\n" * 20
                          + "\\endpipeline\n")
        done = run("pgbench", proxied, ["-n", "-M", "prepared", "-f", str(script), "-t", "50", tables])
        assert done.returncode == 0 and "processed: 50/50" in done.stdout, done.stdout + done.stderr


def test_psql_interrupt_cancels_the_query(endpoint, pg):
    process = subprocess.Popen(
        [postgres_bin() / "psql", "-X", "-c", "SELECT pg_sleep(60)"], text=True,
        env=endpoint.environment(application_name="interrupted"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pid = wait_until(lambda: pg.psql("SELECT pid FROM pg_stat_activity WHERE application_name = "
                                     "'interrupted' AND wait_event = 'PgSleep'"), "psql's query")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "canceling statement due to user request" in errors
    pg.wait_until_gone(int(pid))


class TestReplication:
    """Replication connections are piped through raw."""

    def test_base_backup_with_wal(self, proxied, tmp_path):
        done = subprocess.run(
            [postgres_bin() / "pg_basebackup", "-D", tmp_path / "copy", "-X", "stream", "-c", "fast"],
            env=proxied.environment(dbname=None), capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        checked = subprocess.run([postgres_bin() / "pg_verifybackup", tmp_path / "copy"],
                                 capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr

    def test_receive_wal(self, proxied, pg, tmp_path):
        target = tmp_path / "wal"
        target.mkdir()
        process = subprocess.Popen(
            [postgres_bin() / "pg_receivewal", "-D", target, "-s", "1", "--no-sync"],
            env=proxied.environment(dbname=None), stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: pg.backends("backend_type = 'walsender'"), "the WAL sender")
            pg.psql("CREATE TABLE wal_noise AS SELECT generate_series(1, 1000) n; DROP TABLE wal_noise;"
                    "SELECT pg_switch_wal()")
            wait_until(lambda: [f for f in target.iterdir() if not f.name.endswith(".partial")],
                       "a whole WAL segment")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        assert process.returncode == 0

    def test_logical_decoding(self, proxied, pg, tmp_path):
        output = tmp_path / "changes"
        command = [postgres_bin() / "pg_recvlogical", "-d", "app", "--slot", "changes"]
        env = proxied.environment()
        subprocess.run([*command, "--create-slot", "--plugin", "test_decoding"], env=env, check=True)
        pg.psql("CREATE TABLE decoded (n int PRIMARY KEY)")
        process = subprocess.Popen([*command, "--start", "-f", output, "-F", "0"], env=env,
                                   stderr=subprocess.PIPE, text=True)
        try:
            pg.psql("INSERT INTO decoded SELECT generate_series(1, 500)")
            wait_until(lambda: output.exists() and output.read_text().count("INSERT") == 500,
                       "500 decoded rows")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            subprocess.run([*command, "--drop-slot"], env=env, check=True)
            pg.psql("DROP TABLE decoded")
