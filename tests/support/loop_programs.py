"""The loop programs of tests/integration/drivers: naive loops, each in its driver's own language.

A program reads from its standard input, tab-separated: how its driver is to send the lookups, the
transactions around them, the statement that lists, the one that looks up ($1, …), and the columns
of the list that it takes its keys from. It prints the rows of each lookup and `-`, and at last `end`.
Those of tests/integration/orms know their loops by name.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Tuple

from support import drivers
from support.drivers import FOLDER, GO_SOURCES, JDBC_JAR, missing
from support.endpoint import Endpoint
from support.pgfold import Pgfold

# Of pgfold. Age says nothing in these tests: a machine may be slow.
CONFIG = {"batch": {"max_age": "10s"}}
# On a machine that is slow at the wrong moment a loop gains nothing, and the next 8 are left alone.
TRIES = 12
TRANSACTIONS = ["autocommit", "read_committed", "repeatable_read", "each_row"]


@dataclass
class Loop:
    name: str
    parents: str
    lookup: str
    keys: str = "0"


@dataclass
class Run:
    line: Tuple[str, ...]  # as the program reads it
    least_answered: int  # lookups, by pgfold


class LoopProgram:
    """One that runs, connected to `endpoint`."""

    def __init__(self, command: List[object], endpoint: Endpoint):
        self.process = subprocess.Popen(
            [str(part) for part in command], env=endpoint.environment(user="trust_user"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *line: str) -> List[str]:
        self.process.stdin.write("\t".join(line) + "\n")
        self.process.stdin.flush()
        rows: List[str] = []
        for row in self.process.stdout:
            if row == "end\n":
                return rows
            rows.append(row.rstrip("\n"))
        raise AssertionError(f"{line}: {self.process.communicate()[1][-2000:]}")

    def stop(self) -> None:
        self.process.stdin.close()
        if self.process.wait(timeout=60) != 0:
            raise AssertionError(self.process.stderr.read()[-2000:])


SCHEMA = """
CREATE SCHEMA loops;
CREATE TABLE loops.customer (id int PRIMARY KEY, name text, code text UNIQUE, tag uuid UNIQUE);
CREATE TABLE loops.orders (id int PRIMARY KEY, customer_id int REFERENCES loops.customer,
                           placed date);
CREATE TABLE loops.item (order_id int REFERENCES loops.orders, line int, price numeric(8,2),
                         PRIMARY KEY (order_id, line));
CREATE TABLE loops.note (order_id int, line int, body text);
CREATE TABLE loops.product (id int PRIMARY KEY, name text);
CREATE TABLE loops.purchase (id int PRIMARY KEY, order_id int REFERENCES loops.orders,
                             product_id int REFERENCES loops.product);
INSERT INTO loops.customer SELECT i, 'customer ' || i, 'c-' || i, md5(i::text)::uuid
    FROM generate_series(1, 40) i;
INSERT INTO loops.orders SELECT i, 1 + i * 7 % 40, date '2024-01-01' + i
    FROM generate_series(1, 120) i;
INSERT INTO loops.item SELECT o, l, o + l / 4.0
    FROM generate_series(1, 120) o, generate_series(1, 3) l WHERE (o + l) % 4 > 0;
INSERT INTO loops.note SELECT order_id, line, 'note ' || order_id || '.' || line
    FROM loops.item WHERE line < 3;
