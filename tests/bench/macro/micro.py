"""The Google Benchmark programs of tests/bench."""

import json
import subprocess
from pathlib import Path
from typing import Any, Dict, List

from console import Progress
from support.locations import pgfold_binary


def measure(quick: bool, progress: Progress) -> List[Dict[str, Any]]:
    listing = pgfold_binary().parent / "benchmarks.txt"
    programs = listing.read_text().split() if listing.exists() else []
    results: List[Dict[str, Any]] = []
    for program in programs:
        name = Path(program).name
        progress.step(f"microbenchmark {name}")
        done = subprocess.run(
            [program, "--benchmark_format=json", f"--benchmark_min_time={0.05 if quick else 0.5}"],
            capture_output=True, text=True)
        if done.returncode != 0:
            results.append({"program": name, "failed": done.stderr.strip()[-500:]})
            continue
        results += [{"program": name, **entry} for entry in json.loads(done.stdout)["benchmarks"]]
    return results
