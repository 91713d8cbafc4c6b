"""Fixtures of all Python tests: one PostgreSQL, one pgfold before it, and more on demand."""

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from support import drivers, loop_programs, pgfold as pgfold_process
from support.certificates import Certificates
from support.endpoint import Endpoint
from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.postgres import Postgres

# An application with a test suite of its own, for one test to run.
collect_ignore = ["integration/guard_apps"]

TEST_SECONDS = 120


def pytest_configure() -> None:
    """A run that is told to end takes its servers with it."""
    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    if pgfold_binary().exists() and pgfold_process.sanitizer():
        reason = "sizes mean nothing under a sanitizer"
        for item in items:
            if item.get_closest_marker("large"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that hangs is interrupted and fails, and the others go on."""
    marker = item.get_closest_marker("timeout")
    seconds = marker.args[0] if marker else TEST_SECONDS

    def interrupt(*_):
        raise TimeoutError(f"{item.name} did not end within {seconds} s")

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure shows what the processes of the test have said."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    fixtures = getattr(item, "funcargs", {})
    processes = [fixtures.get("proxy"), fixtures.get("pg"), *fixtures.get("started", [])]
    for process in processes:
        if process is not None:
            report.sections.append((f"output of {process.name} {process.log_path}",
                                    process.output()[-3000:]))


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder that the server's user can reach, with a name short enough for Unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix="pgfold-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def certificates(scratch: Path) -> Certificates:
    return Certificates(scratch / "certificates")


@pytest.fixture(scope="session")
def template(scratch: Path, certificates: Certificates) -> Postgres:
    """A stopped server with the database and users in it, to copy from."""
    server = Postgres(scratch / "template", certificates=certificates).initialize().start()
    server.create_database()
    server.stop()
    return server


@pytest.fixture(scope="session")
def pg(scratch: Path, template: Postgres, certificates: Certificates) -> Iterator[Postgres]:
    server = Postgres(scratch / "pg", certificates=certificates).initialize(template).start()
    server.psql("CREATE EXTENSION pg_stat_statements")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def _binary() -> Path:
    binary = pgfold_binary()
    if not binary.exists():
        pytest.exit(f"no pgfold at {binary}: build it, or set PGFOLD_BINARY", returncode=3)
    return binary


@pytest.fixture(scope="session")
def _proxy_process(pg: Postgres, scratch: Path, _binary: Path) -> Iterator[Pgfold]:
    process = Pgfold(scratch / "proxy", pg.endpoint.dsn()).start()
    yield process
    process.stop()


@pytest.fixture
def proxy(_proxy_process: Pgfold) -> Iterator[Pgfold]:
    """The pgfold that most tests share; each must leave it alive and well."""
    _proxy_process.assert_healthy()
    yield _proxy_process
    _proxy_process.assert_healthy()


@pytest.fixture
def direct(pg: Postgres) -> Endpoint:
    return pg.endpoint


@pytest.fixture
def proxied(proxy: Pgfold) -> Endpoint:
    return proxy.endpoint


@pytest.fixture(params=["direct", "pgfold"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Both ways to the same server: what holds direct must hold through pgfold."""
    return request.getfixturevalue("direct" if request.param == "direct" else "proxied")


@pytest.fixture
def started() -> List:
    """The processes that a test has started, in order."""
    return []


@pytest.fixture
def start_pgfold(scratch: Path, started: List, _binary: Path
                 ) -> Iterator[Callable[..., Pgfold]]:
    """A pgfold of the test's own; at the end it must stop cleanly."""

    def start(upstream: str, wait: bool = True, **options) -> Pgfold:
        directory = Path(tempfile.mkdtemp(prefix="fold-", dir=scratch))
        process = Pgfold(directory, upstream, **options)
        started.append(process)
        if wait:
            process.start()
        else:
            process.launch()
        return process

    yield start
    processes = [p for p in started if isinstance(p, Pgfold)]
    try:
        for process in processes:
            process.stop()
    finally:
        for process in processes:
            process.kill()


@pytest.fixture
def start_postgres(scratch: Path, started: List, template: Postgres, certificates: Certificates
                   ) -> Iterator[Callable[..., Postgres]]:
    """A server of the test's own, to break at will."""

    def start(copy_of: Postgres = template, **options) -> Postgres:
        directory = Path(tempfile.mkdtemp(prefix="pg-", dir=scratch))
        directory.chmod(0o755)
        options.setdefault("certificates", certificates)
        server = Postgres(directory, **options)
        started.append(server)
        return server.initialize(copy_of).start()

    yield start
    for server in started:
        if isinstance(server, Postgres):
            server.remove()


@pytest.fixture(scope="session")
def driver_tables(pg: Postgres) -> Iterator[None]:
    pg.psql(drivers.SCHEMA)
    yield
    pg.psql("DROP TABLE driver_item, driver_list; DROP FUNCTION wait_for_sleeper")


@pytest.fixture(scope="session")
def loop_tables(pg: Postgres) -> Iterator[None]:
    pg.psql(loop_programs.SCHEMA)
    yield
    pg.psql("DROP SCHEMA loops CASCADE")


@pytest.fixture(scope="session", params=drivers.DRIVERS, ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest, scratch: Path, driver_tables: None) -> List[object]:
    """The command that runs one of the driver programs."""
    problem = request.param.unavailable()
    if problem:
        pytest.skip(f"{request.param.name} is not here ({problem}); tools/setup installs it")
    folder = scratch / f"driver-{request.param.name.replace(':', '')}"
    folder.mkdir(exist_ok=True)
    return request.param.prepare(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true",
                     help="write the expected answers of the transcripts anew")
