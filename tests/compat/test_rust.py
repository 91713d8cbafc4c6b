"""Drivers of Rust."""

import subprocess

import pytest

from compat import registry
from support.driver_check import check_driver
from support.loop_programs import CONFIG


@pytest.fixture(scope="module")
def package():
    registry.require("cargo")
    folder = registry.install("rust", [["cargo", "fetch", "--locked"]], ["Cargo.toml", "Cargo.lock"])
    registry.build(["cargo", "build", "--locked", "--offline", "-q"], folder)
    return folder / "target" / "debug"


@pytest.mark.timeout(700)
def test_tokio_postgres(package, driver_tables, start_pgfold, pg, certificates):
    check_driver([package / "tokio_postgres"], start_pgfold, pg, certificates)


@pytest.mark.timeout(700)
def test_sqlx(package, driver_tables, direct, start_pgfold, pg):
    """The loop is found, with its parent; asking for all at once is none."""
    process = start_pgfold(pg.endpoint.dsn(), config=CONFIG)
    outputs = []
    for endpoint in (direct, process.endpoint):
        done = subprocess.run([package / "sqlx"], env=endpoint.environment(user="trust_user"),
                              capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1] == "sqlx: 75 75\n"
    loop, = [f for f in process.get_json("/api/v1/findings")["findings"]
             if f["class"] == "n_plus_one"]
    assert loop["tables"] == ["driver_item"]
    assert (loop["runs"], loop["lookups"]) == (1, 25)
    assert loop["parent"]["query"] == "SELECT id, name FROM driver_list ORDER BY id"
    assert loop["parent"]["columns"] == ["id"]
    assert process.metric("pgfold_folded_lookups_total") >= 15
