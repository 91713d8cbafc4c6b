"""`pgfold replay`: recorded sessions again, directly and through pgfold, and what it says of them."""

import json
import subprocess
import threading
from pathlib import Path

import psycopg
import psycopg2
import pytest

from support import replay as replaying
from support.locations import REPOSITORY, pgfold_binary
from support.postgres import PASSWORD
from support.replay import replay

SCHEMA = """
CREATE TABLE author (id int PRIMARY KEY, name text);
CREATE TABLE book (id serial PRIMARY KEY, author_id int REFERENCES author, title text,
                   added timestamptz DEFAULT now());
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 60) i;
INSERT INTO book (author_id, title) SELECT i * 7 % 60 + 1, 'title ' || i FROM generate_series(1, 50) i;
ANALYZE;
"""


@pytest.fixture(scope="module")
def snapshot(pg):
    """A database to restore from."""
    with replaying.snapshot(pg, SCHEMA, "replay_before", "replay_now"):
        yield "replay_before"


@pytest.fixture
def restore(pg, snapshot):
    """The command that puts the database back."""
    return replaying.restore_command(pg, snapshot, "replay_now")


@pytest.fixture
def recorder(pg, start_pgfold, tmp_path, restore):
    path = tmp_path / "traffic.pcapng"
    proxy = start_pgfold(pg.endpoint.dsn(), config={"capture": {"file": str(path)}})
    return proxy, path


def fold_config(tmp_path: Path) -> Path:
    path = tmp_path / "fold.yaml"
    path.write_text("batch: {strategy: fold}\n")
    return path


def shop(connection) -> None:
    """Loops, a write, and errors."""
    cursor = connection.cursor()
    cursor.execute("SELECT id, author_id, title FROM book ORDER BY id")
    for _, author, _ in cursor.fetchall():
        cursor.execute("SELECT name FROM author WHERE id = %s", (author,))
        assert len(cursor.fetchall()) == 1
    cursor.execute("INSERT INTO book (author_id, title) VALUES (3, 'new') RETURNING id, added")
    cursor.fetchall()
    connection.commit()
    cursor.execute("SELECT title, added FROM book ORDER BY id")
    assert len(cursor.fetchall()) == 51
    with pytest.raises(Exception):
        cursor.execute("SELECT * FROM author WHERE id = 'x'")
    connection.rollback()


class TestCompare:
    @pytest.mark.parametrize("driver", [psycopg2, psycopg], ids=["inlined", "bound"])
    def test_every_answer_is_equal_and_statements_are_fewer(self, pg, recorder, restore, tmp_path,
                                                            driver):
        proxy, path = recorder
        with driver.connect(proxy.endpoint.dsn(dbname="replay_now")) as connection:
            shop(connection)
        proxy.stop()
        report, _ = replay(path, pg.endpoint.dsn(dbname="replay_now"), "--compare",
                           "--snapshot-command", restore, "-c", fold_config(tmp_path))
        assert report["answers"]["different"] == 0
        assert report["answers"]["equal"] >= 52
        assert report["statements"] == sum(
            report["answers"][kind] for kind in ("equal", "reordered", "set_aside"))
        folding = report["folding"]
        assert folding["folded_lookups"] > 20
        assert folding["statements_pgfold"] <= folding["statements_direct"] - 20
        assert report["problems"] == []
        names = {s["query"]: s for s in report["latency"]}
        lookup = next(s for q, s in names.items() if q.startswith("SELECT name FROM author"))
        assert lookup["direct"]["calls"] == lookup["pgfold"]["calls"] == 50

    def test_a_django_session(self, pg, recorder, restore, tmp_path):
        django = pytest.importorskip("django")
        assert django
        proxy, path = recorder
        program = tmp_path / "shop.py"
        program.write_text("""
import django
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql",
    "NAME": "replay_now", "USER": "postgres", "HOST": "%s", "PORT": "%d"}}, USE_TZ=True)
django.setup()
from django.db import models

class Author(models.Model):
    name = models.TextField()
    class Meta:
        app_label, db_table = "shop", "author"

class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    title = models.TextField()
    class Meta:
        app_label, db_table = "shop", "book"

assert len([book.author.name for book in Book.objects.order_by("id")]) == 50
Book.objects.create(author_id=5, title="one more")
assert Book.objects.filter(author__name="author 5").count() > 0
""" % (proxy.host, proxy.port))
        subprocess.run(["/usr/bin/python3", str(program)], check=True, timeout=60)
        proxy.stop()
        report, _ = replay(path, pg.endpoint.dsn(dbname="replay_now"), "--compare",
                           "--snapshot-command", restore, "-c", fold_config(tmp_path))
        assert report["answers"]["different"] == 0
        assert report["folding"]["statements_pgfold"] <= report["statements"] - 20

    def test_a_difference_is_shown_and_fails(self, pg, recorder, restore, snapshot):
        proxy, path = recorder
        with psycopg2.connect(proxy.endpoint.dsn(dbname="replay_now")) as connection:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE author SET name = name || '!' WHERE id = 1 RETURNING name")
        proxy.stop()
        # Not restored between the passes, on purpose.
        report, said = replay(path, pg.endpoint.dsn(dbname="replay_now"), "--compare", status=4)
        assert "without --snapshot-command" in said
        different, = report["differences"]
        assert different["what"] == "row 1 differs"
        assert different["expected"] == "(author 1!!)" and different["got"] == "(author 1!!!)"


