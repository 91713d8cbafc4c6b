"""Where the things under test are. Everything can be pointed elsewhere by environment."""

import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def pgfold_binary() -> Path:
    """The executable under test: $PGFOLD_BINARY, else the release preset's."""
    return Path(os.environ.get("PGFOLD_BINARY", REPOSITORY / "build" / "release" / "pgfold"))


def postgres_bin() -> Path:
    """The folder of PostgreSQL's programs: $PG_BIN, else Debian's PostgreSQL 15, else PATH."""
    configured = os.environ.get("PG_BIN")
    if configured:
        return Path(configured)
    debian = Path("/usr/lib/postgresql/15/bin")
    if debian.is_dir():
        return debian
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    raise FileNotFoundError("no PostgreSQL server programs; run tools/setup or set PG_BIN")
