"""Drivers of Go, as modules: pgx in its current major version, and lib/pq."""

import shutil

import pytest

from compat import registry
from support import drivers
from support.driver_check import check_driver


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
    registry.build(["go", "build", "-o", "bin/", "./pgx", "./pq"], folder,
                   {"GOFLAGS": "-mod=mod -buildvcs=false"})
    return folder


@pytest.mark.timeout(600)
@pytest.mark.parametrize("program", ["pgx", "pq"])
def test_driver(module, driver_tables, start_pgfold, pg, certificates, program):
    check_driver([module / "bin" / program], start_pgfold, pg, certificates)
