"""`pgfold guard`: commands behind a pgfold of their own, and what it says of them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Dict, Iterator, List, Optional
from urllib.parse import urlsplit

import jsonschema
import pytest

from support.locations import REPOSITORY, pgfold_binary
from support.pgfold import SANITIZER_REPORT
from support.postgres import Postgres
from support.process import Process

APPS = Path(__file__).parent / "guard_apps"
RECIPES = REPOSITORY / "deploy" / "ci" / "recipes"
PARENTS = 20

# What the scripts below share: a loop over some of the parents.
PRELUDE = """
import os, sys
import psycopg2
connection = psycopg2.connect(os.environ["DATABASE_URL"])
connection.autocommit = True
cursor = connection.cursor()

def loop(parents, table="guard_item", comment=""):
    cursor.execute("SELECT id, name FROM guard_list ORDER BY id LIMIT %s" + comment, (parents,))
    for key, _ in cursor.fetchall():
        cursor.execute("SELECT id FROM " + table + " WHERE list_id = %s" + comment, (key,))

def tag(name):
    cursor.execute("SELECT set_config('pgfold.tag', %s, false)", (name,))
"""


@pytest.fixture(scope="module", autouse=True)
def tables(pg: Postgres) -> Iterator[None]:
    pg.psql(f"""
        CREATE TABLE guard_list (id int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE guard_item (id int PRIMARY KEY, list_id int NOT NULL REFERENCES guard_list);
        CREATE TABLE guard_note (id int PRIMARY KEY, list_id int NOT NULL REFERENCES guard_list);
        INSERT INTO guard_list SELECT i, 'list ' || i FROM generate_series(1, {PARENTS}) i;
        INSERT INTO guard_item SELECT i, i FROM generate_series(1, {PARENTS}) i;
        CREATE TABLE guard_authors (id int PRIMARY KEY, name text);
        CREATE TABLE guard_books (id int PRIMARY KEY, title text, author_id int);
        INSERT INTO guard_authors SELECT i, 'author ' || i FROM generate_series(1, 8) i;
        INSERT INTO guard_books SELECT i + 100, 'book ' || i, i FROM generate_series(1, 8) i""")
    yield
    pg.psql("DROP TABLE guard_item, guard_note, guard_list, guard_authors, guard_books")


def environment(pg: Postgres, **variables: Optional[str]) -> Dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    env["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{pg.port}/app?sslmode=prefer"
    env["LC_ALL"] = "C.UTF-8"
    for name, value in variables.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


class Guard:
    """Flow: guard.python(script, *options) → its exit status, report and output."""

    def __init__(self, pg: Postgres, directory: Path):
        self.pg = pg
        self.directory = directory
        self.stdout = self.stderr = ""

    def run(self, options: List[object], command: List[object], cwd: Optional[Path] = None,
            **variables: Optional[str]) -> int:
        done = subprocess.run(
            [str(part) for part in (pgfold_binary(), "guard", *options, "--", *command)],
            capture_output=True, text=True, cwd=cwd or self.directory, timeout=100,
            env=environment(self.pg, **variables))
        self.stdout, self.stderr = done.stdout, done.stderr
        assert not SANITIZER_REPORT.search(self.stderr), self.stderr
        return done.returncode

    def python(self, script: str, *options: object, **variables: Optional[str]) -> int:
        text = PRELUDE + textwrap.dedent(script)
        return self.run([*options], [sys.executable, "-c", text], **variables)

    def report(self, script: str, *options: object, **variables: Optional[str]) -> dict:
        self.python(script, "--format", "json", *options, **variables)
        return json.loads(self.stdout)

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(textwrap.dedent(text))
        return path


@pytest.fixture
def guard(pg: Postgres, _binary: Path, tmp_path: Path) -> Guard:
    return Guard(pg, tmp_path)


def findings(report: dict, verdict: str = "fails") -> Dict[str, int]:
    """Lookups by tag."""
    return {f["tag"]: f["lookups"] for f in report["findings"] if f["verdict"] == verdict}


class TestTheCommand:
    def test_finds_pgfold_where_it_looks_for_postgresql(self, guard, pg):
        status = guard.python("""
            import subprocess
            print(os.environ["DATABASE_URL"])
            variables = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
            print(subprocess.check_output(
                ["psql", "-XAtc", "SELECT current_database(), current_user"], text=True,
                env=variables), end="")
            """, PGSERVICE="nothing", PGSSLMODE="verify-full", PGHOST="nowhere.invalid")
        assert status == 0, guard.stderr
        url, answer = guard.stdout.splitlines()
        assert urlsplit(url).port != pg.port and urlsplit(url).hostname == "127.0.0.1"
        assert urlsplit(url).path == "/app" and "sslmode" not in url
        assert answer == "app|postgres"

    def test_is_given_a_url_where_only_variables_said_it(self, guard, pg):
        status = guard.run(
            [], [sys.executable, "-c", PRELUDE + "cursor.execute('SELECT 1')"], DATABASE_URL=None,
            PGHOST="127.0.0.1", PGPORT=str(pg.port), PGUSER="postgres", PGDATABASE="app")
        assert status == 0, guard.stderr

    @pytest.mark.parametrize("port", ["5432", None])
    def test_may_use_a_unix_socket(self, guard, port):
        """Under the port that it has been told, and under PostgreSQL's own."""
        status = guard.python(f"""
            directory = os.environ["PGFOLD_GUARD_SOCKET"]
            assert os.stat(directory).st_mode & 0o077 == 0
            connection = psycopg2.connect(host=directory, port={port} or os.environ["PGPORT"])
            connection.autocommit = True
            cursor = connection.cursor()
            loop(10)
            print(directory)
            """)
        assert status == 3, guard.stderr
        assert not Path(guard.stdout.strip()).exists()

    def test_is_told_the_password_that_libpq_keeps_for_the_server(self, guard, pg):
        passwords = guard.write("pgpass", f"127.0.0.1:{pg.port}:*:scram_user:p@ss'w\\\\ord é\n")
        passwords.chmod(0o600)
        status = guard.python(
            "cursor.execute('SELECT current_user'); print(cursor.fetchone()[0])",
            DATABASE_URL=f"postgresql://scram_user@127.0.0.1:{pg.port}/app",
            PGPASSFILE=str(passwords))
        assert (status, guard.stdout) == (0, "scram_user\n"), guard.stderr

    @pytest.mark.parametrize("url", ["postgresql+psycopg2://postgres@127.0.0.1:{}/app?pool_size=5",
                                     "jdbc:postgresql://127.0.0.1:{}/app?user=postgres&ssl=false",
                                     "host=127.0.0.1 port={} user=postgres dbname=app"])
    def test_may_have_a_url_that_only_its_driver_understands(self, guard, pg, url):
        status = guard.run([], ["sh", "-c", "echo \"$DATABASE_URL\" && psql -XAtc 'SELECT 1'"],
                           DATABASE_URL=url.format(pg.port))
        assert status == 0, guard.stderr
        shown, answer = guard.stdout.splitlines()
        assert answer == "1" and str(pg.port) not in shown
        assert shown.split("127")[0] == url.split("127")[0]

    @pytest.mark.parametrize("status", [0, 1, 3, 42])
    def test_decides_the_exit_status(self, guard, status):
        assert guard.python(f"print('said'); sys.exit({status})") == status
        assert guard.stdout == "said\n"

    def test_that_a_signal_ended(self, guard):
        assert guard.run([], ["sh", "-c", "kill -KILL $$"]) == 128 + signal.SIGKILL

    def test_that_cannot_be_run(self, guard):
        assert guard.run([], ["no-such-command"]) == 127
        assert "no-such-command: No such file" in guard.stderr
        assert guard.run([], [guard.write("text", "")]) == 126

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
    def test_is_sent_the_signals(self, guard, pg, number):
        script = guard.write("waits.py", f"""
            import signal, sys
            def end(number, frame):
                print("got", number, flush=True)
                sys.exit(9)
            signal.signal({int(number)}, end)
            print("ready", flush=True)
            while True:
                signal.pause()
            """)
        process = Process("guard", guard.directory / "guard.log")
        process.spawn([pgfold_binary(), "guard", "--", sys.executable, script],
                      env=environment(pg), cwd=guard.directory)
        process.wait_for_output("ready")
        process.signal(number)
        assert process.wait() == 9
        assert f"got {int(number)}" in process.output()

    def test_may_leave_something_behind(self, guard):
        """A daemon that keeps its connection does not keep guard."""
        report = guard.report("""
            loop(10)
            if os.fork() == 0:
                os.setsid()
                sys.stdout.flush()
                null = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(null, stream)
                import select
                select.select([connection], [], [], 60)  # until guard has closed it
                os._exit(0)
            os._exit(0)
            """)
        assert findings(report) == {"": 10}


class TestLoops:
    def test_fail_the_command(self, guard):
        assert guard.python("loop(10)") == 3
        assert "10 lookups" in guard.stderr
        assert "guard_list.id -> guard_item.list_id" in guard.stderr
        assert guard.stderr.endswith("pgfold guard: 1 loop fails; 11 queries\n")

    def test_win_over_the_commands_own_failure(self, guard):
        assert guard.python("loop(10); sys.exit(1)") == 3
        assert guard.report("loop(10); sys.exit(1)")["command_status"] == 1

    def test_that_are_too_short_are_none(self, guard):
        assert guard.python("loop(4)") == 0
        assert guard.python("loop(4)", "--min-lookups", 4) == 3

    @pytest.mark.parametrize("fold", [[], ["--fold"]])
    def test_are_found_whether_they_are_folded_or_not(self, guard, fold):
        report = guard.report("for _ in range(5): loop(20)", *fold)
        (found,) = [f for f in report["findings"] if f["class"] == "n_plus_one"]
        assert (found["runs"], found["lookups"]) == (5, 100)
        assert (found["folded"] > 50) == bool(fold)

    def test_teach_a_running_pgfold_nothing(self, guard):
        config = guard.write("pgfold.yaml", "batch: {state_file: learned.json}")
        assert guard.python("for _ in range(5): loop(20)", "--fold", "-c", config) == 3
        assert not (guard.directory / "learned.json").exists()

    def test_of_other_classes_fail_when_asked(self, guard):
        script = "for n in range(20): cursor.execute('DELETE FROM guard_note WHERE id = %s', (n,))"
        assert guard.python(script) == 0
        assert guard.python(script, "--fail-on", "n_plus_one,write_loop") == 3
        assert "Write loop" in guard.stderr

    def test_can_be_suppressed(self, guard):
        config = guard.write("pgfold.yaml", """
            suppress: [{table: guard_item, reason: "as slow as ever"}]
            """)
        assert guard.python("loop(10)", "-c", config) == 0
        assert "1 suppressed" in guard.stderr
        assert guard.python("loop(10, 'guard_note')", "-c", config) == 3


class TestTags:
    def test_by_setting(self, guard):
        report = guard.report("""
            for n in range(3):
                cursor.execute("SET pgfold.tag = 'test %s'" % n)
                loop(10 + n)
            cursor.execute("RESET pgfold.tag")
            loop(6)
            """)
        assert findings(report) == {"test 0": 10, "test 1": 11, "test 2": 12, "": 6}
        assert {q["tag"]: q["queries"] for q in report["queries"]} == \
            {"test 0": 11, "test 1": 12, "test 2": 13, "": 7}

    def test_by_set_config_with_bound_parameters(self, guard):
        report = guard.report("""
            import psycopg
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                for name in ("it's [é, 1]", "b"):
                    connection.execute("SELECT set_config('pgfold.tag', %s, false)", (name,))
                    for key, in connection.execute("SELECT id FROM guard_list").fetchall():
                        connection.execute("SELECT 1 FROM guard_item WHERE list_id = %s", (key,))
            """)
        assert findings(report) == {"it's [é, 1]": PARENTS, "b": PARENTS}

    def test_outlive_the_rollback_that_ends_a_test(self, guard):
        report = guard.report("""
            connection.autocommit = False
            for name in ("a", "b"):
                tag(name)
                loop(10)
                connection.rollback()
            """)
        assert findings(report) == {"a": 10, "b": 10}

    def test_by_route_or_application_name(self, guard):
        report = guard.report("""
            loop(7, comment=" /*controller='books',action='index'*/")
            cursor.execute("SET application_name = 'worker'")
            loop(8)
            tag("job 1")
            loop(9)
            """)
        assert findings(report) == {"books#index": 7, "worker": 8, "job 1": 9}

    def test_name_a_place_in_the_source(self, guard):
        guard.write("test_a.py", "")
        report = guard.report("""
            tag("test_a.py::test_b")
            loop(7)
            loop(8, "guard_note", " /*source_location='%s/app/a.rb:12:in `b''*/" % os.getcwd())
            """.replace("`b''", "b'"))
        places = {f["lookups"]: f["location"] for f in report["findings"]}
        assert places == {7: {"file": "test_a.py", "line": None},
                          8: {"file": "app/a.rb", "line": 12}}


class TestBaseline:
    def test_holds_what_is_known(self, guard):
        path = guard.directory / "loops.json"
        assert guard.python("tag('a'); loop(10)", "--write-baseline", path) == 0
        (entry,) = json.loads(path.read_text())["loops"]
        assert entry["class"] == "n_plus_one" and "guard_item" in entry["query"]

        # Whoever runs it, and however often.
        assert guard.python("tag('b'); loop(12)", "--baseline", path) == 0
        assert "1 in the baseline" in guard.stderr
        assert guard.python("loop(10); loop(10, 'guard_note')", "--baseline", path) == 3
        assert "guard_note" in guard.stderr and "guard_item" not in guard.stderr
        assert guard.python("sys.exit(4)", "--baseline", path) == 4
        assert "1 loop of the baseline not seen" in guard.stderr

    def test_is_the_same_text_for_the_same_loops(self, guard):
        texts = set()
        for script in ("loop(10); loop(10, 'guard_note')", "loop(9, 'guard_note'); loop(12)"):
            path = guard.directory / "loops.json"
            assert guard.python(script, "--write-baseline", path) == 0
            texts.add(path.read_text())
        assert len(texts) == 1

    @pytest.mark.parametrize("text, message", [
        ("{", "not JSON"), ("[]", "not a baseline"), ('{"loops": [{}]}', "loop 1 has no class")])
    def test_that_is_none(self, guard, text, message):
        path = guard.write("loops.json", text)
        assert guard.run(["--baseline", path], ["touch", "was-run"]) == 2
        assert "loops.json: " in guard.stderr and message in guard.stderr
        assert not (guard.directory / "was-run").exists()


class TestBudgets:
    SCRIPT = """
        for name, parents in (("fast/a", 5), ("fast/b", 9), ("slow/c", 20)):
            tag(name)
            loop(parents)
        """

    def test_by_tag(self, guard):
        budget = guard.write("budget.yaml", """
            max_lookups: 5
            budgets:
              - {tag: "slow/*", max_queries: 20, max_lookups: 20, reason: "a report"}
              - {tag: "*", max_queries: 100}
            """)
        report = guard.report(self.SCRIPT, "--budget", budget)
        assert not report["passed"]
        exceeded = {(e["tag"], e["budget"], e["limit"], e["actual"], e["reason"])
                    for e in report["exceeded"]}
        assert exceeded == {("fast/b", "max_lookups", 5, 9, None),
                            ("slow/c", "max_queries", 20, 21, "a report")}
        assert findings(report) == {"fast/b": 9}
        assert findings(report, "within_budget") == {"fast/a": 5, "slow/c": 20}

    def test_that_are_kept(self, guard):
        budget = guard.write("budget.yaml", "{max_lookups: 20, max_queries: 21}")
        assert guard.python(self.SCRIPT, "--budget", budget) == 0
        assert "3 within budget" in guard.stderr

    def test_of_a_run_without_tags(self, guard):
        budget = guard.write("budget.yaml", "{max_queries: 10}")
        script = "for _ in range({}): cursor.execute('SELECT count(*) FROM guard_list')"
        assert guard.python(script.format(10), "--budget", budget) == 0
        assert guard.python(script.format(11), "--budget", budget) == 3
        assert "the run: 11 queries, max_queries is 10" in guard.stderr
        # What prepares tagged work is not held to a limit that is theirs.
        assert guard.python(script.format(11) + "\ntag('a')\nloop(2)", "--budget", budget) == 0

    @pytest.mark.parametrize("text, message", [
        ("max_querys: 3", '1:1: unknown key "max_querys"; did you mean "max_queries"?'),
        ("budgets:\n  - {tag: a, max_lookup: 1}",
         '2:14: unknown key "max_lookup" in "budgets[0]"; did you mean "max_lookups"?'),
        ("budgets:\n  - {max_queries: 1}", "2:5: a budget needs a tag"),
        ("budgets: [{tag: a}]", "1:11: a budget needs max_queries or max_lookups"),
        ("max_queries: many", "1:14: "),
    ])
    def test_with_errors(self, guard, text, message):
        path = guard.write("budget.yaml", text)
        assert guard.run(["--budget", path], ["touch", "was-run"]) == 2
        assert f"{path}:{message}" in guard.stderr
        assert not (guard.directory / "was-run").exists()


# What readers of SARIF rely on; the whole schema is no package of Debian's.
SARIF = {
    "type": "object", "required": ["$schema", "version", "runs"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"}, "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
            "type": "object", "required": ["tool", "results"],
            "properties": {
                "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
                    "type": "object", "required": ["name", "version", "rules"],
                    "properties": {"rules": {"type": "array", "items": {
                        "type": "object", "required": ["id", "shortDescription"]}}}}}},
                "results": {"type": "array", "items": {
                    "type": "object",
                    "required": ["ruleId", "level", "message", "locations", "partialFingerprints"],
                    "properties": {
                        "level": {"enum": ["error", "warning", "note", "none"]},
                        "message": {"type": "object", "required": ["text"]},
                        "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
                        "partialFingerprints": {
                            "type": "object", "additionalProperties": {"type": "string"}},
                        "suppressions": {"type": "array", "items": {
                            "type": "object", "required": ["kind"],
                            "properties": {"kind": {"enum": ["inSource", "external"]}}}},
                        "locations": {"type": "array", "items": {
                            "type": "object", "additionalProperties": False,
                            "properties": {
                                "logicalLocations": {"type": "array"},
                                "physicalLocation": {
                                    "type": "object", "required": ["artifactLocation", "region"],
                                    "properties": {"region": {"properties": {
                                        "startLine": {"type": "integer", "minimum": 1}}}},
                                }}}}}}}}}}}}


