"""Drivers of Go, as modules: pgx in its current major version, and lib/pq."""

import shutil

import pytest

from compat import registry
from support import drivers
from support.driver_check import check_driver
from support.loop_programs import CONFIG, check_loops, runs_of


@pytest.fixture(scope="module")
def module():
    registry.require("go")
    folder = registry.install("go", [["go", "mod", "download"]], ["go.mod", "go.sum"])
    # The program for Debian's pgx v4 is right for v5 with other import paths.
    source = (drivers.FOLDER / "pgx_driver.go").read_text()
    source = source.replace("github.com/jackc/pgconn", "github.com/jackc/pgx/v5/pgconn")
    (folder / "pgx").mkdir(exist_ok=True)
    (folder / "pgx" / "main.go").write_text(source.replace("jackc/pgx/v4", "jackc/pgx/v5"))
    for program in ("pgx", "pq"):
        shutil.copy(drivers.FOLDER / "go_steps.go", folder / program)
    loops = (drivers.FOLDER / "pgx_loops.go").read_text()
    (folder / "pgx_folding").mkdir(exist_ok=True)
    (folder / "pgx_folding" / "main.go").write_text(loops.replace("jackc/pgx/v4", "jackc/pgx/v5"))
    registry.build(["go", "build", "-o", "bin/", "./pgx", "./pq", "./pgx_folding", "./pq_folding"],
                   folder, {"GOFLAGS": "-mod=mod -buildvcs=false"})
    return folder


@pytest.mark.timeout(600)
@pytest.mark.parametrize("program", ["pgx", "pq"])
def test_driver(module, driver_tables, start_pgfold, pg, certificates, program):
    check_driver([module / "bin" / program], start_pgfold, pg, certificates)


MODES = ["cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"]
LOOPS = [("pgx_folding", f"default_query_exec_mode={mode}") for mode in MODES] + [
    ("pq_folding", "connect_timeout=30"), ("pq_folding", "binary_parameters=yes"),
    ("pq_folding", "prepared")]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("program, variant", LOOPS)
def test_loops_fold(module, loop_tables, start_pgfold, pg, direct, program, variant):
    process = start_pgfold(pg.endpoint.dsn(), config=CONFIG)
    check_loops([module / "bin" / program], runs_of(variant), direct, process)
