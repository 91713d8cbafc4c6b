"""What stands side by side when the cache is measured: the server, pgfold with and without its
cache, Pgpool-II's query cache, and a server that answers without looking."""

import itertools
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from demo.shop import Relay
from stale import Pgpool, pgpool_program
from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.process import Process
from targets import CLIENTS_MAX, DATABASE, DIRECT, USER, Target

PGFOLD_OFF, PGFOLD_CACHE, PGPOOL, CANNED = \
    "pgfold, no cache", "pgfold, cache", "pgpool-ii, cache", "canned answers"
PGPOOL_CLIENTS = 80
_NUMBERS = itertools.count(1)


class CannedServer(Process):
    """Says the same to everybody: what no cache can do faster."""

    def __init__(self, directory: Path):
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__("canned server", directory / "canned-server.log")
        self.port = 0

    def start(self) -> "CannedServer":
        self.spawn([pgfold_binary().parent / "tools" / "canned_server" / "pgfold_canned_server",
                    "--threads", os.cpu_count() or 1])
        self.wait_for_output("\n")
        self.port = int(self.output().split("ready: ")[1].split()[0].rsplit(":", 1)[1])
        return self


class CacheTargets:
    """Starts targets in front of one server port; everything ends with the block."""

    def __init__(self, directory: Path, server_port: int):
        self._directory = directory
        self._server_port = server_port
        self._stack = ExitStack()

    def __enter__(self) -> "CacheTargets":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _new_directory(self, name: str) -> Path:
        path = self._directory / f"{name}-{next(_NUMBERS)}"
        path.mkdir(parents=True)
        path.chmod(0o755)
        return path

    def _started(self, name: str, process: Any) -> Target:
        self._stack.callback(process.kill)
        process.start()
        return Target(name, process.port, process)

    def direct(self) -> Target:
        return Target(DIRECT, self._server_port, None)

    def canned(self) -> Target:
        return self._started(CANNED, CannedServer(self._new_directory("canned")))

    def pgpool(self) -> Optional[Target]:
        program = pgpool_program()
        if not program:
            return None
        return self._started(PGPOOL, Pgpool(self._new_directory("pgpool"), self._server_port,
                                            program, PGPOOL_CLIENTS))

    def link(self, round_trip_ms: float) -> Target:
        return self._started(DIRECT, Relay(self._new_directory("relay"), self._server_port,
                                           round_trip_ms, threads=os.cpu_count() or 1))

    def pgfold(self, cached: bool, port: Optional[int] = None, memory: str = "256MiB") -> Target:
        config: Dict[str, Any] = {"log": {"level": "warning"},
                                  "limits": {"client_connections": CLIENTS_MAX}}
        if cached:
            config["cache"] = {"memory": memory,
                               "rules": [{"tables": ["pgbench_accounts"], "ttl": "24h"}]}
        url = f"postgresql://{USER}@127.0.0.1:{port or self._server_port}/{DATABASE}"
        return self._started(PGFOLD_CACHE if cached else PGFOLD_OFF,
                             Pgfold(self._new_directory("pgfold"), url, config=config))

    def both(self, port: Optional[int] = None, memory: str = "256MiB") -> List[Target]:
        return [self.pgfold(False, port), self.pgfold(True, port, memory)]


def counted(target: Target) -> Tuple[float, float]:
    """Hits and misses so far."""
    pgfold = target.process
    assert isinstance(pgfold, Pgfold)
    return pgfold.metric("pgfold_cache_hits_total"), pgfold.metric("pgfold_cache_misses_total")