class TestReports:
    SCRIPT = """
        tag('test_a.py::test_b[<"&x\\x01">]')
        loop(10)
        tag('good')
        loop(1)
        """

    def test_junit(self, guard):
        path = guard.directory / "report.xml"
        assert guard.python(self.SCRIPT, "--format", "junit", "--output", path) == 3
        assert "10 lookups" in guard.stderr  # people are told as well
        suite = ElementTree.parse(path).getroot().find("testsuite")
        assert suite.attrib["tests"] == "2" and suite.attrib["failures"] == "1"
        cases = {case.attrib["name"]: case for case in suite.iter("testcase")}
        failure = cases['test_a.py::test_b[<"&x\ufffd">]'].find("failure")
        assert failure.attrib["type"] == "n_plus_one"
        assert "10 lookups of guard_item" in failure.attrib["message"]
        assert "WHERE list_id = ANY" in failure.text
        assert cases["good"].find("failure") is None

    def test_sarif(self, guard):
        guard.write("test_a.py", "")
        budget = guard.write("budget.yaml", 'budgets: [{tag: good, max_queries: 1}]')
        baseline = guard.directory / "loops.json"
        guard.python("loop(10, 'guard_note')", "--write-baseline", baseline)
        config = guard.write("pgfold.yaml",
                             "suppress: [{tag: pgfold.tag=known, reason: accepted}]")
        status = guard.python(
            self.SCRIPT + "tag('old'); loop(10, 'guard_note'); tag('known'); loop(9)",
            "--format", "sarif", "--budget", budget, "--baseline", baseline, "-c", config)
        assert status == 3
        document = json.loads(guard.stdout)
        jsonschema.Draft7Validator(SARIF).validate(document)
        (run,) = document["runs"]
        rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
        assert {result["ruleId"] for result in run["results"]} <= rules
        by_verdict = {r.get("properties", {}).get("verdict", r["ruleId"]): r
                      for r in run["results"]}
        new, old = by_verdict["fails"], by_verdict["known"]
        assert (new["level"], new["baselineState"]) == ("error", "new")
        (place,) = new["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "test_a.py"
        assert old["baselineState"] == "unchanged"
        assert by_verdict["suppressed"]["suppressions"][0]["justification"] == "accepted"
        assert "2 queries, max_queries is 1" in by_verdict["max_queries"]["message"]["text"]

    def test_github(self, guard):
        guard.write("test_a.py", "")
        assert guard.python("print('mine'); tag('test_a.py:7: 50%, done'); loop(10)",
                            "--format", "github") == 3
        mine, error, notice = guard.stdout.splitlines()
        assert mine == "mine"
        assert re.match(r"::error title=N\+1 in test_a.py%3A7%3A 50%25%2C done%3A 10 lookups of "
                        r"guard_item%2C one for each row of guard_list,file=test_a.py,line=7::"
                        r"for each of: .*%0Ait ran: ", error)
        assert notice.startswith("::notice title=pgfold guard::1 loop fails in 1 tag; ")

    def test_a_report_is_alone_on_the_standard_output(self, guard):
        assert guard.python("print('mine')", "--format", "json") == 0
        assert json.loads(guard.stdout)["passed"] and "mine" in guard.stderr

    def test_that_cannot_be_written(self, guard):
        assert guard.python("", "--output", "no/such/folder") == 1
        assert "no/such/folder: cannot be written" in guard.stderr


@pytest.mark.parametrize("options", [["--format", "yaml"], ["--fail-on", "loops"],
                                     ["--min-lookups", "1"], ["-c", "missing.yaml"],
                                     ["--upstream", "mysql://a/b"], ["--budget", "missing.yaml"],
                                     ["--baseline", "a", "--write-baseline", "b"], ["stray"]])
def test_wrong_options_run_nothing(guard, options):
    assert guard.run(options, ["touch", "was-run"]) == 2
    assert guard.stderr and not (guard.directory / "was-run").exists()


def test_a_command_is_needed(guard):
    done = subprocess.run([pgfold_binary(), "guard"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "behind --" in done.stderr


class TestApplications:
    def test_django_under_pytest(self, guard, pg):
        pytest.importorskip("pytest_django")
        folder = guard.directory / "app"
        shutil.copytree(APPS / "django_shop", folder)
        try:
            status = guard.run(
                ["--format", "json"],
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder,
                PYTHONPATH=f"{folder}:{RECIPES}", TEST_DATABASE="guard_django")
        finally:
            pg.psql("DROP DATABASE IF EXISTS guard_django")
        assert status == 3 and "4 passed" in guard.stderr, guard.stderr
        report = json.loads(guard.stdout)
        assert findings(report) == {"test_shop.py::test_list": 10,
                                    "test_shop.py::TestSearch::test_found": 10}
        found = report["findings"][0]
        assert found["suggestion"]["orm"] == "django"
        assert 'select_related("author")' in found["suggestion"]["text"]
        assert found["location"]["file"] == "test_shop.py"
        queries = {q["tag"]: q["queries"] for q in report["queries"]}
        assert queries["test_shop.py::test_list"] == 11
        assert queries["test_shop.py::test_short_list"] == 4
        assert queries["test_shop.py::test_repaired_list"] == 1

    def test_active_record_under_minitest(self, guard):
        ruby = shutil.which("ruby", path="/usr/bin")
        if not ruby or subprocess.run([ruby, "-e", "require 'active_record'; require 'minitest'"],
                                      capture_output=True).returncode:
            pytest.skip("Active Record is not installed")
        folder = APPS / "active_record_shop"
        status = guard.run(["--format", "json"], [ruby, "shop_test.rb"], cwd=folder)
        assert status == 3 and "2 runs, 2 assertions, 0 failures" in guard.stderr, guard.stderr
        report = json.loads(guard.stdout)
        line = 1 + (folder / "shop_test.rb").read_text().splitlines().index("  def test_list")
        assert findings(report) == {f"shop_test.rb:{line} ShopTest#test_list": 8}
        (found,) = report["findings"]
        assert found["suggestion"]["orm"] == "rails"
        assert found["location"] == {"file": "shop_test.rb", "line": line}
        queries = {q["tag"]: q["queries"] for q in report["queries"]}
        assert sorted(queries.values()) == [2, 9]
