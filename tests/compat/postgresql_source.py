"""PostgreSQL's own test suites, from Debian's source package, built against its headers."""

import subprocess
from pathlib import Path

import pytest

from compat import registry
from support.locations import postgres_bin

FOLDERS = ["src/test/regress", "src/test/modules/libpq_pipeline"]


def pg_config(option: str) -> str:
    return subprocess.run([postgres_bin() / "pg_config", option], check=True, text=True,
                          capture_output=True).stdout.strip()


def pg_regress() -> Path:
    """The driver program of the regression suite, from postgresql-server-dev-15."""
    program = Path(pg_config("--pkglibdir")) / "pgxs/src/test/regress/pg_regress"
    if not program.exists():
        pytest.skip("missing: postgresql-server-dev-15")
    return program


def fetch() -> Path:
    """The unpacked suites. A failure is a skip: it mostly means that there is no network."""
    target = registry.INSTALLED / "postgresql-15"
    complete = target / ".complete"
    if complete.exists():
        return target
    registry.require("apt-get", "cc")
    pg_regress()
    target.mkdir(parents=True, exist_ok=True)
    lists = target / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    sources = target / "sources.list"
    sources.write_text("deb-src http://deb.debian.org/debian bookworm main\n")
    own = ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-",
           "-o", f"Dir::State::lists={lists}"]
    registry.run_or_skip("postgresql", ["apt-get", *own, "update"], target)
    registry.run_or_skip(
        "postgresql", ["apt-get", *own, "source", "--download-only", "postgresql-15"], target)
    archive = next(target.glob("postgresql-15_*.orig.tar.*"))
    registry.run_or_skip(
        "postgresql", ["tar", "xf", archive.name, "--strip-components=1", "--wildcards",
                       *(f"*/{folder}" for folder in FOLDERS)], target)
    headers = [f"-I{pg_config('--includedir-server')}", f"-I{pg_config('--includedir')}"]
    registry.run_or_skip(
        "postgresql", ["cc", "-shared", "-fPIC", "-O1", *headers, "src/test/regress/regress.c",
                       "-o", "src/test/regress/regress.so"], target)
    libraries = Path(pg_config("--pkglibdir"))
    registry.run_or_skip(
        "postgresql", ["cc", "-O1", *headers,
                       "src/test/modules/libpq_pipeline/libpq_pipeline.c", "-o", "libpq_pipeline",
                       f"-L{pg_config('--libdir')}", "-lpq", f"-L{libraries}",
                       "-lpgport", "-lpgcommon"], target)
    complete.touch()
    return target
