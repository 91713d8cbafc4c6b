"""pgfold top, in a terminal and through a pipe."""

import os
import re
import signal
import subprocess
from typing import Iterator

import psycopg2
import pytest

from support.locations import pgfold_binary
from support.pgfold import Pgfold
from support.postgres import Postgres, free_port
from support.terminal import Terminal
from support.waiting import wait_until

CALLS = 7
SLOW = "SELECT pg_sleep($1)"


@pytest.fixture(scope="module")
def served(pg: Postgres, scratch, _binary) -> Iterator[Pgfold]:
    """One statement is called often, another takes longer, and one would draw on the screen."""
    pg.psql("CREATE TABLE top_list (id int PRIMARY KEY); INSERT INTO top_list SELECT generate_series(1, 12);"
            "CREATE TABLE top_item (list_id int); INSERT INTO top_item SELECT generate_series(1, 12)")
    process = Pgfold(scratch / "top", pg.endpoint.dsn()).start()
    connection = psycopg2.connect(process.endpoint.dsn())
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in range(CALLS):
        cursor.execute("SELECT 42 AS often")
    cursor.execute("SELECT pg_sleep(0.3)")
    cursor.execute('SELECT 1 AS "\x1b]0;owned\x07\x1b[31m\u009b2J"')
    cursor.execute("SELECT id FROM top_list ORDER BY id")
    for (key,) in cursor.fetchall():
        cursor.execute("SELECT * FROM top_item WHERE list_id = %s", (key,))
    connection.close()
    wait_until(lambda: process.get_json("/api/v1/findings")["findings"], "the finding")
    wait_until(lambda: process.get_json("/api/v1/history")["samples"]["at_ms"], "a second")
    yield process
    process.stop()
    pg.psql("DROP TABLE top_list, top_item")


def top(process: Pgfold, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [pgfold_binary(), "top", "--admin", process.admin_url.removeprefix("http://"), *arguments],
        capture_output=True, check=False, env={**os.environ, **environment}, timeout=60)


@pytest.fixture
def terminal(served: Pgfold) -> Iterator[Terminal]:
    one = Terminal([pgfold_binary(), "top", "--admin", served.admin_url.removeprefix("http://")], 120, 40)
    yield one
    one.close()


class TestOnce:
    def test_the_numbers_are_those_of_the_api(self, served):
        shown = top(served, "--once", "--sort", "calls", COLUMNS="140").stdout.decode()
        queries = int(served.metric("pgfold_queries_total"))
        assert f"{queries:,} in all" in shown
        (finding,) = [f for f in served.get_json("/api/v1/findings")["findings"]
                      if f["class"] == "n_plus_one"]
        line = next(line for line in shown.splitlines() if line.startswith("N+1"))
        assert "top_list.id → top_item by list_id" in line
        assert f" {finding['lookups']} " in line
        often = next(line for line in shown.splitlines() if line.startswith("SELECT $1 AS often"))
        assert f" {CALLS} " in often

    def test_statements_are_sorted(self, served):
        def first(sort: str) -> str:
            lines = top(served, "--once", "--sort", sort).stdout.decode().splitlines()
            heading = next(i for i, line in enumerate(lines) if line.startswith("statements ("))
            assert f"by {sort}" in lines[heading]
            return lines[heading + 1]

        assert first("total").startswith(SLOW)
        assert not first("calls").startswith(SLOW)

    def test_sql_cannot_draw(self, served):
        shown = top(served, "--once", COLUMNS="200").stdout
        assert b"owned" in shown
        assert b"\x1b" not in shown and b"\x07" not in shown and "\u009b".encode() not in shown

    def test_a_pipe_gets_text_without_being_asked(self, served):
        assert top(served).stdout.startswith(b"pgfold ")

    @pytest.mark.parametrize("columns", [60, 80, 132])
    def test_lines_are_as_wide_as_the_terminal(self, served, columns):
        lines = top(served, "--once", COLUMNS=str(columns)).stdout.decode().splitlines()
        assert max(map(len, lines)) <= columns

    def test_nobody_there(self):
        result = subprocess.run([pgfold_binary(), "top", "--once", "--admin", f"127.0.0.1:{free_port()}"],
                                capture_output=True, check=False, timeout=60)
        assert result.returncode == 1
        assert b"Connection refused" in result.stderr and result.stdout == b""

    @pytest.mark.parametrize("arguments", [["--admin", "nonsense"], ["--admin", "unix:/tmp/x"],
                                           ["--sort", "name"], ["--often"]])
    def test_bad_arguments(self, arguments):
        result = subprocess.run([pgfold_binary(), "top", "--once", *arguments], capture_output=True,
                                check=False, timeout=60)
        assert result.returncode == 2 and result.stderr


class TestTerminal:
    def test_it_is_live(self, terminal, served):
        terminal.wait_for("statements (")
        connection = psycopg2.connect(served.endpoint.dsn())
        connection.autocommit = True
        for i in range(3):
            connection.cursor().execute("SELECT 'while top runs'::text AS seen_live")
        lines = terminal.wait_for("seen_live")
        connection.close()
        assert lines[0].startswith("pgfold ") and "q quit" in lines[-1]
        # A rate is known from the second look on.
        wait_until(lambda: any(re.search(r"often.*\s0\s+" + str(CALLS), line)
                               for line in terminal.screen()), "a rate", 30)

    def test_keys(self, terminal):
        terminal.wait_for("by total")
        terminal.press("s")
        terminal.wait_for("by calls")
        terminal.press("r")
        terminal.wait_for("by total")
        terminal.press(" ")
        terminal.wait_for("paused")
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"\x1b[?1049l" in terminal.output  # the screen that was there before is back

    def test_connections(self, terminal, served):
        connection = psycopg2.connect(served.endpoint.dsn(), application_name="somebody")
        terminal.wait_for("statements (")
        terminal.press("c")
        lines = terminal.wait_for("somebody")
        assert "connections (1)" in "\n".join(lines)
        terminal.press("c")
        terminal.wait_for("statements (")
        connection.close()

    def test_it_follows_the_size(self, terminal):
        terminal.wait_for("errors")
        terminal.resize(80, 20)
        wait_until(lambda: terminal.screen()[19].startswith("q quit"), "the last line at 20", 30)
        assert "errors" not in "\n".join(terminal.screen())
        terminal.resize(130, 50)
        wait_until(lambda: terminal.screen()[49].startswith("q quit"), "the last line at 50", 30)
        terminal.wait_for("errors")

    def test_a_signal_gives_the_terminal_back(self, terminal):
        terminal.wait_for("statements (")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 0
        assert b"\x1b[?1049l" in terminal.output

    def test_it_outlives_a_pgfold_that_goes(self, start_pgfold, pg):
        process = start_pgfold(pg.endpoint.dsn())
        one = Terminal([pgfold_binary(), "top", "--admin", process.admin_url.removeprefix("http://")], 100, 30)
        try:
            one.wait_for("statements (")
            process.stop()
            one.wait_for("does not answer")
            one.press("q")
            assert one.wait() == 0
        finally:
            one.close()
