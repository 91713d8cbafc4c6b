"""The demo's processes: a throwaway PostgreSQL, links of several lengths to it, and on each link a
pgfold."""

import secrets
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.postgres import Postgres
from support.process import Process

DATABASE = USER = "shop"
SCHEMA = Path(__file__).parent / "schema.sql"
HBA = """
local all all trust
host  all all 127.0.0.1/32 scram-sha-256
"""
SETTINGS = {"wal_level": "replica", "jit": "off"}


class Relay(Process):
    """pgfold_relay, a link with a round trip of its own. Flow: Relay(...).start() … kill()."""

    def __init__(self, directory: Path, upstream_port: int, round_trip_ms: float = 0,
                 threads: int = 1):
        super().__init__(f"relay of {round_trip_ms:g} ms", directory / "relay.log")
        directory.mkdir(parents=True, exist_ok=True)
        self._upstream_port = upstream_port
        self._round_trip_ms = round_trip_ms
        self._threads = threads
        self.port = 0

    def start(self) -> "Relay":
        self.spawn([pgfold_binary().parent / "tools" / "relay" / "pgfold_relay",
                    "--upstream", f"127.0.0.1:{self._upstream_port}",
                    "--round-trip-ms", self._round_trip_ms, "--threads", self._threads])
        self.wait_for_output("\n")
        self.port = int(self.output().split("ready: ")[1].split()[0].rsplit(":", 1)[1])
        return self


@dataclass(frozen=True)
class Link:
    round_trip_ms: float
    direct_port: int
    pgfold_port: int

    @property
    def title(self) -> str:
        return f"{self.round_trip_ms:g} ms link" if self.round_trip_ms else "loopback"


class Shop:
    """Flow: with Shop([0, 1, 5]) as shop: shop.start(progress) … Everything ends with the block."""

    def __init__(self, round_trips_ms: List[float]):
        self._round_trips_ms = round_trips_ms
        self._password = secrets.token_urlsafe(12)
        self._stack = ExitStack()
        self.links: List[Link] = []
        self.postgres: Optional[Postgres] = None
        self.pgfold: Optional[Pgfold] = None  # the one on loopback

    def __enter__(self) -> "Shop":
        self.directory = Path(tempfile.mkdtemp(prefix="pgfold-quickstart-"))
        self.directory.chmod(0o755)  # PostgreSQL may have to run as another user
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def start_postgres(self) -> None:
        self.postgres = Postgres(self.directory / "postgres", hba=HBA, settings=SETTINGS)
        self._stack.callback(self.postgres.remove)
        self.postgres.initialize().start()
        self.postgres.psql("CREATE EXTENSION pg_stat_statements", "postgres")
        self.postgres.psql(f"CREATE ROLE {USER} LOGIN PASSWORD '{self._password}'", "postgres")
        self.postgres.psql(f"CREATE DATABASE {DATABASE} OWNER {USER}", "postgres")
        self.postgres.psql(f"SET ROLE {USER};\n" + SCHEMA.read_text(), DATABASE)

    def start_links(self) -> None:
        for number, round_trip_ms in enumerate(self._round_trips_ms):
            port = self.postgres.port
            if round_trip_ms:
                relay = Relay(self.directory / f"link{number}", port, round_trip_ms)
                self._stack.callback(relay.kill)
                port = relay.start().port
            pgfold = self._start_pgfold(number, port, serves=not round_trip_ms)
            self.links.append(Link(round_trip_ms, port, pgfold.port))

    def _start_pgfold(self, number: int, upstream_port: int, serves: bool) -> Pgfold:
        upstream = f"postgresql://127.0.0.1:{upstream_port}/{DATABASE}"
        # The one that keeps serving takes the default ports where they are free.
        addresses = [("127.0.0.1:6433", "127.0.0.1:9433")] if serves else []
        for listen, admin in addresses + [("127.0.0.1:0", "127.0.0.1:0")]:
            pgfold = Pgfold(self.directory / f"pgfold{number}", upstream, listen=[listen],
                            admin=admin)
            self._stack.callback(pgfold.kill)
            try:
                pgfold.start()
            except AssertionError:
                if listen.endswith(":0"):
                    raise
                continue
            if serves:
                self.pgfold = pgfold
            return pgfold
        raise AssertionError("unreachable")

    def parameters(self, port: int) -> Dict[str, Any]:
        return {"host": "127.0.0.1", "port": port, "user": USER, "dbname": DATABASE,
                "password": self._password}

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.pgfold.port}/{DATABASE}"

    def statements_executed(self) -> int:
        """What has reached PostgreSQL in the demo database so far."""
        return int(self.postgres.psql(
            "SELECT coalesce(sum(s.calls), 0) FROM pg_stat_statements s "
            f"JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = '{DATABASE}'", "postgres"))

    def round_trips_saved(self) -> int:
        """By the pgfold on loopback so far: statements whose answers were there already."""
        return int(self.pgfold.metric("pgfold_round_trips_saved_total"))

    def findings(self) -> List[Dict[str, Any]]:
        return self.pgfold.get_json("/api/v1/findings")["findings"]

    def connections(self) -> int:
        return self.pgfold.get_json("/api/v1/connections")["total"]
