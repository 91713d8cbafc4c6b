"""The stale-read probe: one client writes and is told so, another reads at once; how many of those
reads do not show the write? Before each write the reader has read the same row, so that whoever
keeps answers has one to give.

`tools/bench --only stale`, with Pgpool-II where it is installed ($PGPOOL, or in the PATH).
"""

import json
import os
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

import psycopg2

from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.postgres import Postgres, free_port, server_user
from support.process import Process
from support.waiting import wait_until
from targets import DATABASE, HBA, SETTINGS, USER, stop_postgres

ROWS = 100
PGPOOL = "pgpool-ii"
READ = "SELECT value FROM stale_probe WHERE id = %s"
SCHEMA = f"""
    CREATE TABLE stale_probe (id int PRIMARY KEY, value int);
    CREATE TABLE stale_source (id int PRIMARY KEY, value int);
    INSERT INTO stale_probe SELECT i, 0 FROM generate_series(0, {ROWS - 1}) i;
    INSERT INTO stale_source SELECT * FROM stale_probe;
    CREATE FUNCTION stale_write(new_value int, row_id int) RETURNS void LANGUAGE sql AS
        'UPDATE stale_probe SET value = new_value WHERE id = row_id';
    CREATE FUNCTION stale_copy() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN UPDATE stale_probe SET value = NEW.value WHERE id = NEW.id; RETURN NEW; END';
    CREATE TRIGGER copy AFTER UPDATE ON stale_source FOR EACH ROW EXECUTE FUNCTION stale_copy()"""
WRITES = {
    "UPDATE": "UPDATE stale_probe SET value = %s WHERE id = %s",
    "WITH": "WITH written AS (UPDATE stale_probe SET value = %s WHERE id = %s RETURNING id)"
            " SELECT * FROM written",
    "function": "SELECT stale_write(%s, %s)",
    "trigger": "UPDATE stale_source SET value = %s WHERE id = %s",
}


@dataclass
class Result:
    target: str
    write: str
    cycles: int
    stale: int
    seconds: float
    note: str = ""


def pgpool_program() -> Optional[str]:
    return os.environ.get("PGPOOL") or \
        shutil.which("pgpool", path="/usr/sbin:/usr/bin:" + os.environ["PATH"])


class Pgpool(Process):
    """Query cache in shared memory, everything else as simple as can be."""

    def __init__(self, directory: Path, server_port: int, program: str, clients: int = 8):
        super().__init__("pgpool", directory / "pgpool.log")
        directory.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(directory / "oiddir", ignore_errors=True)
        (directory / "oiddir").mkdir()
        for path in (directory, directory / "oiddir"):
            path.chmod(0o777)
        self.port = free_port()
        self._program = program
        self._directory = directory
        (directory / "pgpool.conf").write_text(f"""
            backend_clustering_mode = 'raw'
            listen_addresses = '127.0.0.1'
            port = {self.port}
            pcp_port = {free_port()}
            socket_dir = '{directory}'
            pcp_socket_dir = '{directory}'
            pid_file_name = '{directory}/pgpool.pid'
            logdir = '{directory}'
            backend_hostname0 = '127.0.0.1'
            backend_port0 = {server_port}
            num_init_children = {clients}
            memory_cache_enabled = on
            memqcache_method = 'shmem'
            memqcache_oiddir = '{directory}/oiddir'
            memqcache_expire = 0
            memqcache_auto_cache_invalidation = on
            """)
        for name in ("pcp.conf", "pool_hba.conf"):
            (directory / name).write_text("")

    def start(self) -> "Pgpool":
        self.spawn([self._program, "-n", "-f", self._directory / "pgpool.conf", "-F",
                    self._directory / "pcp.conf", "-a", self._directory / "pool_hba.conf"],
                   user=server_user(), env=dict(os.environ))
        wait_until(lambda: can_connect(self.port), "pgpool to accept connections")
        return self


def connect(port: int) -> Any:
    connection = psycopg2.connect(host="127.0.0.1", port=port, user=USER, dbname=DATABASE,
                                  sslmode="disable", connect_timeout=10)
    connection.autocommit = True
    return connection


def can_connect(port: int) -> bool:
    try:
        connect(port).close()
        return True
    except psycopg2.OperationalError:
        return False


def probe(name: str, port: int, cycles: int, note: str = "") -> List[Result]:
    return [probe_with(name, port, cycles // len(WRITES), write, note) for write in WRITES]


def probe_with(name: str, port: int, cycles: int, write: str, note: str) -> Result:
    writing, reading = connect(port), connect(port)
    stale = 0
    with writing.cursor() as writer, reading.cursor() as reader:
        writer.execute("UPDATE stale_probe SET value = -1")
        begun = time.monotonic()
        for cycle in range(cycles):
            row = cycle % ROWS
            reader.execute(READ, (row,))
            writer.execute(WRITES[write], (cycle, row))
            reader.execute(READ, (row,))
            stale += reader.fetchone()[0] != cycle
        seconds = time.monotonic() - begun
    writing.close()
    reading.close()
    return Result(name, write, cycles, stale, seconds, note)


def pgfold_config() -> Dict[str, Any]:
    schema = json.loads(subprocess.run([pgfold_binary(), "check", "--schema"], check=True,
                                       capture_output=True, text=True).stdout)
    config: Dict[str, Any] = {"log": {"level": "warning"}}
    if "cache" in schema["properties"]:
        config["cache"] = {"rules": [{"tables": ["stale_probe"], "ttl": "1h"}]}
    return config


def measure(directory: Path, cycles: int, step: Any) -> List[Dict[str, Any]]:
    server = Postgres(directory / "postgres-stale", hba=HBA, settings=SETTINGS)
    results: List[Result] = []
    processes: List[Process] = []
    try:
        server.initialize().start()
        server.psql(f"CREATE DATABASE {DATABASE}", "postgres")
        server.psql(SCHEMA, DATABASE)
        step("stale reads: direct")
        results += probe("direct", server.port, cycles)

        step("stale reads: pgfold")
        url = f"postgresql://{USER}@127.0.0.1:{server.port}/{DATABASE}"
        config = pgfold_config()
        pgfold = Pgfold(directory / "pgfold-stale", url, config=config)
        processes.append(pgfold)
        results += probe("pgfold", pgfold.start().port, cycles,
                         "" if "cache" in config else "without a result cache")

        program = pgpool_program()
        if program:
            step("stale reads: Pgpool-II")
            pgpool = Pgpool(directory / "pgpool", server.port, program)
            processes.append(pgpool)
            results += probe(PGPOOL, pgpool.start().port, cycles)
        else:
            results.append(Result(PGPOOL, "", 0, 0, 0, "not installed"))
    finally:
        for process in processes:
            process.kill()
        stop_postgres(server)
    return [asdict(result) for result in results]