INSERT INTO loops.product SELECT i, 'product ' || i FROM generate_series(1, 30) i;
INSERT INTO loops.purchase SELECT i, 1 + i % 120, 1 + i * 7 % 30 FROM generate_series(1, 200) i;
GRANT USAGE ON SCHEMA loops TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA loops TO PUBLIC;
ANALYZE;
"""

# Each of 40 lookups.
LOOPS = [
    Loop("has_many", "SELECT id, name FROM loops.customer ORDER BY id",
         "SELECT id, placed, customer_id FROM loops.orders WHERE customer_id = $1 ORDER BY id"),
    Loop("belongs_to", "SELECT id, customer_id FROM loops.orders ORDER BY id LIMIT 40",
         "SELECT id, name, tag FROM loops.customer WHERE id = $1", "1"),
    Loop("composite", "SELECT order_id, line FROM loops.item ORDER BY order_id, line LIMIT 40",
         "SELECT body FROM loops.note WHERE order_id = $1 AND line = $2", "0,1"),
    Loop("text_key", "SELECT code, id FROM loops.customer ORDER BY id",
         "SELECT name FROM loops.customer WHERE code = $1"),
    Loop("count", "SELECT id FROM loops.orders ORDER BY id LIMIT 40",
         "SELECT count(*), sum(line) FROM loops.item WHERE order_id = $1"),
]
LEAST_ANSWERED = 24  # of them: drivers that change ways in the middle of a loop make it start again

# Those over lazy relations, of 40 lookups each but the nested one, which has 12 and 36.
LAZY_LOOPS = [("has_many", 30), ("belongs_to", 30), ("many_to_many", 30), ("nested", 20),
              ("count", 30)]


@dataclass
class LoopDriver:
    name: str
    variants: List[str]
    unavailable: Callable[[], Optional[str]]
    prepare: Callable[[Path], List[object]]


def jdbc(folder: Path) -> List[object]:
    drivers.build(["javac", "-cp", JDBC_JAR, "-d", folder, FOLDER / "JdbcLoops.java"])
    return drivers.jdbc_command(folder, "JdbcLoops")


def libpqxx(folder: Path) -> List[object]:
    drivers.build(["g++", "-O1", "-Wno-deprecated-declarations", "-I/usr/include/postgresql",
                   FOLDER / "libpqxx_loops.cpp", "-o", folder / "loops", "-lpqxx", "-lpq"])
    return [folder / "loops"]


def pgx(folder: Path) -> List[object]:
    drivers.build(["go", "build", "-o", folder / "loops", FOLDER / "pgx_loops.go"],
                  drivers.go_environment())
    return [folder / "loops"]


DRIVERS = [
    LoopDriver("JDBC", ["kept", "each", "unnamed", "named", "simple"],
               lambda: missing("java", "javac", JDBC_JAR), jdbc),
    LoopDriver("ruby-pg", ["exec", "exec_params", "exec_prepared"],
               lambda: missing("/usr/bin/ruby", "/usr/lib/ruby/vendor_ruby/pg.rb"),
               lambda folder: ["/usr/bin/ruby", FOLDER / "ruby_loops.rb"]),
    LoopDriver("libpqxx", ["exec", "exec_params", "exec_prepared"],
               lambda: missing("g++", "/usr/include/pqxx/pqxx"), libpqxx),
    LoopDriver("pgx", ["statement_cache_mode=prepare", "statement_cache_mode=describe",
                       "statement_cache_capacity=0"],
               lambda: missing("go", GO_SOURCES), pgx),
    LoopDriver("PDO", ["each", "kept", "unnamed", "emulated"],
               lambda: missing("php"), lambda folder: ["php", FOLDER / "pdo_loops.php"]),
]


def check_loops(command: List[object], runs: List[Run], direct: Endpoint, pgfold: Pgfold) -> None:
    """Each prints what it prints directly, and enough lookups are answered by pgfold."""
    plain, through = LoopProgram(command, direct), LoopProgram(command, pgfold.endpoint)
    problems = []
    for run in runs:
        expected = plain.run(*run.line)
        assert len(expected) >= run.least_answered, (run.line, expected)
        answered = []
        while max(answered, default=-1) < run.least_answered and len(answered) < TRIES:
            before = pgfold.metric("pgfold_folded_lookups_total")
            assert through.run(*run.line) == expected, run.line
            answered.append(pgfold.metric("pgfold_folded_lookups_total") - before)
        if max(answered) < run.least_answered:
            problems.append(f"{run.line}: {answered}")
    plain.stop()
    through.stop()
    assert not problems, "\n".join(problems)


def runs_of(variant: str) -> List[Run]:
    """A driver's: each loop in each kind of transaction."""
    return [Run((variant, transaction, loop.parents, loop.lookup, loop.keys), LEAST_ANSWERED)
            for transaction in TRANSACTIONS for loop in LOOPS]
