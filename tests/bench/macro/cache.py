"""The result cache: reads of a thousand rows that everybody wants, and what it costs where it can
do nothing.

Every target runs once per round, in random order, and is compared with what ran in the same round.
A requirement is met or missed by the median of these ratios.
"""

import math
import random
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from console import Paint, Progress, row
from cache_targets import CANNED, PGFOLD_CACHE, PGFOLD_OFF, PGPOOL, CacheTargets, counted
from support.pgfold import Pgfold
from targets import DIRECT, Target, start_postgres, stop_postgres
from throughput import Cell, Run, measure as measure_cells, pgbench, to_json as cells_json

HOT_KEYS = 1000
LINKS_MS = [0.5, 5.0]
LINK_CLIENTS = [1, 8]
WRITE_CLIENTS = [1, 8]
LARGE_ROWS = 10_001
FILL_CLIENTS = 8
FILL_ROUNDS = 5
FILL_BOUND_MIB = 64
ENTRIES = 200_000
# Two equal things differ by this much, here and there.
NOISE = 0.02

READ = "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n"
SCRIPTS = {
    "hot": f"\\set aid random(1, {HOT_KEYS})\n" + READ,
    "warm": "\\set aid :aid + 1\n" + READ,
    "write": f"\\set aid random(1, {HOT_KEYS})\n"
             "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;\n",
    "narrow": f"SELECT aid FROM pgbench_accounts WHERE aid <= {LARGE_ROWS};\n",
    "wide": f"SELECT * FROM pgbench_accounts WHERE aid <= {LARGE_ROWS};\n",
    # Each client has keys of its own, and asks for each of them once.
    "fill": f"\\set i :i + 1\n\\set aid :client_id + {FILL_CLIENTS} * :i\n" + READ,
}


@dataclass
class Requirement:
    what: str
    value: Optional[float]
    limit: float
    at_most: bool = False

    @property
    def met(self) -> Optional[bool]:
        if self.value is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass
class CacheResults:
    hot: List[Cell] = field(default_factory=list)
    hit_ratio: Optional[float] = None
    links: Dict[float, List[Cell]] = field(default_factory=dict)
    writes: List[Cell] = field(default_factory=list)
    large: Dict[str, List[Cell]] = field(default_factory=dict)
    entry_bytes: Optional[float] = None  # besides key and row
    keys: int = 0
    fill_ratio: Optional[float] = None  # throughput with cache / without, in the same round
    fill_bytes_mib: Optional[float] = None
    fill_rss_mib: Optional[float] = None
    has_pgpool: bool = False

    def requirements(self) -> List[Requirement]:
        tps: Callable[[Run], float] = lambda run: run.tps
        latency: Callable[[Run], float] = lambda run: run.latency_ms
        found: List[Requirement] = []

        def worst(what: str, cells: Sequence[Cell], base: str, limit: float, read: Any = tps,
                  at_most: bool = False) -> None:
            values = [cell.ratio(PGFOLD_CACHE, base, read) for cell in cells]
            known = [value for value in values if value is not None]
            pick = max if at_most else min
            found.append(Requirement(what, pick(known) if known else None, limit, at_most))

        found.append(Requirement("hot keys: hit ratio", self.hit_ratio, 0.99))
        for cell in self.hot:
            name = f"{cell.protocol}, {cell.clients} clients"
            worst(f"{name}: to canned answers", [cell], CANNED, 0.8)
            worst(f"{name}: to pgfold without cache", [cell], PGFOLD_OFF, 2.0)
            if self.has_pgpool:
                worst(f"{name}: to Pgpool-II's cache", [cell], PGPOOL, 1.0)
        for milliseconds, cells in self.links.items():
            worst(f"{milliseconds:g} ms round trip: latency to direct", cells, DIRECT, 1.0, latency,
                  at_most=True)
        worst("10 % writes: to pgfold without cache", self.writes, PGFOLD_OFF, 1 - NOISE)
        for name, cells in self.large.items():
            worst(f"{LARGE_ROWS} rows, {name}: to pgfold without cache", cells, PGFOLD_OFF,
                  1 - NOISE)
        found.append(Requirement("bytes of an entry besides key and row", self.entry_bytes, 150,
                                 at_most=True))
        found.append(Requirement(f"{self.keys} keys, {FILL_BOUND_MIB} MiB: to pgfold without cache",
                                 self.fill_ratio, 0.95))
        found.append(Requirement(f"{self.keys} keys: MiB of answers", self.fill_bytes_mib,
                                 FILL_BOUND_MIB, at_most=True))
        return found


