"""A new process serves on the sockets of the old one, which leaves when its clients have left."""

import json
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Callable, List

import pytest

from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.raw_connection import RawConnection
from support.waiting import wait_until

# As a service manager: the sockets from descriptor 3 on, and for whom they are.
ACTIVATE = """
export LISTEN_PID=$$ LISTEN_FDS=$1 LISTEN_FDNAMES=$2; shift 2
exec "$@"
"""


class Activated(Pgfold):
    """A pgfold that is given its sockets, `names` in the order of descriptors."""

    def __init__(self, directory: Path, upstream: str, sockets: List[socket.socket], names: str,
                 **options):
        super().__init__(directory, upstream, **options)
        self.sockets = sockets
        redirections = "".join(f" {3 + i}<&{s.fileno()}" for i, s in enumerate(sockets))
        script = ACTIVATE.replace('"$@"', '"$@"' + redirections)
        self.program = ["bash", "-c", script, "activate", len(sockets), names, pgfold_binary()]

    def spawn(self, command, **options):
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[s.fileno() for s in self.sockets], start_new_session=True, **options)


def listening(family=socket.AF_INET, address=("127.0.0.1", 0)) -> socket.socket:
    made = socket.socket(family)
    made.bind(address)
    made.listen(128)
    return made


@pytest.fixture
def activate(scratch, started, pg, _binary):
    processes: List[Activated] = []

    def start(sockets, names, **options) -> Activated:
        directory = scratch / f"activated-{id(sockets)}-{len(processes)}"
        process = Activated(directory, pg.endpoint.dsn(), sockets, names, **options)
        processes.append(process)
        started.append(process)
        return process.start()

    yield start
    try:
        for process in processes:
            process.stop()
    finally:
        for process in processes:
            process.kill()


def test_sockets_of_a_service_manager(activate, pg, tmp_path):
    path = tmp_path / ".s.PGSQL.6433"
    tcp, unix = listening(), listening(socket.AF_UNIX, str(path))
    admin = listening()
    process = activate([tcp, admin, unix], "sql:admin:sql")
    assert process.port == tcp.getsockname()[1]
    assert process.admin_url.endswith(f":{admin.getsockname()[1]}")
    assert process.get("/healthz")
    for dsn in (process.endpoint.dsn(), f"host={tmp_path} port=6433 user=postgres dbname=app"):
        done = subprocess.run(["psql", "-XAtc", "SELECT 'here'", dsn], capture_output=True,
                              text=True, timeout=30)
        assert done.stdout == "here\n", done.stderr
    process.stop()
    assert path.exists(), "the file belongs to who made the socket"


def test_what_is_no_listening_socket_is_refused(activate, pg, scratch):
    idle = socket.socket()
    process = Activated(scratch / "refused", pg.endpoint.dsn(), [idle], "sql")
    process.launch()
    assert process.wait() == 1
    assert "does not listen" in process.output()


class Reconnecting:
    """pgbench with a new connection for each transaction, again and again, while `with` lasts."""

    def __init__(self, pg, dsn: str):
        pg.psql("CREATE TABLE IF NOT EXISTS handover (n int)")
        script = pg.directory / "handover.sql"
        script.write_text("SELECT count(*) FROM handover;\n")
        self.command = ["pgbench", "-n", "-C", "-c", "4", "-t", "50", "-f", script, dsn]
        self.finished: List[subprocess.CompletedProcess] = []
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.enough.is_set():
            self.finished.append(subprocess.run(self.command, capture_output=True, text=True,
                                                timeout=120))

    def __enter__(self) -> "Reconnecting":
        self.thread.start()
        return self

    def __exit__(self, *failure) -> None:
        self.enough.set()
        self.thread.join()

    def assert_nothing_failed(self) -> None:
        assert self.finished
        for done in self.finished:
            assert done.returncode == 0, done.stderr
            assert re.search(r"number of failed transactions: 0 ", done.stdout), done.stdout
            assert "error" not in done.stderr and "FATAL" not in done.stderr, done.stderr


