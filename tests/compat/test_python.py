"""Drivers and ORMs of Python in the versions of PyPI, in an environment of their own."""

import subprocess

import pytest

from compat import registry
from support import drivers
from support.driver_check import check_driver
from support.loop_programs import CONFIG


@pytest.fixture(scope="module")
def python():
    registry.require("python3")
    folder = registry.install("python", [["python3", "-m", "venv", "venv"],
                                         ["venv/bin/pip", "install", "--no-cache-dir", "-q", "-r",
                                          "requirements.txt"]], ["requirements.txt"])
    return folder / "venv" / "bin" / "python"


@pytest.mark.timeout(200)
@pytest.mark.parametrize("program", ["psycopg3_driver.py", "asyncpg_driver.py"])
def test_driver(python, driver_tables, start_pgfold, pg, certificates, program):
    check_driver([python, drivers.FOLDER / program], start_pgfold, pg, certificates)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("orm", ["django_loops.py", "sqlalchemy_loops.py"])
def test_orm(python, driver_tables, direct, start_pgfold, pg, orm):
    """Lazy loading is found, eager loading is not."""
    process = start_pgfold(pg.endpoint.dsn(), config=CONFIG)
    outputs = []
    for endpoint in (direct, process.endpoint):
        done = subprocess.run([python, registry.SOURCES / "python" / orm], text=True, timeout=100,
                              env=endpoint.environment(user="trust_user"), capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    loops = [f for f in process.get_json("/api/v1/findings")["findings"]
             if f["class"] == "n_plus_one"]
    assert [f["tables"] for f in loops] == [["driver_item"]], loops
    assert loops[0]["suggestion"]["orm"] == orm.split("_")[0]
    assert process.metric("pgfold_folded_lookups_total") >= 15
