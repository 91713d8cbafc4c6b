"""Measures pgfold side by side with the server itself, PgBouncer in session mode and a relay that
only copies bytes, and prints tables. Judges nothing: it always exits 0 when it could measure."""

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPOSITORY / part) for part in ("tools", "tools/lib", "tests")]

import cache  # noqa: E402  (needs the path)
import capture  # noqa: E402
import fold  # noqa: E402
import idle_connections  # noqa: E402
import loops  # noqa: E402
import micro  # noqa: E402
import stale  # noqa: E402
import throughput  # noqa: E402
from console import Paint, Progress, row  # noqa: E402
from targets import (ALL_TARGETS, PGBOUNCER, PGFOLD, PGFOLD_BLIND, RELAY, Targets,  # noqa: E402
                     start_postgres, stop_postgres)
from throughput import READINGS, Cell  # noqa: E402

PARTS = ["throughput", "idle", "micro", "loops", "fold", "stale", "capture", "cache"]


def parse_arguments() -> argparse.Namespace:
    def names(known: List[str]):
        def parse(text: str) -> List[str]:
            chosen = text.split(",")
            unknown = [name for name in chosen if name not in known]
            if unknown:
                raise argparse.ArgumentTypeError(
                    f"{unknown[0]!r} is none of {', '.join(known)}")
            return chosen
        return parse

    def numbers(text: str) -> List[int]:
        return [int(part) for part in text.split(",")]

    def milliseconds(text: str) -> List[float]:
        return [float(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every sample to FILE")
    parser.add_argument("--quick", action="store_true",
                        help="a trial: 2 rounds of 1 s, 500 idle connections")
    parser.add_argument("--rounds", type=int, help="rounds of pgbench (5)")
    parser.add_argument("--seconds", type=int, help="of one pgbench run (4)")
    parser.add_argument("--connections", type=int, help="idle ones (5000)")
    parser.add_argument("--only", metavar="PART,…", type=names(PARTS), default=PARTS,
                        help=", ".join(PARTS))
    parser.add_argument("--protocols", metavar="P,…", type=names(throughput.PROTOCOLS),
                        default=throughput.PROTOCOLS, help=", ".join(throughput.PROTOCOLS))
    parser.add_argument("--clients", metavar="N,…", type=numbers, default=throughput.CLIENTS)
    parser.add_argument("--links", metavar="MS,…", type=milliseconds,
                        help="round trips over which loops are folded, as in 0,1,5")
    parser.add_argument("--loop-sizes", metavar="N,…", type=numbers,
                        help="lookups of the loops that are folded, as in 50,1000")
    parser.add_argument("--cycles", type=int, help="writes of the stale-read probe (100000)")
    parser.add_argument("--cache-keys", type=int, metavar="N",
                        help="distinct ones against a small cache (10000000)")
    parser.add_argument("--scale", type=int, default=10, help="of pgbench's tables (10)")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 4)
    options.cycles = options.cycles or (2000 if options.quick else 100_000)
    options.cache_keys = options.cache_keys or (20_000 if options.quick else 10_000_000)
    options.connections = options.connections or (500 if options.quick else 5000)
    options.links = options.links or ([0.0, 1.0] if options.quick else fold.ROUND_TRIPS_MS)
    options.loop_sizes = options.loop_sizes or ([10, 50] if options.quick else fold.SIZES)
    return options


def describe_machine() -> Dict[str, Any]:
    cpu = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text()
                .splitlines() if line.startswith("model name")), platform.machine())
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    revision = subprocess.run(["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"],
                              capture_output=True, text=True).stdout.strip()
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory_kib / 2**20, 1),
            "kernel": platform.release(), "load_before": os.getloadavg()[0],
            "revision": revision,
            "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}


def print_throughput(cells: List[Cell], paint: Paint) -> None:
    heads = [f"{cell.protocol[:4]} {cell.clients}" for cell in cells]
    widths = [24] + [-7] * len(cells)

    def table(title: str, form: str, lines: Dict[str, List[Any]]) -> None:
        print(f"\n{paint.bold(title)}\n" + row([paint.dim(""), *map(paint.dim, heads)], widths, " "))
        for name, values in lines.items():
            print(row([name, *(format(value, form) if value is not None else "-"
                               for value in values)], widths, " "))

    for title, form, read in READINGS:
        lines = {target: [read(cell, target) for cell in cells] for target in ALL_TARGETS}
        table(title, form, {name: values for name, values in lines.items()
                            if any(value is not None for value in values)})
    table("throughput of pgfold, ratio within the same round", ".2f", {
        f"to {other}": [cell.ratio(PGFOLD, other, lambda run: run.tps) for cell in cells]
        for other in (PGBOUNCER, RELAY, PGFOLD_BLIND)})
    failed = {(cell.protocol, cell.clients, name): runs.count(None)
              for cell in cells for name, runs in cell.runs.items() if None in runs}
    for (protocol, clients, name), count in failed.items():
        print(paint.red(f"{count} runs failed: {name}, {protocol}, {clients} clients"))


