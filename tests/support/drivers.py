"""The driver programs of tests/integration/drivers: how to build and run each."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional

from support.locations import REPOSITORY

FOLDER = REPOSITORY / "tests" / "integration" / "drivers"
CHECKS = ["prepared", "types", "transaction", "pipeline", "cursor", "copy", "cancel", "notify",
          "large", "loop"]

SCHEMA = """
CREATE TABLE driver_list (id int PRIMARY KEY, name text);
CREATE TABLE driver_item (id serial PRIMARY KEY, list_id int REFERENCES driver_list, title text);
INSERT INTO driver_list SELECT i * 17, 'list ' || i FROM generate_series(1, 25) i;
INSERT INTO driver_item (list_id, title) SELECT i * 17, 'title ' || j
    FROM generate_series(1, 25) i, generate_series(1, 3) j;
GRANT SELECT ON driver_list, driver_item TO PUBLIC;
CREATE FUNCTION wait_for_sleeper(wanted int) RETURNS bool LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    FOR i IN 1..3000 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF EXISTS (SELECT FROM pg_stat_activity WHERE pid = wanted AND wait_event = 'PgSleep') THEN
            RETURN true;
        END IF;
        PERFORM pg_sleep(0.01);
    END LOOP;
    RETURN false;
END $$;
"""


def missing(*programs: str) -> Optional[str]:
    absent = [p for p in programs if not shutil.which(p) and not Path(p).exists()]
    return f"missing: {', '.join(absent)}" if absent else None


def build(command: List[object], env: Optional[Dict[str, str]] = None) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=400)
    assert done.returncode == 0, f"{command[0]} fails:\n{done.stdout}\n{done.stderr}"


@dataclass
class Driver:
    """`prepare` builds what must be built into the folder given and returns the command to run."""

    name: str
    unavailable: Callable[[], Optional[str]]
    prepare: Callable[[Path], List[object]]


def script(name: str, interpreter: str, file: str, probe: List[str]) -> Driver:
    def unavailable() -> Optional[str]:
        problem = missing(interpreter)
        if problem:
            return problem
        done = subprocess.run([interpreter, *probe], capture_output=True, text=True)
        return None if done.returncode == 0 else f"{interpreter}: {done.stderr.strip()[:200]}"

    return Driver(name, unavailable, lambda folder: [interpreter, FOLDER / file])


def compiled(name: str, compiler: str, file: str, header: str, flags: List[str]) -> Driver:
    def prepare(folder: Path) -> List[object]:
        build([compiler, "-O1", "-Wno-deprecated-declarations", "-I/usr/include/postgresql",
               FOLDER / file, "-o", folder / name, *flags])
        return [folder / name]

    return Driver(name, lambda: missing(compiler, header), prepare)


JDBC_JAR = "/usr/share/java/postgresql.jar"
GO_SOURCES = "/usr/share/gocode/src/github.com/jackc/pgx/v4"


def jdbc_command(folder: Path, name: str) -> List[object]:
    return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", f"{folder}:{JDBC_JAR}:"
            "/usr/share/java/scram-client.jar:/usr/share/java/scram-common.jar:"
            "/usr/share/java/saslprep.jar:/usr/share/java/stringprep.jar", name]


def prepare_jdbc(folder: Path) -> List[object]:
    build(["javac", "-cp", JDBC_JAR, "-d", folder, FOLDER / "JdbcDriver.java"])
    return jdbc_command(folder, "JdbcDriver")


def go_environment() -> Dict[str, str]:
    """For Debian's packages, which are no modules."""
    return {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "-buildvcs=false",
            "GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build"))}


def prepare_pgx(folder: Path) -> List[object]:
    build(["go", "build", "-o", folder / "pgx", FOLDER / "pgx_driver.go", FOLDER / "go_steps.go"],
          go_environment())
    return [folder / "pgx"]


DRIVERS = [
    script("psycopg2", "/usr/bin/python3", "psycopg2_driver.py", ["-c", "import psycopg2"]),
    script("psycopg3", "/usr/bin/python3", "psycopg3_driver.py", ["-c", "import psycopg"]),
    script("asyncpg", "/usr/bin/python3", "asyncpg_driver.py", ["-c", "import asyncpg"]),
    script("ruby-pg", "/usr/bin/ruby", "ruby_driver.rb", ["-e", "require 'pg'"]),
    script("DBD::Pg", "/usr/bin/perl", "dbd_pg_driver.pl", ["-e", "use DBD::Pg"]),
    script("PDO", "php", "pdo_driver.php",
           ["-r", "exit(in_array('pgsql', PDO::getAvailableDrivers()) ? 0 : 1);"]),
    compiled("libpq", "gcc", "libpq_driver.c", "/usr/include/postgresql/libpq-fe.h",
             ["-lpq", "-pthread"]),
    compiled("libpqxx", "g++", "libpqxx_driver.cpp", "/usr/include/pqxx/pqxx",
             ["-lpqxx", "-lpq", "-pthread"]),
    Driver("JDBC", lambda: missing("java", "javac", JDBC_JAR), prepare_jdbc),
    Driver("pgx", lambda: missing("go", GO_SOURCES), prepare_pgx),
]


def run(command: List[object], env: Dict[str, str]) -> List[str]:
    """The lines that the program prints."""
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True,
                          text=True, timeout=100)
    assert done.returncode == 0, f"{command[-1]}:\n{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()