class TestPlay:
    def test_the_recorded_answers(self, pg, recorder, restore):
        proxy, path = recorder
        with psycopg.connect(proxy.endpoint.dsn(dbname="replay_now")) as connection:
            shop(connection)
            with connection.cursor().copy("COPY book (id, author_id, title) FROM STDIN") as copy:
                for i in range(1000, 1010):
                    copy.write_row((i, 4, "copied"))
            connection.commit()
            with connection.pipeline():
                cursors = [connection.execute("SELECT title FROM book WHERE id = %s", (i,))
                           for i in range(998, 1003)]
            assert [len(cursor.fetchall()) for cursor in cursors] == [0, 0, 1, 1, 1]
            with connection.transaction():
                named = connection.cursor("walk")
                named.itersize = 7
                named.execute("SELECT id FROM book ORDER BY id")
                assert len(list(named)) == 61
        proxy.stop()
        subprocess.run(restore, shell=True, check=True)
        report, _ = replay(path, pg.endpoint.dsn(dbname="replay_now"))
        assert report["differences"] == []
        assert report["answers"]["different"] == 0 and report["problems"] == []
        assert [p["name"] for p in report["passes"]] == ["recorded", "replayed"]
        assert pg.psql("SELECT count(*) FROM book WHERE title = 'copied'", "replay_now") == "10"
        assert pg.psql("SELECT count(*) FROM book", "replay_now") == "61"

    def test_another_user_and_database(self, pg, recorder, restore, snapshot):
        proxy, path = recorder
        with psycopg2.connect(proxy.endpoint.dsn(dbname=snapshot,
                                                 application_name="mapped")) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_user, current_database(),"
                               " current_setting('application_name')")
        proxy.stop()
        target = pg.endpoint.dsn(dbname="replay_now", user="scram_user", password=PASSWORD)
        report, _ = replay(path, target)
        different, = report["differences"]
        assert different["got"] == "(scram_user, replay_now, mapped)"

    def test_connections_at_once(self, pg, recorder, restore):
        proxy, path = recorder
        barrier = threading.Barrier(20)

        def use(number: int) -> None:
            with psycopg2.connect(proxy.endpoint.dsn(dbname="replay_now")) as connection:
                barrier.wait(60)
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE author SET name = 'seen' WHERE id = %s", (number,))

        threads = [threading.Thread(target=use, args=(i,)) for i in range(1, 21)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        proxy.stop()
        subprocess.run(restore, shell=True, check=True)
        report, _ = replay(path, pg.endpoint.dsn(dbname="replay_now"))
        assert report["conversations"] == 20 and report["answers"]["different"] == 0
        assert pg.psql("SELECT count(*) FROM author WHERE name = 'seen'", "replay_now") == "20"

    def test_the_recorded_pauses(self, pg, recorder):
        """Twice as slow cannot be faster than recorded."""
        proxy, path = recorder
        with psycopg2.connect(proxy.endpoint.dsn()) as connection:
            with connection.cursor() as cursor:
                for _ in range(3):
                    cursor.execute("SELECT pg_sleep(0.05)")
        proxy.stop()
        slow, _ = replay(path, pg.endpoint.dsn(), speed="0.5")
        recorded, replayed = slow["passes"]
        assert replayed["seconds"] >= recorded["seconds"]


class TestCaptures:
    def test_what_tcpdump_wrote_for_many_drivers(self, pg):
        """Read-only programs of the corpus; each loop's answers are those that were recorded."""
        pg.psql("CREATE ROLE app", "postgres")
        pg.psql("CREATE DATABASE replay_corpus", "postgres")
        try:
            pg.psql((REPOSITORY / "tests/corpus/schema.sql").read_text(), "replay_corpus")
            captures = sorted((REPOSITORY / "tests/corpus/pcap").glob("*__p_e_tree.pcap"))
            assert len(captures) >= 4
            for capture in captures:
                report, said = replay(capture, pg.endpoint.dsn(dbname="replay_corpus"))
                assert report["answers"]["different"] == 0, (capture, report["differences"][:2])
                assert report["answers"]["equal"] > 10, (capture, said)
        finally:
            pg.psql("DROP DATABASE replay_corpus WITH (FORCE)", "postgres")
            pg.psql("DROP ROLE app", "postgres")

    def test_what_cannot_be_played_is_named(self, pg, recorder, tmp_path, restore):
        proxy, path = recorder
        with psycopg2.connect(proxy.endpoint.dsn(dbname="replay_now")) as connection:
            shop(connection)
        proxy.stop()
        content = path.read_bytes()
        cut = tmp_path / "cut.pcapng"
        cut.write_bytes(content[:len(content) // 2 + 1])
        report, said = replay(cut, pg.endpoint.dsn(dbname="replay_now"))
        assert 0 < report["statements"] < 60
        assert str(cut) in said and "at byte" in said
        none = tmp_path / "none.pcapng"
        none.write_bytes(b"not a capture at all")
        assert str(none) in replay(none, pg.endpoint.dsn(), status=2)[1]

    def test_usage(self, tmp_path):
        for arguments in (["--speed", "0"], ["--speed", "fast"]):
            done = subprocess.run([str(pgfold_binary()), "replay", "x", "--target", "y", *arguments],
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 2 and "--speed" in done.stderr
