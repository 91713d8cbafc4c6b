"""What folding saves: N+1 loops over links of several lengths, as naive loops and as hand-written
prefetches, directly, through PgBouncer and through pgfold, cold and warm.

The limit is what a loop costs that never leaves its machine but for two round trips: the same loop
against a server that answers at once, plus twice the link's round trip.
"""

import random
import shutil
import statistics
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import psycopg2

from console import Paint, Progress, row
from demo.shop import Relay
from fold_loops import FOLD_LOOPS, FoldLoop, Runner, run_naive, run_prefetch
from support.pgfold import Pgfold
from support.postgres import Postgres
from support.process import Process
from targets import DATABASE, HBA, SETTINGS, USER, PgBouncer

SCHEMA = Path(__file__).with_name("fold_schema.sql")
ROUND_TRIPS_MS = [0.0, 0.5, 1.0, 5.0, 20.0]
SIZES = [10, 50, 200, 1000]

NAIVE, PREFETCH, PGBOUNCER, COLD, WARM, FOLD, INSTANT = \
    "naive", "prefetch", "pgbouncer", "pgfold cold", "pgfold warm", "pgfold warm, strategy fold", \
    "instant server"

# (round trip in ms, lookups, way, least speed-up over the naive loop)
TARGETS = [(1.0, 50, WARM, 8.0), (1.0, 50, COLD, 6.0), (5.0, 50, WARM, 16.0),
           (1.0, 1000, WARM, 12.0)]
LIMIT_FACTOR = 1.3
LOOKUP_CPU_US = 10.0
SERVER_CPU_SHARE = 0.5  # of the naive loop's, with strategy fold

# What has been fetched for one loop may answer the next: that is not what is measured here.
FORGOTTEN_AFTER_SECONDS = 0.12

# Loops that take this long are not repeated as often.
CELL_SECONDS_MAX = 2.0
CPU_LOOPS = 20
SERVER_CPU_LOOKUPS = 50


class InstantServer(Process):
    def __init__(self, directory: Path, server_port: int):
        super().__init__("instant server", directory / "instant-server.log")
        self._server_port = server_port
        self.port = 0

    def start(self) -> "InstantServer":
        self.spawn([sys.executable, "-B", Path(__file__).with_name("instant_server.py"),
                    f"127.0.0.1:{self._server_port}"])
        self.wait_for_output("\n")
        self.port = int(self.output().split()[1])
        return self


@dataclass
class FoldCell:
    """One loop of one length over one link: milliseconds by way."""

    loop: str
    size: int
    round_trip_ms: float
    samples: Dict[str, List[float]] = field(default_factory=dict)
    differing: List[str] = field(default_factory=list)  # ways with other answers than the naive one

    def median(self, way: str) -> Optional[float]:
        samples = self.samples.get(way)
        return statistics.median(samples) if samples else None

    def speedup(self, way: str) -> Optional[float]:
        naive, other = self.median(NAIVE), self.median(way)
        return naive / other if naive and other else None

    def limit(self) -> Optional[float]:
        instant = self.median(INSTANT)
        return instant + 2 * self.round_trip_ms if instant is not None else None


@dataclass
class FoldResults:
    cells: List[FoldCell]
    lookup_cpu_us: Dict[str, float]  # by loop: pgfold's CPU per lookup of a warm loop
    lookup_relayed_us: float         # the same of a relay that only copies bytes
    # By loop, of SERVER_CPU_LOOKUPS lookups: PostgreSQL's CPU by way.
    server_cpu_us: Dict[str, Dict[str, float]]


