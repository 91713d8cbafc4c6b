"""`pgfold analyze` with its page, its comparison, PostgreSQL's logs, and large files."""

import json
import os
import pty
import re
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional

import psycopg
import psycopg2
import pytest

from support.locations import REPOSITORY, pgfold_binary
from support.pgfold import SANITIZER_REPORT
from support.postgres import Postgres
from support.waiting import wait_until

CAPTURES = REPOSITORY / "tests" / "corpus" / "pcap"
VOID = {"meta"}


def analyze(*arguments: object, status: int = 0) -> str:
    done = subprocess.run([str(a) for a in (pgfold_binary(), "analyze", *arguments)],
                          capture_output=True, text=True, timeout=100)
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def report(*arguments: object) -> dict:
    return json.loads(analyze(*arguments, "--format", "json").splitlines()[0])


class Page(HTMLParser):
    """The elements of a page, which must be closed in order, and the text below each heading."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.open: List[str] = []
        self.elements: List[tuple] = []
        self.sections: Dict[str, str] = {}
        self.section = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "h2":
            self.section = dict(attributes)["id"]
            self.sections[self.section] = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self.section:
            self.sections[self.section] += data

    def all(self, tag: str, css: Optional[str] = None) -> List[dict]:
        return [a for t, a in self.elements if t == tag and css in (None, a.get("class"))]


def page(folder: Path, *arguments: object) -> Page:
    path = folder / "report.html"
    analyze(*arguments, "--format", "html", "--output", path)
    return Page(path.read_text())


class TestPage:
    def test_shows_a_loop_and_its_waterfall(self, tmp_path):
        shown = page(tmp_path, CAPTURES / "django__p_b_belongsto.pcap")
        loops = shown.sections["loops"]
        assert "employee.organization_id → organization.id" in loops and "select_related" in loops
        (found,) = report(CAPTURES / "django__p_b_belongsto.pcap")["findings"]
        assert f"{found['lookups']} statements" in loops
        assert len(shown.all("svg", "waterfall")) == 1
        bars = shown.all("rect", "lookup")
        assert len(bars) == min(found["lookups"], 60) and len(shown.all("rect", "parent")) == 1
        # In the order of time, within the picture.
        starts = [float(bar["x"]) for bar in bars]
        assert starts == sorted(starts) and starts[0] >= 0
        assert all(float(b["x"]) + float(b["width"]) <= 960.01 for b in bars)

    def test_needs_nothing_else_and_runs_nothing(self, tmp_path):
        shown = page(tmp_path, *sorted(CAPTURES.glob("*.pcap")))
        tags = {tag for tag, _ in shown.elements}
        assert not tags & {"script", "link", "img", "iframe", "object", "form"}
        for tag, attributes in shown.elements:
            assert not any(name.startswith("on") or name == "src" for name in attributes)
            assert attributes.get("href", "#").startswith("#")
        policy = [m["content"] for m in shown.all("meta") if "http-equiv" in m]
        assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
        ids = [a["id"] for _, a in shown.elements if "id" in a]
        assert len(ids) == len(set(ids))
        assert {a["href"][1:] for a in shown.all("a")} == set(ids)

    def test_orders_loops_by_what_can_be_saved(self, tmp_path):
        shown = page(tmp_path, *sorted(CAPTURES.glob("django__p_*.pcap")))
        saved = re.findall(r"; ([\d.,]+) (ms|s) to save", shown.sections["loops"])
        times = [float(number.replace(",", "")) * (1000 if unit == "s" else 1)
                 for number, unit in saved]
        assert len(times) > 8 and times == sorted(times, reverse=True)

    def test_has_places_for_all_classes(self, tmp_path):
        shown = page(tmp_path, CAPTURES / "django__n4_insert.pcap")
        assert "No statement is run once for each row" in shown.sections["loops"]
        assert "INSERT INTO" in shown.sections["writes"]
        assert "INSERT INTO" in shown.sections["statements"]

    def test_escapes_what_clients_wrote(self, start_postgres, tmp_path):
        server = start_postgres(settings=LOGGED)
        evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
        with psycopg2.connect(server.endpoint.dsn(application_name="<b>&'\"")) as connection:
            with connection.cursor() as cursor:
                cursor.execute('CREATE TEMP TABLE "<i>x</i>" (id int)')
                for n in range(20):
                    cursor.execute(f'SELECT id AS "<u>&amp;\x1b" FROM "<i>x</i>" WHERE id = {n} '
                                   f"/*route='{evil.replace('=', '%3D')}'*/")
        connection.close()
        shown = page(tmp_path, log_of(server, "csv", '"<u>'))
        tags = {tag for tag, _ in shown.elements}
        assert not tags & {"script", "img", "i", "u"}
        assert "<script>alert(1)" in shown.sections["loops"]
        assert '"<u>&amp;\ufffd"' in shown.sections["statements"]

    def test_cannot_be_written(self):
        message = analyze(CAPTURES / "django__p_b_belongsto.pcap", "--output", "/no/such/folder",
                          status=2)
        assert "/no/such/folder: cannot be written" in message


class TestHabits:
    def test_of_queries_that_grow_with_their_tables(self, start_postgres, tmp_path):
        server = start_postgres(settings=LOGGED)
        server.psql("CREATE TABLE t (id int PRIMARY KEY, a int);"
                    "INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i")
        with psycopg.connect(server.endpoint.dsn(), autocommit=True) as connection:
            for offset in (0, 500, 1500, 2500):
                connection.execute("SELECT id FROM t ORDER BY id LIMIT 10 OFFSET %s", (offset,))
            connection.execute("SELECT id FROM t ORDER BY id LIMIT 10 OFFSET 2900")
            connection.execute("SELECT count(*) FROM t")
            connection.execute("SELECT count(*) FROM t WHERE a = 5")
        habits = report(log_of(server, "json", "a = 5"))["habits"]
        found = {(h["kind"], h["query"]): h for h in habits}
        deep = found.pop(("deep_offset", "SELECT id FROM t ORDER BY id LIMIT $2 OFFSET $1"))
        assert (deep["calls"], deep["offset_max"]) == (2, 2500)
        assert found.pop(("deep_offset", "SELECT id FROM t ORDER BY id LIMIT $1 OFFSET $2"))
        assert [kind for kind, _ in found] == ["whole_table_count"], found

    def test_of_results_without_a_bound(self, tmp_path):
        """The rows are in captures only."""
        path = CAPTURES / "django__p_m_slow.pcap"
        capture = report(*sorted(CAPTURES.glob("django__*.pcap")))
        (found,) = [h for h in capture["habits"] if h["kind"] == "unbounded_result"]
        assert found["rows_max"] >= 1000 and " LIMIT " not in found["query"]
        assert report(path)["provenance"] == "proven"


class TestComparison:
    def test_says_what_got_worse(self, tmp_path):
        slow, repaired = CAPTURES / "django__p_b_belongsto.pcap", CAPTURES / "django__n2_join.pcap"
        worse = report(slow, "--before", repaired)["comparison"]
        (found,) = worse["new_loops"]
        assert found["class"] == "n_plus_one" and worse["gone_loops"] == []
        better = report(repaired, "--before", slow)["comparison"]
        assert better["new_loops"] == [] and len(better["gone_loops"]) == 1
        assert "Nothing got worse" in analyze(repaired, "--before", slow)
        assert "Nothing got worse" in analyze(slow, "--before", slow)
        assert "New loops" in page(tmp_path, slow, "--before", repaired).sections["compared"]

    def test_of_statements(self, start_postgres, tmp_path):
        """The same statements, one of them slower and a loop that has grown."""
        server = start_postgres(settings=LOGGED)
        server.psql("CREATE TABLE t (id int PRIMARY KEY, a int)")
        files = []
        for round, (pause, turns) in enumerate(((0, 10), (0.02, 30))):
            with psycopg2.connect(server.endpoint.dsn()) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    for n in range(8):
                        cursor.execute("SELECT pg_sleep(%s) FROM (VALUES (1)) AS v", (pause,))
                    cursor.execute("BEGIN")
                    for n in range(turns):
                        cursor.execute("SELECT a FROM t WHERE id = %s", (n,))
                    cursor.execute("COMMIT")
                    cursor.execute(f"SELECT 'end of {round}'")
            connection.close()
            whole = log_of(server, "csv", f"end of {round}").read_text()
            files.append(tmp_path / f"{round}.csv")
            files[-1].write_text(whole)
        files[1].write_text(whole[len(files[0].read_text()):])
        worse = report(files[1], "--before", files[0])["comparison"]
        (slower,) = worse["slower"]
        assert "pg_sleep" in slower["query"]
        assert slower["after"]["mean_ms"] > 20 > slower["before"]["mean_ms"]
        assert slower["before"]["calls"] == slower["after"]["calls"] == 8
        (longer,) = worse["longer_loops"]
        assert (longer["before"]["lookups"], longer["after"]["lookups"]) == (10, 30)


LOGGED = {"logging_collector": "on", "log_destination": "csvlog,jsonlog", "log_statement": "all",
          "log_duration": "on", "log_filename": "server.log", "log_disconnections": "on",
          "log_rotation_age": "0"}


def log_of(server: Postgres, form: str, last: str) -> Path:
    """The log, once it has what was written last and the session's end behind it."""
    path = server.data / "log" / f"server.{form}"

    def written() -> bool:
        text = path.read_text() if path.exists() else ""
        at = text.rfind(last.replace('"', '""') if form == "csv" else last.replace('"', '\\"'))
        return at >= 0 and "disconnection: " in text[at:]

    wait_until(written, f"{last!r} and a disconnection in {path}")
    return path


