"""pgjdbc in its current version, and Hibernate on top of it, from Maven Central."""

import subprocess

import pytest

from compat import registry
from support import drivers
from support.driver_check import check_driver
from support.loop_programs import CONFIG, check_loops, runs_of


@pytest.fixture(scope="module")
def classpath():
    registry.require("java", "javac", "mvn")
    folder = registry.install("java", [["mvn", "-q", "-B", "dependency:copy-dependencies",
                                        "-DoutputDirectory=jars"]], ["pom.xml"])
    path = f"{folder}/classes:{folder}/jars/*"
    drivers.build(["javac", "-cp", path, "-d", folder / "classes",
                   drivers.FOLDER / "JdbcDriver.java", drivers.FOLDER / "JdbcLoops.java",
                   folder / "HibernateLoops.java"])
    return path


@pytest.mark.timeout(700)
def test_jdbc(classpath, driver_tables, start_pgfold, pg, certificates):
    check_driver(["java", "-cp", classpath, "JdbcDriver"], start_pgfold, pg, certificates)


@pytest.mark.timeout(700)
@pytest.mark.parametrize("variant", ["kept", "each", "unnamed", "named", "simple"])
def test_jdbc_folds(classpath, loop_tables, direct, start_pgfold, pg, variant):
    check_loops(["java", "-cp", classpath, "JdbcLoops"], runs_of(variant), direct,
                start_pgfold(pg.endpoint.dsn(), config=CONFIG))


@pytest.mark.timeout(300)
def test_hibernate(classpath, driver_tables, direct, start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), config=CONFIG)
    outputs = []
    for endpoint in (direct, process.endpoint):
        done = subprocess.run(["java", "-cp", classpath, "HibernateLoops"], capture_output=True,
                              env=endpoint.environment(user="trust_user"), text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    loops = [f for f in process.get_json("/api/v1/findings")["findings"]
             if f["class"] == "n_plus_one"]
    assert [f["tables"] for f in loops] == [["driver_item"]], loops
    assert process.metric("pgfold_folded_lookups_total") >= 15
