"""PostgreSQL's own suites through pgfold: what they print must be what they print directly."""

import re
import shutil
import subprocess

import pytest

from compat import postgresql_source
from support.endpoint import Endpoint
from support.locations import postgres_bin
from support.postgres import server_user

# The suite's answers hold what a plain initdb gives: no query identifiers in plans, for one.
SETTINGS = {"shared_preload_libraries": "", "compute_query_id": "off", "timezone": "PST8PDT",
            "datestyle": "Postgres, MDY", "autovacuum": "on", "lc_messages": "C"}


@pytest.fixture(scope="module")
def suites():
    return postgresql_source.fetch()


def run_regress(suites, scratch, server, endpoint: Endpoint, name: str):
    """Runs the regression suite; answers its results by name and the folder of its outputs."""
    inputs = scratch / "regress"
    if not inputs.exists():
        shutil.copytree(suites / "src/test/regress", inputs)
    outputs = scratch / f"regress-{name}"
    outputs.mkdir()
    user = server_user()
    identity = {}
    if user:
        identity = {"user": user, "group": user, "extra_groups": []}
        subprocess.run(["chown", "-R", user, inputs, outputs], check=True)
    done = subprocess.run(
        [postgresql_source.pg_regress(), f"--bindir={postgres_bin()}", f"--host={endpoint.host}",
         f"--port={endpoint.port}", "--user=postgres", f"--dlpath={inputs}",
         f"--inputdir={inputs}", f"--outputdir={outputs}", "--max-concurrent-tests=20",
         f"--schedule={inputs}/parallel_schedule"],
        cwd=inputs, capture_output=True, text=True, **identity)
    results = dict(re.findall(r"^(?:test| ) +(\S+) +\.\.\. (ok|FAILED)", done.stdout, re.MULTILINE))
    assert len(results) > 150, done.stdout + done.stderr
    return results, outputs


@pytest.mark.timeout(1500)
def test_regression_suite(suites, scratch, start_postgres, start_pgfold):
    server = start_postgres(settings=SETTINGS)
    fold = start_pgfold(server.endpoint.dsn())
    direct, _ = run_regress(suites, scratch, server, server.endpoint, "direct")
    through, outputs = run_regress(suites, scratch, server, fold.endpoint, "pgfold")
    failed_directly = {name for name, result in direct.items() if result == "FAILED"}
    failed_through = {name for name, result in through.items() if result == "FAILED"}
    # Some fail here directly as well: libraries of contrib that they need are not built.
    assert failed_through <= failed_directly, (outputs / "regression.diffs").read_text()[:5000]
    assert fold.metric("pgfold_failopen_total", reason="malformed_message") == 0
    assert fold.metric("pgfold_failopen_total", reason="analysis_error") == 0


# Those whose messages do not depend on when the socket takes how much: PostgreSQL's own list.
TRACED = {"simple_pipeline", "nosync", "multi_pipelines", "prepared", "singlerow",
          "pipeline_abort", "transaction", "disallowed_in_pipeline"}


@pytest.mark.timeout(600)
def test_libpq_pipeline(suites, scratch, pg, proxy):
    """libpq's pipeline tests, with its trace of every message compared."""
    program = suites / "libpq_pipeline"
    names = subprocess.run([program, "tests"], check=True, text=True,
                           capture_output=True).stdout.split()
    assert len(names) >= 10
    for name in names:
        traces = []
        for warm_up, endpoint in ((True, pg.endpoint), (False, pg.endpoint), (False, proxy.endpoint)):
            trace = scratch / f"trace-{name}"
            done = subprocess.run([program, "-r", "700", "-t", trace, name, endpoint.dsn()],
                                  capture_output=True, text=True)
            assert done.returncode == 0, f"{name} {endpoint}: {done.stderr}"
            if not warm_up:  # the first run leaves tables behind, and the next ones drop them
                traces.append(trace.read_text())
        if name in TRACED:
            assert traces[0] == traces[1], name
