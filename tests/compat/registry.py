"""Packages of other registries, installed once per lock file into build/compat."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import pytest

from support.locations import REPOSITORY

SOURCES = REPOSITORY / "tests" / "compat"
INSTALLED = REPOSITORY / "build" / "compat"
INSTALL_SECONDS = 1500


def require(*programs: str) -> None:
    absent = [p for p in programs if not shutil.which(p)]
    if absent:
        pytest.skip(f"missing: {', '.join(absent)}")


def install(name: str, commands: Sequence[Sequence[str]], files: Sequence[str],
            env: Optional[Dict[str, str]] = None) -> Path:
    """A copy of the folder `name` in which `commands` have run.

    It is made anew when one of `files` has changed; a failure is a skip, since it mostly means
    that a registry cannot be reached.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update((SOURCES / name / file).read_bytes())
    target = INSTALLED / f"{name}-{digest.hexdigest()[:16]}"
    complete = target / ".complete"
    if not complete.exists():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        copy_sources(name, target)
        for command in commands:
            run_or_skip(name, command, target, env)
        complete.touch()
    copy_sources(name, target)
    return target


def copy_sources(name: str, target: Path) -> None:
    shutil.copytree(SOURCES / name, target, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def run_or_skip(name: str, command: Sequence[str], folder: Path,
                env: Optional[Dict[str, str]] = None) -> None:
    try:
        done = subprocess.run(list(command), cwd=folder, capture_output=True, text=True,
                              timeout=INSTALL_SECONDS, env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired:
        pytest.skip(f"{name}: {' '.join(command)} took more than {INSTALL_SECONDS} s")
    if done.returncode != 0:
        last: List[str] = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        pytest.skip(f"{name}: {' '.join(command)} failed: {' | '.join(last[-3:])[:400]}")


def build(command: Sequence[str], folder: Path, env: Optional[Dict[str, str]] = None) -> None:
    """With everything installed: what fails now is ours."""
    done = subprocess.run(list(command), cwd=folder, capture_output=True, text=True,
                          timeout=INSTALL_SECONDS, env={**os.environ, **(env or {})})
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}"


def npm(name: str) -> Path:
    require("npm", "node")
    return install(name, [["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]],
                   ["package.json", "package-lock.json"])