def change_twice(start: Callable[[], Pgfold], pg, dsn: str = "") -> None:
    """Each process serves, and leaves once the next is there, while clients connect."""
    def serves() -> bool:
        return process.metric("pgfold_client_connections_total") > 20

    process = start()
    with Reconnecting(pg, dsn or process.endpoint.dsn()) as clients:
        for _ in range(2):
            wait_until(serves, "connections")
            following = start()
            process.signal(signal.SIGTERM)
            assert process.wait() == 0, process.output()
            process = following
        wait_until(serves, "connections")
    clients.assert_nothing_failed()


GRACE = {"limits": {"drain_grace": "60s"}}


@pytest.mark.timeout(180)
def test_no_connection_fails_while_processes_change(activate, pg):
    sockets = [listening()]
    change_twice(lambda: activate(sockets, "sql", config=GRACE), pg)


class TestReusePort:
    CONFIG = {"reuse_port": True, **GRACE}

    @pytest.mark.timeout(180)
    def test_no_connection_fails_while_processes_change(self, start_pgfold, pg):
        port = 0

        def start() -> Pgfold:
            nonlocal port
            process = start_pgfold(pg.endpoint.dsn(), config=self.CONFIG,
                                   listen=[f"127.0.0.1:{port}"])
            port = process.port
            return process

        change_twice(start, pg)

    @pytest.mark.timeout(180)
    def test_on_a_unix_socket(self, start_pgfold, pg, tmp_path):
        socket_file = tmp_path / ".s.PGSQL.6433"
        change_twice(lambda: start_pgfold(pg.endpoint.dsn(), config=self.CONFIG,
                                          listen=["127.0.0.1:0", f"unix:{socket_file}"]),
                     pg, f"host={tmp_path} port=6433 user=postgres dbname=app")

    def test_the_last_one_takes_its_socket_away(self, start_pgfold, pg, tmp_path):
        listen = ["127.0.0.1:0", f"unix:{tmp_path}/.s.PGSQL.6433"]
        old, new = (start_pgfold(pg.endpoint.dsn(), config=self.CONFIG, listen=listen)
                    for _ in range(2))
        old.stop()
        assert len(list(tmp_path.iterdir())) == 1
        new.stop()
        assert list(tmp_path.iterdir()) == []

    def test_the_admin_server_changes_as_well(self, start_pgfold, pg):
        old = start_pgfold(pg.endpoint.dsn(), config=self.CONFIG)
        admin = old.admin_url.removeprefix("http://")
        with RawConnection(old.endpoint).login():
            new = start_pgfold(pg.endpoint.dsn(), config=self.CONFIG, admin=admin,
                               listen=[f"127.0.0.1:{old.port}"])
            old.signal(signal.SIGTERM)

            def only_the_new_one_is_asked() -> bool:
                return not any(json.loads(new.get_status("/readyz"))["draining"]
                               for _ in range(20))

            wait_until(only_the_new_one_is_asked, "the old one's admin server to be gone")
            assert old.is_running(), "it has a client"
        assert old.wait() == 0, old.output()

    def test_without_it_a_second_process_is_refused(self, start_pgfold, pg):
        first = start_pgfold(pg.endpoint.dsn(), config=self.CONFIG)
        second = start_pgfold(pg.endpoint.dsn(), wait=False,
                              listen=[f"127.0.0.1:{first.port}"])
        assert second.wait() == 1
        assert "Address already in use" in second.output()


def test_sessions_go_on_for_the_grace(start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), config={
        "limits": {"drain_grace": "60s", "drain_timeout": "0s"}})
    with RawConnection(process.endpoint).login() as client:
        process.signal(signal.SIGTERM)
        wait_until(lambda: json.loads(process.get_status("/readyz"))["draining"], "the drain")
        assert client.value("SELECT 1") == b"1"
    assert process.wait() == 0


def test_after_the_grace_idle_sessions_end(start_pgfold, pg):
    process = start_pgfold(pg.endpoint.dsn(), config={"limits": {"drain_grace": "200ms"}})
    client = RawConnection(process.endpoint).login()
    process.signal(signal.SIGTERM)
    assert [e["C"] for e in client.errors(client.read_to_end())] == ["57P01"]
    assert process.wait() == 0