class _Bench:
    def __init__(self, directory: Path, server_port: int, options: Any, progress: Progress):
        self._directory = directory
        self._server_port = server_port
        self._rounds: int = options.rounds
        self._seconds: int = options.seconds
        self._protocols: List[str] = options.protocols
        self._clients: List[int] = options.clients
        self._keys: int = options.cache_keys
        self._progress = progress
        self._scripts = directory / "cache-scripts"
        self._scripts.mkdir()
        for name, text in SCRIPTS.items():
            (self._scripts / name).write_text(text)

    def _script(self, name: str, weight: int = 1) -> List[str]:
        return ["-f", f"{self._scripts / name}@{weight}"]

    def _targets(self) -> CacheTargets:
        self._progress.step("starting what is compared")
        return CacheTargets(self._directory / "cache", self._server_port)

    def _cells(self, targets: List[Target], clients: List[int], workload: List[str],
               protocols: Optional[List[str]] = None) -> List[Cell]:
        return measure_cells(targets, self._rounds, self._seconds, protocols or self._protocols,
                             clients, self._progress, workload)

    def _warm_up(self, targets: Sequence[Target]) -> None:
        """Asks for each key: twice, since what is asked for once need not be kept."""
        for target in targets:
            self._progress.step(f"warming up {target.name}")
            for protocol in self._protocols * 2:
                pgbench(target, protocol, 1, ["-t", str(HOT_KEYS)],
                        ["-D", "aid=0", *self._script("warm")])

    def hot(self, results: CacheResults) -> None:
        with self._targets() as start:
            cached = start.pgfold(True)
            targets = [start.direct(), start.pgfold(False), cached, start.canned()]
            pgpool = start.pgpool()
            results.has_pgpool = pgpool is not None
            if pgpool:
                targets.append(pgpool)
            self._warm_up([cached, *([pgpool] if pgpool else [])])
            hits, misses = counted(cached)
            results.hot = self._cells(targets, self._clients, self._script("hot"))
            hits, misses = (now - before for now, before in zip(counted(cached), (hits, misses)))
            results.hit_ratio = hits / (hits + misses) if hits + misses else None

    def links(self, results: CacheResults) -> None:
        for milliseconds in LINKS_MS:
            with self._targets() as start:
                link = start.link(milliseconds)
                targets = [link, *start.both(link.port)]
                self._warm_up(targets[2:])
                results.links[milliseconds] = self._cells(targets, LINK_CLIENTS,
                                                          self._script("hot"))

    def writes(self, results: CacheResults) -> None:
        with self._targets() as start:
            results.writes = self._cells(
                [start.direct(), *start.both()], WRITE_CLIENTS,
                [*self._script("hot", 9), *self._script("write", 1)])

    def large(self, results: CacheResults) -> None:
        for name in ("narrow", "wide"):  # the wide one is larger than an entry may be
            with self._targets() as start:
                results.large[name] = self._cells([start.direct(), *start.both()], [1],
                                                  self._script(name))

    def _fill(self, target: Target, first: int, count: int, clients: int) -> Optional[Run]:
        return pgbench(target, "prepared", clients, ["-t", str(math.ceil(count / clients))],
                       ["-D", f"i={first}", *self._script("fill")])

    def memory(self, results: CacheResults) -> None:
        entries = min(ENTRIES, self._keys)
        with self._targets() as start:
            target = start.pgfold(True, memory="1GiB")
            pgfold = target.process
            assert isinstance(pgfold, Pgfold)
            self._fill(target, 10_000_000, 1000, FILL_CLIENTS)  # what is allocated once
            before_kib, before = pgfold.rss_kib(), pgfold.get_json("/api/v1/cache")["entries"]
            self._progress.step(f"memory of {entries} answers")
            self._fill(target, 20_000_000, entries, FILL_CLIENTS)
            count = pgfold.get_json("/api/v1/cache")["entries"] - before
            if count > 0:
                payload = len(str(20_000_000 * FILL_CLIENTS))  # no such rows: the argument
                results.entry_bytes = (pgfold.rss_kib() - before_kib) * 1024 / count - payload

    def many_keys(self, results: CacheResults) -> None:
        results.keys = self._keys
        per_round = self._keys // FILL_ROUNDS
        with self._targets() as start:
            targets = start.both(memory=f"{FILL_BOUND_MIB}MiB")
            pgfold = targets[1].process
            assert isinstance(pgfold, Pgfold)
            for target in targets:
                self._fill(target, 0, 1000, FILL_CLIENTS)
            before_kib = pgfold.rss_kib()
            ratios = []
            for number in range(FILL_ROUNDS):
                self._progress.step(f"{self._keys} keys, round {number + 1} of {FILL_ROUNDS}")
                first = 1_000_000 + number * per_round
                runs = {target.name: self._fill(target, first, per_round, FILL_CLIENTS)
                        for target in random.sample(targets, len(targets))}
                with_cache, without = runs[PGFOLD_CACHE], runs[PGFOLD_OFF]
                if with_cache and without:
                    ratios.append(with_cache.tps / without.tps)
            results.fill_ratio = statistics.median(ratios) if ratios else None
            results.fill_bytes_mib = pgfold.metric("pgfold_cache_bytes") / 2**20
            results.fill_rss_mib = (pgfold.rss_kib() - before_kib) / 1024


