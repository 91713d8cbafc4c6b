"""The servers that pgbench is pointed at: PostgreSQL itself and what can stand before it."""

import os
import shutil
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional

from demo.shop import Relay
from support.pgfold import Pgfold
from support.postgres import Postgres, free_port, server_user
from support.process import Process

DATABASE = "bench"
USER = "postgres"
CLIENTS_MAX = 6000
HBA = "local all all trust\nhost all all 127.0.0.1/32 trust\n"
SETTINGS = {"shared_buffers": "512MB", "max_connections": "600", "wal_level": "replica",
            "shared_preload_libraries": "", "compute_query_id": "off"}

DIRECT, PGBOUNCER, RELAY, PGFOLD, PGFOLD_BLIND = \
    "direct", "pgbouncer", "relay", "pgfold", "pgfold, detection off"
ALL_TARGETS = [DIRECT, PGBOUNCER, RELAY, PGFOLD, PGFOLD_BLIND]


@dataclass(frozen=True)
class Target:
    name: str
    port: int
    process: Optional[Process]  # None: nothing between pgbench and the server


class PgBouncer(Process):
    """Session mode, one server connection per client, no authentication of its own."""

    def __init__(self, directory: Path, server_port: int):
        super().__init__("pgbouncer", directory / "pgbouncer.log")
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o777)  # it refuses to run as root, and writes its log here
        self.port = free_port()
        self._ini = directory / "pgbouncer.ini"
        self._ini.write_text(
            f"[databases]\n{DATABASE} = host=127.0.0.1 port={server_port} dbname={DATABASE} "
            f"user={USER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = session\n"
            f"max_client_conn = {CLIENTS_MAX}\ndefault_pool_size = {CLIENTS_MAX}\n"
            "server_reset_query =\nlog_connections = 0\nlog_disconnections = 0\nlog_stats = 0\n"
            "ignore_startup_parameters = extra_float_digits\n")

    def start(self) -> "PgBouncer":
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:" + os.environ["PATH"])
        assert program, "no pgbouncer; run tools/setup --bench"
        self.spawn([program, self._ini], user=server_user())
        self.wait_for_output("process up")
        return self


class Targets:
    """Starts targets in front of one server port; everything ends with the block."""

    def __init__(self, directory: Path, server_port: int):
        self._directory = directory
        self._server_port = server_port
        self._stack = ExitStack()

    def __enter__(self) -> "Targets":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, names: List[str]) -> List[Target]:
        make: Dict[str, Callable[[], Target]] = {
            DIRECT: lambda: Target(DIRECT, self._server_port, None),
            PGBOUNCER: lambda: self._started(PGBOUNCER, PgBouncer(
                self._directory / "pgbouncer", self._server_port)),
            # As many threads as pgfold takes.
            RELAY: lambda: self._started(RELAY, Relay(
                self._directory / "relay", self._server_port, threads=os.cpu_count() or 1)),
            PGFOLD: lambda: self._pgfold(PGFOLD, True),
            PGFOLD_BLIND: lambda: self._pgfold(PGFOLD_BLIND, False),
        }
        return [make[name]() for name in names]

    def _started(self, name: str, process: Process) -> Target:
        self._stack.callback(process.kill)
        process.start()
        return Target(name, process.port, process)

    def _pgfold(self, name: str, detection: bool) -> Target:
        return self._started(name, Pgfold(
            self._directory / name.replace(", ", "-").replace(" ", "-"),
            f"postgresql://127.0.0.1:{self._server_port}/{DATABASE}",
            config={"detect": {"enabled": detection}, "log": {"level": "warning"},
                    "limits": {"client_connections": CLIENTS_MAX}}))


def start_postgres(directory: Path, scale: int) -> Postgres:
    server = Postgres(directory / "postgres", hba=HBA, settings=SETTINGS)
    try:
        server.initialize().start()
        server.psql(f"CREATE DATABASE {DATABASE}", "postgres")
        server.run_as_server(server.bin / "pgbench", "-i", "-q", "-s", scale, "-h", directory /
                             "postgres", "-p", server.port, "-U", USER, DATABASE)
    except BaseException:
        server.remove()
        raise
    return server


def stop_postgres(server: Postgres) -> None:
    server.stop(signal.SIGQUIT)
    server.remove()