class TestLogs:
    @pytest.mark.parametrize("form", ["csv", "json"])
    @pytest.mark.parametrize("settings", [
        {}, {"log_statement": "none", "log_duration": "off", "log_min_duration_statement": "0"}],
        ids=["log_statement", "log_min_duration"])
    def test_have_loops_whose_parents_are_unknown(self, start_postgres, form, settings):
        server = start_postgres(settings={**LOGGED, **settings})
        server.psql("CREATE TABLE t (id int PRIMARY KEY, a text);"
                    "INSERT INTO t SELECT i, 'it''s ' || i FROM generate_series(1, 40) i")
        for connect in (psycopg2.connect, psycopg.connect):  # literals, and parameters
            with connect(server.endpoint.dsn(application_name="log\ntest")) as connection:
                cursor = connection.cursor()
                cursor.execute("SELECT id FROM t")
                for key, in cursor.fetchall()[:25]:
                    cursor.execute("SELECT a FROM t WHERE a = %s", (f"it's, {key}\n\"$2 = '",))
                cursor.execute("SELECT 'the very end'")
            connection.close()
        path = log_of(server, form, "the very end")
        wait_until(lambda: path.read_text().count("disconnection: ") >= 3, "all sessions' ends")
        output = analyze(path)
        assert "cannot be proven" in output
        result = report(path)
        assert result["provenance"] == "unknown"
        loops = [f for f in result["findings"] if "WHERE a =" in f["query"]]
        assert {(f["class"], f["lookups"], f["distinct_arguments"]) for f in loops} == \
            {("suspected", 25, 25)}
        assert sum(f["runs"] for f in loops) in (1, 2)
        statement = [s for s in result["statements"] if "WHERE a =" in s["query"]]
        assert sum(s["calls"] for s in statement) == 50
        assert all(s["total_ms"] > 0 for s in statement)

    def test_are_told_apart_from_captures_by_their_content(self, start_postgres, tmp_path):
        server = start_postgres(settings=LOGGED)
        server.psql("SELECT 'once'")
        text = log_of(server, "csv", "once").read_text()
        path = tmp_path / "capture.pcap"
        path.write_text(text)
        assert report(path)["statements"]
        # Cut within a record: what came before counts.
        cut = text.rindex(",\"disconnection") + 5
        path.write_text(text[:cut])
        output = analyze(path)
        assert re.search(r"damaged at byte \d+: it ends within a record", output)
        path.write_text("2024 was a good year, and this is no log\n")
        assert "not a capture" in analyze(path, status=2)


