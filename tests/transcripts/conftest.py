import pytest

SCHEMA = """
CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(8,2), tags text[], seen timestamptz);
CREATE TABLE copied (n int CHECK (n < 1000), t text);
CREATE TYPE color AS ENUM ('red', 'green');
CREATE FUNCTION warn(t text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RAISE WARNING 'about %', t; RETURN t; END $$;
INSERT INTO item SELECT i, 'item ' || i, i * 1.25, ARRAY['a', NULL, 'c'], '2024-02-29 12:00+00'
    FROM generate_series(1, 40) i;
"""


@pytest.fixture(scope="session")
def transcript_database(pg):
    """Conversations leave it as they find it, so that each run sees the same."""
    pg.psql("CREATE DATABASE transcripts")
    pg.psql(SCHEMA, "transcripts")
    yield pg
    pg.psql("DROP DATABASE transcripts WITH (FORCE)")
