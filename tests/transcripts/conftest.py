import pytest

from transcripts.schema import SCHEMA


@pytest.fixture(scope="session")
def transcript_database(pg):
    """Conversations leave it as they find it, so that each run sees the same."""
    pg.psql("CREATE DATABASE transcripts")
    pg.psql(SCHEMA, "transcripts")
    yield pg
    pg.psql("DROP DATABASE transcripts WITH (FORCE)")
