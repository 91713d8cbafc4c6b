"""ORMs whose relations are loaded lazily: what they read is as directly, most lookups folded.

The programs are in orms/.
"""

import subprocess
import sys

import pytest

from support.drivers import missing
from support.locations import REPOSITORY
from support.loop_programs import CONFIG, LAZY_LOOPS, TRANSACTIONS, Run, check_loops
from support.replay import check_orm_replay

FOLDER = REPOSITORY / "tests" / "integration" / "orms"
ORMS = {
    "Django": ([sys.executable, FOLDER / "django_loops.py"], "", TRANSACTIONS),
    # A session's transaction has more than one row by its nature.
    "SQLAlchemy-psycopg2": ([sys.executable, FOLDER / "sqlalchemy_loops.py"], "psycopg2",
                            TRANSACTIONS[:3]),
    "SQLAlchemy-asyncpg": ([sys.executable, FOLDER / "sqlalchemy_loops.py"], "asyncpg",
                           TRANSACTIONS[:3]),
    "ActiveRecord": (["/usr/bin/ruby", FOLDER / "active_record_loops.rb"], "prepared",
                     TRANSACTIONS),
    "ActiveRecord-unprepared": (["/usr/bin/ruby", FOLDER / "active_record_loops.rb"], "unprepared",
                                TRANSACTIONS),
}


def require_active_record():
    problem = missing("/usr/bin/ruby")
    if not problem and subprocess.run(["/usr/bin/ruby", "-e", "require 'active_record'"],
                                      capture_output=True).returncode != 0:
        problem = "missing: ruby-activerecord"
    if problem:
        pytest.skip(f"ActiveRecord is not here ({problem}); tools/setup installs it")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("orm", ORMS)
def test_lazy_relations(orm, loop_tables, start_pgfold, pg, direct):
    if orm.startswith("ActiveRecord"):
        require_active_record()
    command, variant, transactions = ORMS[orm]
    process = start_pgfold(pg.endpoint.dsn(), config=CONFIG)
    check_loops(command, [Run((variant, transaction, loop), least)
                          for transaction in transactions for loop, least in LAZY_LOOPS],
                direct, process)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("orm", ["Django", "ActiveRecord", "ActiveRecord-unprepared"])
def test_recorded_and_replayed(orm, start_pgfold, pg, tmp_path):
    if orm.startswith("ActiveRecord"):
        require_active_record()
    command, variant, transactions = ORMS[orm]
    check_orm_replay(command, variant, transactions, pg, start_pgfold, tmp_path, CONFIG)
