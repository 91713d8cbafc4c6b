"""The loops of real drivers, each in its own language: rows as directly, most lookups folded.

The programs are those of drivers/*loops*. A driver whose toolchain is missing is skipped, with the
reason.
"""

import pytest

from support import loop_programs

CASES = [pytest.param(driver, variant, id=f"{driver.name}-{variant}")
         for driver in loop_programs.DRIVERS for variant in driver.variants]


@pytest.fixture(scope="module")
def commands(scratch):
    """How to run each driver's program; built when it is first asked for."""
    built = {}

    def command(driver):
        problem = driver.unavailable()
        if problem:
            pytest.skip(f"{driver.name} is not here ({problem}); tools/setup installs it")
        if driver.name not in built:
            folder = scratch / f"loops-{driver.name}"
            folder.mkdir()
            built[driver.name] = driver.prepare(folder)
        return built[driver.name]

    return command


@pytest.mark.timeout(300)
@pytest.mark.parametrize("driver, variant", CASES)
def test_loops(driver, variant, loop_tables, commands, start_pgfold, pg, direct):
    process = start_pgfold(pg.endpoint.dsn(), config=loop_programs.CONFIG)
    loop_programs.check_loops(commands(driver), loop_programs.runs_of(variant), direct, process)