def measure(directory: Path, options: Any, progress: Progress) -> CacheResults:
    progress.step("filling PostgreSQL")
    server = start_postgres(directory, options.scale)
    results = CacheResults()
    try:
        bench = _Bench(directory, server.port, options, progress)
        for part in (bench.hot, bench.links, bench.writes, bench.large, bench.memory,
                     bench.many_keys):
            part(results)
    finally:
        stop_postgres(server)
        progress.done()
    return results


def _table(title: str, cells: Sequence[Cell], read: Callable[[Cell, str], Optional[float]],
           form: str, paint: Paint) -> List[str]:
    widths = [20] + [-7] * len(cells)
    lines = ["", paint.bold(title),
             row(["", *(f"{cell.protocol[:4]} {cell.clients}" for cell in cells)], widths, " ")]
    for target in (cells[0].runs if cells else []):
        values = [read(cell, target) for cell in cells]
        lines.append(row([target, *("-" if value is None else format(value, form)
                                    for value in values)], widths, " "))
    return lines


def lines_of(results: CacheResults, paint: Paint) -> List[str]:
    def to(base: str, what: Callable[[Run], float]) -> Callable[[Cell, str], Optional[float]]:
        return lambda cell, target: cell.ratio(target, base, what)

    def tps(run: Run) -> float:
        return run.tps

    def latency(run: Run) -> float:
        return run.latency_ms

    lines = _table(f"{HOT_KEYS} hot keys: throughput, ratio to direct", results.hot,
                   to(DIRECT, tps), ".2f", paint)
    lines += _table("the same, CPU seconds of the process per 100,000 queries", results.hot,
                    lambda cell, target: cell.median(target, lambda run: run.cpu_seconds_per_100k),
                    ".2f", paint)
    for milliseconds, cells in results.links.items():
        lines += _table(f"{milliseconds:g} ms round trip: latency, ratio to direct", cells,
                        to(DIRECT, latency), ".3f", paint)
    lines += _table("10 % writes of the same keys: throughput, ratio to pgfold without cache",
                    results.writes, to(PGFOLD_OFF, tps), ".2f", paint)
    for name, cells in results.large.items():
        lines += _table(f"{LARGE_ROWS} rows, {name}: throughput, ratio to pgfold without cache",
                        cells, to(PGFOLD_OFF, tps), ".2f", paint)
    if results.fill_rss_mib is not None:
        lines += ["", f"{results.keys} keys against {FILL_BOUND_MIB} MiB: the process grew by "
                      f"{results.fill_rss_mib:.0f} MiB"]
    lines += ["", paint.bold("requirements")]
    for one in results.requirements():
        verdict = {True: paint.green("met"), False: paint.red("missed"), None: "-"}[one.met]
        value = "-" if one.value is None else f"{one.value:.3g}"
        sign = "≤" if one.at_most else "≥"
        lines.append(row([one.what, value, f"{sign} {one.limit:g}", verdict], [62, -9, -8, 6]))
    return lines


def to_json(results: CacheResults) -> Dict[str, Any]:
    return {
        "hot": cells_json(results.hot), "hit_ratio": results.hit_ratio,
        "links": {str(ms): cells_json(cells) for ms, cells in results.links.items()},
        "writes": cells_json(results.writes),
        "large": {name: cells_json(cells) for name, cells in results.large.items()},
        "entry_bytes": results.entry_bytes, "keys": results.keys,
        "fill_ratio": results.fill_ratio, "fill_bytes_mib": results.fill_bytes_mib,
        "fill_rss_mib": results.fill_rss_mib,
        "requirements": [{**asdict(one), "met": one.met} for one in results.requirements()],
    }
