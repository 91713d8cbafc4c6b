"""What is learned about loops survives a restart with batch.state_file, and nothing else is lost."""

import json
from pathlib import Path

import psycopg2
import pytest

from support.pgfold import Pgfold

PARENT = "SELECT id, name FROM restart_list ORDER BY id"
CHILD = "SELECT id FROM restart_item WHERE list_id = %s AND id > %s ORDER BY id"


@pytest.fixture(scope="module", autouse=True)
def tables(pg):
    pg.psql("""
        CREATE TABLE restart_list (id int PRIMARY KEY, name text);
        CREATE TABLE restart_item (id int PRIMARY KEY, list_id int REFERENCES restart_list);
        INSERT INTO restart_list SELECT i, 'name ' || i FROM generate_series(1, 40) i;
        INSERT INTO restart_item SELECT i, 1 + i % 40 FROM generate_series(1, 160) i""")
    yield
    pg.psql("DROP TABLE restart_item, restart_list")


def configured(state: Path) -> dict:
    return {"batch": {"state_file": str(state), "max_age": "60s"}}


def folded_of(process: Pgfold, lookups: int) -> float:
    """How many of a loop's first lookups are answered here, the catalog being known."""
    connection = psycopg2.connect(process.endpoint.dsn())
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT 1")
    cursor.execute(PARENT)
    before = process.metric("pgfold_folded_lookups_total")
    for (key, _) in cursor.fetchall()[:lookups]:
        cursor.execute(CHILD, (key, 0))
        assert [row[0] % 40 for row in cursor.fetchall()] == 4 * [(key - 1) % 40]
    connection.close()
    return process.metric("pgfold_folded_lookups_total") - before


def test_the_first_lookup_of_a_loop_folds_after_a_restart(start_pgfold, pg, tmp_path):
    state = tmp_path / "associations.json"
    first = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    assert folded_of(first, 2) == 0, "it takes two lookups to learn a loop"
    for _ in range(2):
        folded_of(first, 40)
    first.stop()

    second = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    assert "1 learned loops restored" in second.output()
    (known,) = second.get_json("/api/v1/associations")["associations"]
    assert known["parent"]["columns"] == ["id"] and known["score"]["trust"] > 0
    assert folded_of(second, 2) == 1, "the first one brings the batch"
    assert folded_of(second, 40) == 39


def test_the_file_is_for_people_and_holds_no_values(start_pgfold, pg, tmp_path):
    state = tmp_path / "associations.json"
    process = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    connection = psycopg2.connect(process.endpoint.dsn())
    cursor = connection.cursor()
    for _ in range(2):
        cursor.execute("SELECT id, name FROM restart_list WHERE name <> 'hunter2'")
        for (key, _) in cursor.fetchall():
            cursor.execute(CHILD, (key, -987654))
            cursor.fetchall()
    connection.close()
    process.stop()
    text = state.read_text()
    assert "hunter2" not in text and "987654" not in text
    (line,) = json.loads(text)["associations"]
    assert line["child"]["query"] == (
        "SELECT id FROM restart_item WHERE list_id = $1 AND id > $2 ORDER BY id")
    assert state.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [state.name]


@pytest.mark.parametrize("content", ["listen: 127.0.0.1:5432\n",
                                     '{"format": "pgfold associations", "version": 99}'])
def test_a_foreign_file_is_told_of_and_left_alone(start_pgfold, pg, tmp_path, content):
    state = tmp_path / "pgfold.yaml"
    state.write_text(content)
    process = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    for _ in range(2):
        folded_of(process, 40)
    process.stop()
    assert "will not be saved" in process.output() and "name another file" in process.output()
    assert state.read_text() == content


def test_a_damaged_file_is_told_of_and_written_anew(start_pgfold, pg, tmp_path):
    state = tmp_path / "associations.json"
    first = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    for _ in range(2):
        folded_of(first, 40)
    first.stop()
    whole = state.read_text()
    state.write_text(whole[:len(whole) // 2])
    second = start_pgfold(pg.endpoint.dsn(), config=configured(state))
    assert "is damaged and is ignored" in second.output()
    for _ in range(2):
        folded_of(second, 40)
    second.stop()
    assert len(json.loads(state.read_text())["associations"]) == 1
