"""Drivers and ORMs of Node.js."""

import subprocess

import pytest

from compat import registry
from support.driver_check import check_driver


@pytest.fixture(scope="module")
def packages():
    return registry.npm("node")


@pytest.mark.timeout(200)
@pytest.mark.parametrize("program", ["pg_driver.js", "postgres_driver.js"])
def test_driver(packages, driver_tables, start_pgfold, pg, certificates, program):
    check_driver(["node", packages / program], start_pgfold, pg, certificates)


@pytest.mark.timeout(200)
def test_orms(packages, driver_tables, direct, start_pgfold, pg):
    """The same loop in four dialects: each is found, and nothing else is."""
    command = ["node", packages / "orm_loops.js"]
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
    assert {tuple(f["tables"]) for f in loops} == {("driver_item",)}, findings
    assert len(loops) == 3, [f["query"] for f in loops]