def _cpu_us(pid: int) -> float:
    """Of all threads, with the kernel's own precision; /proc/PID/stat counts in ticks of 10 ms."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in Path(f"/proc/{pid}/task").iterdir()) / 1000


class _Bench:
    def __init__(self, directory: Path, stack: ExitStack):
        self._directory = directory
        self._stack = stack
        self._number = 0
        self.postgres = Postgres(directory / "postgres", hba=HBA, settings=SETTINGS)
        stack.callback(self.postgres.remove)
        self.postgres.initialize().start()
        self.postgres.psql(f"CREATE DATABASE {DATABASE}", "postgres")
        self.postgres.psql(SCHEMA.read_text(), DATABASE)

    def started(self, process: Any) -> Any:
        self._stack.callback(process.kill)
        return process.start()

    def new_directory(self, name: str) -> Path:
        self._number += 1
        path = self._directory / f"{name}{self._number}"
        path.mkdir(mode=0o755)
        return path

    def relay(self, round_trip_ms: float) -> Relay:
        return self.started(Relay(self.new_directory("relay"), self.postgres.port, round_trip_ms))

    def new_pgfold(self, server_port: int, strategy: str = "auto") -> Pgfold:
        return Pgfold(self.new_directory("pgfold"),
                      f"postgresql://127.0.0.1:{server_port}/{DATABASE}",
                      config={"log": {"level": "warning"}, "batch": {"strategy": strategy}})

    def connect(self, port: int) -> Any:
        connection = psycopg2.connect(host="127.0.0.1", port=port, user=USER, dbname=DATABASE,
                                      sslmode="disable", gssencmode="disable")
        connection.autocommit = True
        return connection

    def cursor(self, port: int) -> Any:
        connection = self.connect(port)
        self._stack.callback(connection.close)
        return connection.cursor()


def _timed(run: Runner, cursor: Any, loop: FoldLoop, size: int) -> Tuple[float, List[Any]]:
    start = time.perf_counter()
    answers = run(cursor, loop, size)
    return (time.perf_counter() - start) * 1000, answers


def _cold(bench: _Bench, server_port: int, loop: FoldLoop, size: int) -> Tuple[float, List[Any]]:
    """By a process that has seen nothing but a login."""
    pgfold = bench.new_pgfold(server_port)
    try:
        pgfold.start()
        with closing(bench.connect(pgfold.port)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return _timed(run_naive, cursor, loop, size)
    finally:
        pgfold.kill()
        shutil.rmtree(pgfold.directory)


def _measure_link(bench: _Bench, round_trip_ms: float, sizes: List[int], rounds: int,
                  instant: Any, progress: Progress) -> Iterator[FoldCell]:
    server_port = bench.relay(round_trip_ms).port if round_trip_ms else bench.postgres.port
    direct = bench.cursor(server_port)
    ways = {NAIVE: (run_naive, direct), PREFETCH: (run_prefetch, direct),
            WARM: (run_naive, bench.cursor(bench.started(bench.new_pgfold(server_port)).port)),
            FOLD: (run_naive,
                   bench.cursor(bench.started(bench.new_pgfold(server_port, "fold")).port)),
            INSTANT: (run_naive, instant)}
    if not round_trip_ms:
        bouncer = bench.started(PgBouncer(bench.new_directory("pgbouncer"), server_port))
        ways[PGBOUNCER] = (run_naive, bench.cursor(bouncer.port))
    for loop in FOLD_LOOPS:
        # What is warm has seen the loop twice; the instant server has to have heard all answers.
        for way in (NAIVE, *[WARM, FOLD] * 3, INSTANT):
            run, cursor = ways[way]
            run(cursor, loop, max(sizes) if way == INSTANT else min(sizes))
        for size in sizes:
            instant_once = ways[INSTANT]
            instant_once[0](instant_once[1], loop, size)
            cell = FoldCell(loop.title, size, round_trip_ms)
            started = time.monotonic()
            for number in range(rounds):
                progress.update(f"folding, {round_trip_ms:g} ms, {size} lookups, {loop.title}, "
                                f"round {number + 1} of {rounds}")
                answers = {}
                for way in random.sample([*ways, COLD], len(ways) + 1):
                    if way == COLD:
                        elapsed, answers[way] = _cold(bench, server_port, loop, size)
                    else:
                        time.sleep(FORGOTTEN_AFTER_SECONDS if way in (WARM, FOLD) else 0)
                        elapsed, answers[way] = _timed(*ways[way], loop, size)
                    cell.samples.setdefault(way, []).append(elapsed)
                cell.differing += [way for way in answers if answers[way] != answers[NAIVE]]
                if time.monotonic() - started > CELL_SECONDS_MAX * (1 + round_trip_ms):
                    break
            yield cell


def _lookup_cpu(bench: _Bench, progress: Progress) -> Tuple[Dict[str, float], float]:
    """CPU per lookup of long warm loops on the loopback, without a link's waiting."""
    pgfold = bench.started(bench.new_pgfold(bench.postgres.port))
    relay = bench.relay(0)
    cursor, relayed = bench.cursor(pgfold.port), bench.cursor(relay.port)

    def per_lookup(process: Process, through: Any, loop: FoldLoop) -> float:
        for _ in range(3):
            run_naive(through, loop, max(SIZES))
        spent = 0.0
        for _ in range(CPU_LOOPS):
            time.sleep(FORGOTTEN_AFTER_SECONDS)
            before = _cpu_us(process.pid)
            run_naive(through, loop, max(SIZES))
            spent += _cpu_us(process.pid) - before
        return spent / CPU_LOOPS / max(SIZES)

    found = {}
    for loop in FOLD_LOOPS:
        progress.update(f"folding, CPU per lookup: {loop.title}")
        found[loop.title] = per_lookup(pgfold, cursor, loop)
    return found, per_lookup(relay, relayed, FOLD_LOOPS[0])


