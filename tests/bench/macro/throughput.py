"""pgbench -S through every target: rounds interleaved in random order, medians of paired ratios.

A single run says little on a machine whose speed drifts, so every target runs once per round and
is compared with what ran in the same round.
"""

import random
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from console import Progress
from targets import DATABASE, DIRECT, USER, Target
from support.locations import postgres_bin

PROTOCOLS = ["simple", "extended", "prepared"]
CLIENTS = [1, 8, 64]
PGBENCH_THREADS_MAX = 2


@dataclass(frozen=True)
class Run:
    tps: float
    latency_ms: float
    cpu_seconds_per_100k: Optional[float]  # of the process in between


@dataclass
class Cell:
    """One protocol with one number of clients: runs by target; None for a run that failed."""

    protocol: str
    clients: int
    runs: Dict[str, List[Optional[Run]]] = field(default_factory=dict)

    def median(self, target: str, value: Callable[[Run], Optional[float]]) -> Optional[float]:
        values = [value(run) for run in self.runs.get(target, []) if run]
        values = [number for number in values if number is not None]
        return statistics.median(values) if values else None

    def ratio(self, target: str, base: str, value: Callable[[Run], Optional[float]]
              ) -> Optional[float]:
        """Median over the rounds of target / base within the round."""
        pairs = zip(self.runs.get(target, []), self.runs.get(base, []))
        ratios = [value(a) / value(b) for a, b in pairs if a and b and value(a) and value(b)]
        return statistics.median(ratios) if ratios else None


# What pgbench is told about what to run.
Workload = Sequence[str]
SELECT_ONLY: Workload = ("-S",)


def pgbench(target: Target, protocol: str, clients: int, length: Sequence[str],
            workload: Workload = SELECT_ONLY) -> Optional[Run]:
    """`length` is "-T", seconds or "-t", transactions of each client."""
    before = target.process.cpu_seconds() if target.process else 0.0
    done = subprocess.run(
        [postgres_bin() / "pgbench", *workload, "-n", "-M", protocol, "-c", str(clients),
         "-j", str(min(clients, PGBENCH_THREADS_MAX)), *length, "-h", "127.0.0.1",
         "-p", str(target.port), "-U", USER, DATABASE], capture_output=True, text=True)
    tps = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    latency = re.search(r"^latency average = ([\d.]+) ms", done.stdout, re.MULTILINE)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode != 0 or not (tps and latency and count and int(count.group(1))):
        return None
    cpu = None
    if target.process:
        cpu = (target.process.cpu_seconds() - before) / int(count.group(1)) * 100_000
    return Run(float(tps.group(1)), float(latency.group(1)), cpu)


def measure(targets: List[Target], rounds: int, seconds: int, protocols: List[str],
            clients: List[int], progress: Progress, workload: Workload = SELECT_ONLY
            ) -> List[Cell]:
    cells = [Cell(protocol, count, {target.name: [] for target in targets})
             for protocol in protocols for count in clients]
    for number in range(rounds):
        progress.step(f"pgbench, round {number + 1} of {rounds}: {len(cells)} cells × "
                      f"{len(targets)} targets × {seconds} s")
        for cell in random.sample(cells, len(cells)):
            for target in random.sample(targets, len(targets)):
                progress.update(f"pgbench, round {number + 1} of {rounds}: {cell.protocol}, "
                                f"{cell.clients} clients, {target.name}")
                cell.runs[target.name].append(
                    pgbench(target, cell.protocol, cell.clients, ["-T", str(seconds)], workload))
    return cells


def to_json(cells: List[Cell]) -> List[Dict[str, Any]]:
    entries = []
    for cell in cells:
        for target, runs in cell.runs.items():
            good = [run for run in runs if run]
            entries.append({
                "protocol": cell.protocol, "clients": cell.clients, "target": target,
                "failed_runs": len(runs) - len(good), "tps": [run.tps for run in good],
                "latency_ms": [run.latency_ms for run in good],
                "cpu_seconds_per_100k": [run.cpu_seconds_per_100k for run in good],
                "median_ratio_to_direct": cell.ratio(target, DIRECT, lambda run: run.tps),
            })
    return entries


# (title, how to write a number, what stands in the cells)
Reading = Tuple[str, str, Callable[[Cell, str], Optional[float]]]
READINGS: List[Reading] = [
    ("throughput, ratio to direct", ".2f",
     lambda cell, target: cell.ratio(target, DIRECT, lambda run: run.tps)),
    ("CPU seconds of the proxy per 100,000 queries", ".2f",
     lambda cell, target: cell.median(target, lambda run: run.cpu_seconds_per_100k)),
    ("mean latency, ms", ".3f",
     lambda cell, target: cell.median(target, lambda run: run.latency_ms)),
]
