"""What the conversations talk about."""

SCHEMA = """
CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(8,2), tags text[], seen timestamptz);
CREATE TABLE copied (n int CHECK (n < 1000), t text);
CREATE TYPE color AS ENUM ('red', 'green');
CREATE FUNCTION warn(t text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RAISE WARNING 'about %', t; RETURN t; END $$;
INSERT INTO item SELECT i, 'item ' || i, i * 1.25, ARRAY['a', NULL, 'c'], '2024-02-29 12:00+00'
    FROM generate_series(1, 40) i;
"""
