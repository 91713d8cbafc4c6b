"""Drivers and ORMs of Node.js."""

import shutil
import subprocess

import pytest

from compat import registry
from support.driver_check import check_driver
from support.loop_clients import Psycopg2
from support.loop_programs import CONFIG, LAZY_LOOPS, TRANSACTIONS, Run, check_loops, runs_of
from support.replay import check_orm_replay
from support.waiting import wait_until


@pytest.fixture(scope="module")
def packages():
    return registry.npm("node")


@pytest.fixture(scope="module")
def prisma():
    # The client's query compiler is WebAssembly within the package, and queries run over pg. The
    # only thing that Prisma would download is an engine for migrations: naming any other program
    # in its place spares that.
    env = {"PRISMA_SCHEMA_ENGINE_BINARY": shutil.which("true") or "", "CHECKPOINT_DISABLE": "1"}
    folder = registry.npm("prisma")
    registry.build(["node_modules/.bin/prisma", "generate"], folder, env)
    return folder


@pytest.mark.timeout(200)
@pytest.mark.parametrize("program", ["pg_driver.js", "postgres_driver.js"])
def test_driver(packages, driver_tables, start_pgfold, pg, certificates, program):
    check_driver(["node", packages / program], start_pgfold, pg, certificates)


def loops_of(command, direct, start_pgfold, pg, table="driver_item"):
    """What the program's loops are reported as; it must print the same directly."""
    process = start_pgfold(pg.endpoint.dsn())
    outputs = []
    for endpoint in (direct, process.endpoint):
        done = subprocess.run(command, env=endpoint.environment(user="trust_user"),
                              capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    findings = process.get_json("/api/v1/findings")["findings"]
    loops = [f for f in findings if f["class"] == "n_plus_one"]
    assert {tuple(f["tables"]) for f in loops} == {(table,)}, findings
    return loops


@pytest.mark.timeout(200)
def test_orms(packages, driver_tables, direct, start_pgfold, pg):
    """The same loop in three dialects: each is found, and nothing else is."""
    loops = loops_of(["node", packages / "orm_loops.js"], direct, start_pgfold, pg)
    assert len(loops) == 3, [f["query"] for f in loops]


@pytest.mark.timeout(200)
def test_prisma(prisma, driver_tables, direct, start_pgfold, pg):
    """The loop is found, with its parent; include is none."""
    loop, = loops_of(["node", prisma / "prisma_loops.js"], direct, start_pgfold, pg,
                     "public.driver_item")
    assert (loop["runs"], loop["lookups"]) == (1, 25)
    assert loop["key_columns"] == ["list_id"]
    assert "driver_list" in loop["parent"]["query"]
    assert loop["parent"]["columns"] == ["id"]
    assert loop["suggestion"]["orm"] == "prisma"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("variant", ["values", "named", "text"])
def test_pg_folds(packages, loop_tables, direct, start_pgfold, pg, variant):
    check_loops(["node", packages / "pg_folding.js"], runs_of(variant), direct,
                start_pgfold(pg.endpoint.dsn(), config=CONFIG))


def await_catalog(process):
    """Nothing is kept before it is known; a pool asks at once all that it will ask."""
    client = Psycopg2(process.endpoint)

    def folds():
        for (key,) in client.rows("SELECT id FROM pool_list ORDER BY id"):
            client.rows("SELECT 1 FROM pool_item i WHERE i.list_id = ?", key)
        return process.metric("pgfold_folded_lookups_total") > 0

    wait_until(folds, "the first loop to be folded")
    client.close()


@pytest.mark.timeout(200)
def test_pg_pool_folds(packages, direct, start_pgfold, pg):
    """What Promise.all() spreads over a pool: no key is fetched twice."""
    pg.psql("CREATE TABLE pool_list AS SELECT i AS id FROM generate_series(1, 50) i;"
            "CREATE TABLE pool_item AS SELECT i AS id, 1 + i % 50 AS list_id"
            " FROM generate_series(1, 150) i; ANALYZE pool_list, pool_item;"
            "GRANT SELECT ON pool_list, pool_item TO PUBLIC")
    process = start_pgfold(pg.endpoint.dsn(), config={"batch": {"max_age": "30s",
                                                                "strategy": "pipeline"}})
    await_catalog(process)
    outputs, calls = [], []
    for endpoint in (direct, process.endpoint):
        done = subprocess.run(["node", packages / "pg_pool.js"], capture_output=True, text=True,
                              env=endpoint.environment(user="trust_user"), timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
        calls.append(int(pg.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                                 " WHERE query LIKE '%FROM pool_item WHERE list_id%'")))
    assert outputs[0] == outputs[1] != ""
    assert calls[0] == 150
    assert calls[1] - calls[0] <= 60, "the second and the third time from what the first brought"
    pg.psql("DROP TABLE pool_list, pool_item")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("variant", ["prepared", "unprepared"])
def test_postgres_js_folds(packages, loop_tables, direct, start_pgfold, pg, variant):
    check_loops(["node", packages / "postgres_folding.js"], runs_of(variant), direct,
                start_pgfold(pg.endpoint.dsn(), config=CONFIG))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("orm", ["knex", "sequelize", "typeorm"])
def test_orms_fold(packages, loop_tables, direct, start_pgfold, pg, orm):
    runs = [Run((orm, transaction, loop), least)
            for transaction in TRANSACTIONS[:3] for loop, least in LAZY_LOOPS]
    check_loops(["node", packages / "orm_folding.js"], runs, direct,
                start_pgfold(pg.endpoint.dsn(), config=CONFIG))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("orm", ["knex", "sequelize", "typeorm"])
def test_orms_replayed(packages, pg, start_pgfold, tmp_path, orm):
    check_orm_replay(["node", packages / "orm_folding.js"], orm, TRANSACTIONS[:3], pg, start_pgfold,
                     tmp_path, CONFIG)


@pytest.mark.timeout(300)
def test_prisma_folds(prisma, loop_tables, direct, start_pgfold, pg):
    runs = [Run(("", transaction, loop), least)
            for transaction in TRANSACTIONS[:3] for loop, least in LAZY_LOOPS]
    check_loops(["node", prisma / "prisma_folding.js"], runs, direct,
                start_pgfold(pg.endpoint.dsn(), config=CONFIG))