def print_idle(entries: List[Dict[str, Any]], paint: Paint) -> None:
    print("\n" + paint.bold("memory per idle connection, KiB of RSS"))
    for entry in entries:
        value = entry.get("failed") or \
            f"{entry['rss_kib_per_connection']:.1f} over {entry['connections']} connections"
        print(row([entry["target"], value], [24, 60], " "))


def print_micro(entries: List[Dict[str, Any]], paint: Paint) -> None:
    print("\n" + paint.bold("microbenchmarks"))
    for entry in entries:
        if "failed" in entry:
            print(row([entry["program"], paint.red("failed: " + entry["failed"])], [60, 30], " "))
        else:
            cell = f"{entry['cpu_time']:.1f} {entry['time_unit']}"
            print(row([entry["name"], cell], [70, -14], " "))


def print_stale(entries: List[Dict[str, Any]], paint: Paint) -> None:
    print("\n" + paint.bold("reads right after an acknowledged write; those that did not show it"))
    for entry in entries:
        cells = [str(entry[key]) for key in ("target", "write", "cycles", "stale", "note")]
        print(row(cells, [12, 10, -8, -8, 30], " "))


def run(options: argparse.Namespace, directory: Path, progress: Progress) -> None:
    paint = Paint()
    results: Dict[str, Any] = {"machine": describe_machine(), "rounds": options.rounds,
                               "seconds": options.seconds, "scale": options.scale}
    machine = results["machine"]
    print(f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux "
          f"{machine['kernel']}; clients, proxies and server share them; load before "
          f"{machine['load_before']:.2f}")
    if "throughput" in options.only:
        progress.step(f"filling PostgreSQL, pgbench scale {options.scale}")
        server = start_postgres(directory, options.scale)
        try:
            with Targets(directory, server.port) as targets:
                cells = throughput.measure(targets.start(ALL_TARGETS), options.rounds,
                                           options.seconds, options.protocols, options.clients,
                                           progress)
        finally:
            stop_postgres(server)
        progress.done()
        results["throughput"] = throughput.to_json(cells)
        print_throughput(cells, paint)
    if "idle" in options.only:
        results["idle_connections"] = idle_connections.measure(
            directory, [PGBOUNCER, RELAY, PGFOLD, PGFOLD_BLIND], options.connections, progress)
        progress.done()
        print_idle(results["idle_connections"], paint)
    if "micro" in options.only:
        results["micro"] = micro.measure(options.quick, progress)
        progress.done()
        print_micro(results["micro"], paint)
    if "loops" in options.only:
        measured = loops.measure(max(1, options.rounds // 2), progress)
        results["loops"] = measured["loops"]
        print("\n" + paint.bold("N+1 loops, medians") + "\n" + "\n".join(measured["lines"]))
    if "fold" in options.only:
        folded = fold.measure(directory, options.links, options.loop_sizes, options.rounds, progress)
        results["fold"] = fold.to_json(folded)
        print("\n" + paint.bold("folding: ms per loop, speed-up over the naive loop, warm to limit"))
        print("\n".join(fold.lines_of(folded, paint)))
    if "stale" in options.only:
        results["stale"] = stale.measure(directory, options.cycles, progress.step)
        progress.done()
        print_stale(results["stale"], paint)
    if "capture" in options.only:
        results["capture"] = capture.measure(directory, options.rounds, options.seconds,
                                             options.scale, progress)
        progress.done()
        print("\n" + paint.bold("capture, ratios to none in the same round") + "\n" +
              "\n".join(capture.lines_of(results["capture"], paint)))
    if "cache" in options.only:
        cached = cache.measure(directory, options, progress)
        results["cache"] = cache.to_json(cached)
        print("\n".join(cache.lines_of(cached, paint)))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def main() -> int:
    options = parse_arguments()
    progress = Progress()
    for number in (signal.SIGTERM, signal.SIGHUP):  # as with Ctrl-C: what was started is ended
        signal.signal(number, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="pgfold-bench-"))
    directory.chmod(0o755)
    try:
        run(options, directory, progress)
        return 0
    except KeyboardInterrupt:
        return 130
    except AssertionError as failure:  # a process did not start; it says what it said
        progress.done()
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
