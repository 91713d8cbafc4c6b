"""What writing a capture costs: pgbench -S through pgfold without one, with one, and with one whose
values are redacted, as fast as it goes and at a steady rate. Rounds are interleaved, and each run is
compared with the one without a capture in its own round."""

import random
import re
import statistics
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Optional

from console import Paint, Progress, row
from support.locations import postgres_bin
from support.pgfold import Pgfold
from targets import DATABASE, USER, start_postgres, stop_postgres

OFF, ON, REDACTED = "no capture", "capture", "capture, values redacted"
CLIENTS = 8
QUERIES_PER_SECOND = 10_000
CAPTURE_MAX = "256MiB"  # then it is rotated, so that a long measurement fills no disk
THROUGHPUT_COST_MAX = 0.03


def _proxies(directory: Path, server_port: int) -> Dict[str, Pgfold]:
    def proxy(name: str, capture: Optional[Dict[str, Any]]) -> Pgfold:
        place = directory / name.replace(", ", "-").replace(" ", "-")
        config: Dict[str, Any] = {"log": {"level": "warning"}}
        if capture is not None:
            config["capture"] = {"file": str(directory / f"{place.name}.pcapng"),
                                 "max_size": CAPTURE_MAX, **capture}
        return Pgfold(place, f"postgresql://127.0.0.1:{server_port}/{DATABASE}", config=config)
    return {OFF: proxy(OFF, None), ON: proxy(ON, {"redact": "none"}),
            REDACTED: proxy(REDACTED, {"redact": "values"})}


def _pgbench(proxy: Pgfold, seconds: int, rate: Optional[int]) -> Dict[str, float]:
    before = proxy.cpu_seconds()
    done = subprocess.run(
        [postgres_bin() / "pgbench", "-S", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
         "-T", str(seconds), "-h", "127.0.0.1", "-p", str(proxy.port), "-U", USER,
         *(["-R", str(rate)] if rate else []), DATABASE],
        capture_output=True, text=True, check=True)
    found = {name: float(re.search(pattern, done.stdout, re.MULTILINE).group(1))
             for name, pattern in (("tps", r"^tps = ([\d.]+)"),
                                   ("latency_ms", r"^latency average = ([\d.]+) ms"),
                                   ("queries", r"actually processed: (\d+)"))}
    found["cpu_us"] = (proxy.cpu_seconds() - before) / found["queries"] * 1e6
    return found


def measure(directory: Path, rounds: int, seconds: int, scale: int, progress: Progress
            ) -> List[Dict[str, Any]]:
    progress.step(f"filling PostgreSQL, pgbench scale {scale}")
    server = start_postgres(directory / "capture", scale)
    proxies = _proxies(directory / "capture", server.port)
    runs: Dict[Optional[int], Dict[str, List[Dict[str, float]]]] = {
        rate: {name: [] for name in proxies} for rate in (None, QUERIES_PER_SECOND)}
    try:
        for proxy in proxies.values():
            proxy.start()
        for number in range(rounds):
            progress.step(f"capture, round {number + 1} of {rounds}")
            for rate in runs:
                for name in random.sample(list(proxies), len(proxies)):
                    runs[rate][name].append(_pgbench(proxies[name], seconds, rate))
    finally:
        for proxy in proxies.values():
            proxy.kill()
        stop_postgres(server)
    entries = []
    for rate, by_name in runs.items():
        for name, samples in by_name.items():
            pairs = list(zip(samples, by_name[OFF]))
            entries.append({
                "rate": rate, "target": name, "samples": samples,
                "tps": statistics.median(run["tps"] for run in samples),
                "throughput": statistics.median(a["tps"] / b["tps"] for a, b in pairs),
                "latency": statistics.median(a["latency_ms"] / b["latency_ms"] for a, b in pairs),
                "cpu_us": statistics.median(run["cpu_us"] for run in samples)})
    return entries


def lines_of(entries: List[Dict[str, Any]], paint: Paint) -> List[str]:
    widths = [12, 26, -12, -12, -12, -14, 8]
    lines = [row([paint.dim(head) for head in ("rate", "", "queries/s", "throughput", "latency",
                                               "CPU us/query", "")], widths, " ")]
    for entry in entries:
        met = ""
        if entry["rate"] and entry["target"] != OFF:
            met = "met" if entry["throughput"] >= 1 - THROUGHPUT_COST_MAX else paint.red("missed")
        lines.append(row([f"{entry['rate']}/s" if entry["rate"] else "as it goes", entry["target"],
                          f"{entry['tps']:.0f}", f"{entry['throughput']:.3f}",
                          f"{entry['latency']:.3f}", f"{entry['cpu_us']:.1f}", met], widths, " "))
    return lines