def _server_cpu(bench: _Bench, progress: Progress) -> Dict[str, Dict[str, float]]:
    """CPU that one connection's server process takes for a loop, by way."""
    cursors = {NAIVE: bench.cursor(bench.postgres.port)}
    for way, strategy in ((WARM, "pipeline"), (FOLD, "fold")):
        cursors[way] = bench.cursor(
            bench.started(bench.new_pgfold(bench.postgres.port, strategy)).port)
    found: Dict[str, Dict[str, float]] = {}
    for loop in FOLD_LOOPS:
        progress.update(f"folding, PostgreSQL's CPU: {loop.title}")
        spent: Dict[str, List[float]] = {way: [] for way in cursors}
        for number in range(CPU_LOOPS + 3):
            for way, cursor in cursors.items():
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone()
                time.sleep(FORGOTTEN_AFTER_SECONDS)
                before = _cpu_us(pid)
                run_naive(cursor, loop, SERVER_CPU_LOOKUPS)
                if number >= 3:
                    spent[way].append(_cpu_us(pid) - before)
        found[loop.title] = {way: statistics.median(each) for way, each in spent.items()}
    return found


def measure(directory: Path, round_trips_ms: List[float], sizes: List[int], rounds: int,
            progress: Progress) -> FoldResults:
    directory = directory / "fold"
    directory.mkdir(mode=0o755)
    with ExitStack() as stack:
        progress.step("starting PostgreSQL for the loops that are folded")
        bench = _Bench(directory, stack)
        instant = bench.cursor(
            bench.started(InstantServer(bench.new_directory("instant"), bench.postgres.port)).port)
        cells = []
        for round_trip_ms in round_trips_ms:
            progress.step(f"folding: {len(FOLD_LOOPS)} loops of {', '.join(map(str, sizes))} "
                          f"lookups, {round_trip_ms:g} ms")
            cells += _measure_link(bench, round_trip_ms, sizes, rounds, instant, progress)
        results = FoldResults(cells, *_lookup_cpu(bench, progress), _server_cpu(bench, progress))
        progress.done()
        return results


def _target_of(cell: FoldCell, way: str) -> Optional[float]:
    return next((least for round_trip, size, of, least in TARGETS
                 if (round_trip, size, of) == (cell.round_trip_ms, cell.size, way)), None)


def _milliseconds(value: Optional[float]) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _speedup(cell: FoldCell, way: str, paint: Paint) -> str:
    value = cell.speedup(way)
    if value is None:
        return "-"
    least = _target_of(cell, way)
    text = f"{value:.1f}×"
    if least is None:
        return text
    return paint.green(text) if value >= least else paint.red(text)


