"""Runs consistency_check, the clients and the judge, against an endpoint."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple, Optional

from support.endpoint import Endpoint
from support.locations import pgfold_binary

CONSISTENT, VIOLATIONS, USAGE, VACUOUS, ERROR = range(5)


def program(name: str = "consistency_check") -> Path:
    """It is built beside the pgfold under test."""
    return pgfold_binary().absolute().parent / "tests" / "consistency" / name


class Verdict(NamedTuple):
    status: int
    output: str

    def count(self, what: str) -> int:
        """Of "operations", "raced", "ambushed", "violations" …"""
        match = re.search(rf"^{what}: (\d+)", self.output, re.MULTILINE)
        assert match, f"no {what} in:\n{self.output}"
        return int(match.group(1))

    @property
    def kinds(self) -> set:
        """Of the violations that it shows."""
        return set(re.findall(r"^VIOLATION (\w+):", self.output, re.MULTILINE))


def run_check(endpoint: Endpoint, *, operations: int, seed: Optional[int] = None,
              clients: int = 8, part: int = 50_000, inject: Optional[str] = None,
              model: Optional[str] = None, disturbance: Optional[int] = None,
              duration: Optional[int] = None,
              show: int = 3) -> Verdict:
    command = [program(), "--url", endpoint.dsn(), "--operations", operations,
               "--clients", clients, "--part", part, "--show", show]
    for option, value in (("--seed", seed), ("--inject", inject), ("--model", model),
                          ("--disturbance", disturbance), ("--duration", duration)):
        if value is not None:
            command += [option, value]
    return _run(command)


def run_scene(endpoint: Endpoint, direct: Endpoint, scene: str, *, rounds: int = 6,
              patience: int = 5) -> Verdict:
    return _run([program(), "--url", endpoint.dsn(), "--direct-url", direct.dsn(),
                 "--focus", scene, "--rounds", rounds, "--patience", patience])


def _run(command: list) -> Verdict:
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          env={k: v for k, v in os.environ.items() if not k.startswith("PG")})
    print(done.stdout)
    return Verdict(done.returncode, done.stdout)