def many_sessions(path: Path, size: int) -> int:
    """A capture of sessions one after the other, each the same loop from another port."""
    data = (CAPTURES / "psycopg2__p_b_belongsto.pcap").read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    assert struct.unpack(order + "I", data[20:24])[0] in (1, 113, 276)
    link = {1: 14, 113: 16, 276: 20}[struct.unpack(order + "I", data[20:24])[0]]
    packets, at = [], 24
    first = None
    while at < len(data):
        seconds, fraction, length, _ = struct.unpack_from(order + "IIII", data, at)
        first = seconds if first is None else first
        packets.append((at, at + 16 + length))
        at += 16 + length
    sessions = 0
    with path.open("wb") as file:
        file.write(data[:24])
        while file.tell() < size:
            block = bytearray(data[24:])
            for start, _ in packets:
                start -= 24
                seconds, = struct.unpack_from(order + "I", block, start)
                struct.pack_into(order + "I", block, start, seconds - first + 1_000_000 + sessions)
                ip = start + 16 + link
                tcp = ip + (block[ip] & 15) * 4
                source, target = struct.unpack_from(">HH", block, tcp)
                client = 10_000 + sessions % 50_000
                ports = (source, client) if source < target else (client, target)
                struct.pack_into(">HH", block, tcp, *ports)
            file.write(block)
            sessions += 1
    return sessions


@pytest.mark.large
class TestLargeFiles:
    @pytest.mark.timeout(300)
    def test_need_no_more_memory_than_small_ones(self, tmp_path):
        path = tmp_path / "large.pcap"
        peaks = []
        for megabytes in (20, 160):
            sessions = many_sessions(path, megabytes << 20)
            script = ("import resource, subprocess, sys; "
                      "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
                      "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
            done = subprocess.run([sys.executable, "-c", script, pgfold_binary(), "analyze", path,
                                   "--format", "html"], capture_output=True, text=True, check=True)
            peaks.append(int(done.stdout) // 1024)
            result = report(path)
            assert max(s["calls"] for s in result["statements"]) >= sessions
        assert peaks[1] < peaks[0] + 40 and peaks[1] < 200, peaks

    @pytest.mark.timeout(300)
    def test_show_how_far_they_have_been_read(self, tmp_path):
        path = tmp_path / "large.pcap"
        many_sessions(path, 30 << 20)
        master, slave = pty.openpty()
        process = subprocess.Popen([pgfold_binary(), "analyze", path, "--format", "json"],
                                   stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        shown = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(master)
        assert process.wait() == 0
        assert re.search(rb" \d+ % .* of 3\d MB", shown)
        assert shown.endswith(b"\r\x1b[K")  # and nothing is left of it
        # Not where nobody looks.
        assert " of 3" not in analyze(path)