def lines_of(results: FoldResults, paint: Paint) -> List[str]:
    widths = [18, -5, -6, -8, -8, -9, -7, -7, -7, -7, -6, -6]
    lines = [row([paint.dim(head) for head in (
        "loop", "N", "ms", NAIVE, PREFETCH, PGBOUNCER, "cold", "warm", "fold", "cold", "warm",
        "limit")], widths, " ")]
    for cell in results.cells:
        limit, warm = cell.limit(), cell.median(WARM)
        near = f"{warm / limit:.2f}" if limit and warm else "-"
        lines.append(row([
            cell.loop, str(cell.size), f"{cell.round_trip_ms:g}",
            *(_milliseconds(cell.median(way))
              for way in (NAIVE, PREFETCH, PGBOUNCER, COLD, WARM, FOLD)),
            _speedup(cell, COLD, paint), _speedup(cell, WARM, paint), near], widths, " "))
        if cell.differing:
            lines.append(paint.red("  answers differ: " + ", ".join(sorted(set(cell.differing)))))
    return [*lines, "", *_judged(results, paint)]


def _judged(results: FoldResults, paint: Paint) -> List[str]:
    """Each target with what it is reached or missed by, over all loops."""
    def verdict(name: str, value: float, bound: float, unit: str, at_least: bool) -> str:
        good = value >= bound if at_least else value <= bound
        by = "" if good else f", missed by {abs(value - bound) / bound:.0%}"
        text = f"{value:.2f}{unit}, {'at least' if at_least else 'at most'} {bound:g}{unit}{by}"
        return row([name, paint.green(text) if good else paint.red(text)], [62, 36], " ")

    lines = []
    for round_trip, size, way, least in TARGETS:
        speedups = {cell.loop: cell.speedup(way) for cell in results.cells
                    if (cell.round_trip_ms, cell.size) == (round_trip, size)}
        if not speedups:
            continue
        for word, pick in (("median", statistics.median), ("worst", min)):
            lines.append(verdict(f"{way}, {size} lookups, {round_trip:g} ms: to naive, {word}",
                                 pick(speedups.values()), least, "×", True))
    distances = [cell.median(WARM) / cell.limit() for cell in results.cells if cell.round_trip_ms]
    if distances:
        lines.append(verdict("pgfold warm to the limit, median of all links",
                             statistics.median(distances), LIMIT_FACTOR, "×", False))
        lines.append(verdict("pgfold warm to the limit, worst", max(distances), LIMIT_FACTOR, "×",
                             False))
    here = [cell.median(WARM) / cell.median(PGBOUNCER) for cell in results.cells
            if cell.median(PGBOUNCER)]
    if here:
        lines.append(verdict("pgfold warm to PgBouncer on the loopback, worst", max(here), 1.0, "×",
                             False))
    for loop, cpu in results.lookup_cpu_us.items():
        lines.append(verdict(f"CPU per lookup, {loop}", cpu, LOOKUP_CPU_US, " µs", False))
    for loop, cpu in results.server_cpu_us.items():
        lines.append(verdict(f"PostgreSQL's CPU with strategy fold to naive, {loop}",
                             cpu[FOLD] / cpu[NAIVE], SERVER_CPU_SHARE, "×", False))
        lines.append(f"  {cpu[NAIVE]:.0f} µs naive, {cpu[WARM]:.0f} pipelined, "
                     f"{cpu[FOLD]:.0f} with strategy fold")
    lines.append(f"A relay that only copies bytes takes {results.lookup_relayed_us:.1f} µs.")
    return lines


def to_json(results: FoldResults) -> Dict[str, Any]:
    return {
        "cells": [{"loop": cell.loop, "lookups": cell.size, "round_trip_ms": cell.round_trip_ms,
                   "ms": cell.samples, "limit_ms": cell.limit(),
                   "answers_equal": not cell.differing,
                   "speedup": {way: cell.speedup(way) for way in cell.samples if way != NAIVE}}
                  for cell in results.cells],
        "lookup_cpu_us": results.lookup_cpu_us, "lookup_relayed_us": results.lookup_relayed_us,
        "server_cpu_us": results.server_cpu_us,
    }
