"""`pgfold replay`, and databases that it finds as they were when the recording began."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Sequence, Tuple

from support.endpoint import Endpoint
from support.locations import pgfold_binary
from support.loop_programs import SCHEMA, LoopProgram
from support.pgfold import SANITIZER_REPORT, Pgfold
from support.postgres import Postgres


def replay(path: Path, target: str, *arguments: object, status: int = 0,
           speed: str = "max") -> Tuple[dict, str]:
    """Its report, and what it has said besides."""
    done = subprocess.run(
        [str(a) for a in (pgfold_binary(), "replay", path, "--target", target, "--speed", speed,
                          "--format", "json", *arguments)],
        capture_output=True, text=True, timeout=100)
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    assert done.returncode == status, done.stderr + done.stdout
    return (json.loads(done.stdout) if done.stdout else {}), done.stderr


def restore_command(pg: Postgres, snapshot: str, database: str) -> str:
    """The command that makes `database` a copy of `snapshot` again. It has run once."""
    command = (f"psql -qX -h {pg.directory} -p {pg.port} -U postgres -d postgres"
               f" -c 'DROP DATABASE IF EXISTS {database} WITH (FORCE)'"
               f" -c 'CREATE DATABASE {database} TEMPLATE {snapshot}'")
    subprocess.run(command, shell=True, check=True)
    return command


@contextmanager
def snapshot(pg: Postgres, schema: str, name: str, database: str) -> Iterator[str]:
    """The command that puts `database` back to what `schema` makes."""
    pg.psql(f"CREATE DATABASE {name}", "postgres")
    try:
        pg.psql(schema, name)
        yield restore_command(pg, name, database)
    finally:
        pg.psql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", "postgres")
        pg.psql(f"DROP DATABASE {name}", "postgres")


def check_orm_replay(command: List[object], variant: str, transactions: Sequence[str],
                     pg: Postgres, start_pgfold, folder: Path, config: dict) -> None:
    """A session of loops and writes is recorded; played again, with `config`, every answer is
    what it is directly, and lookups are folded."""
    capture = folder / "orm.pcapng"
    schema = SCHEMA + "GRANT ALL ON ALL TABLES IN SCHEMA loops TO PUBLIC;"
    with snapshot(pg, schema, "orm_before", "orm_now") as restore:
        proxy: Pgfold = start_pgfold(pg.endpoint.dsn(),
                                     config={"capture": {"file": str(capture)}})
        program = LoopProgram(command, Endpoint("pgfold", proxy.host, proxy.port,
                                                {"dbname": "orm_now"}))
        said: List[str] = []
        for transaction in transactions:
            for name in ("has_many", "belongs_to", "save", "many_to_many", "nested", "count"):
                said += program.run(variant, transaction, name)
        program.stop()
        proxy.stop()
        assert "saved" in " ".join(said), said
        (folder / "played.yaml").write_text(json.dumps(config))
        report, _ = replay(capture, pg.endpoint.dsn(dbname="orm_now"), "--compare",
                           "--snapshot-command", restore, "-c", folder / "played.yaml")
    assert report["answers"]["different"] == 0, report["differences"][:3]
    assert report["problems"] == []
    assert report["answers"]["equal"] > 150 * len(transactions), report["answers"]
    assert report["folding"]["folded_lookups"] > 0, report["folding"]
