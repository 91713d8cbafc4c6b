"""The demo that tools/quickstart runs: real ORMs, real loops, and nothing left behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from support.locations import REPOSITORY, pgfold_binary
from support.waiting import wait_until

DEMO = [sys.executable, "-B", REPOSITORY / "tools" / "demo" / "main.py"]


@pytest.fixture
def folder(scratch: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="demo-", dir=scratch))
    path.chmod(0o755)
    yield path


def environment(folder: Path) -> Dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "PGFOLD_BINARY": str(pgfold_binary())}


def processes_in(folder: Path) -> List[str]:
    """Command lines and working directories of what still runs in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
                directory = os.readlink(entry / "cwd")
            except OSError:
                continue  # it has ended meanwhile
            if str(folder) in command or directory.startswith(str(folder)):
                found.append(f"{entry.name} {command}")
    return found


def test_every_loop_is_found_and_the_repaired_one_is_not(folder: Path) -> None:
    done = subprocess.run([*DEMO, "--once", "--links", "0", "--rounds", "1"], text=True,
                          capture_output=True, env=environment(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    rule = "─" * 100
    lines = done.stdout.split(rule)[1].strip("\n").splitlines()
    found = {}
    saved_trips = 0
    for line in lines[::2]:  # below each loop stands a line of details
        title, cells = line[:25].strip(), line[25:].split()
        sent, reached, saved = int(cells[0]), int(cells[1]), cells[2]
        assert 0 < reached, line
        found[title] = cells[-1]
        if found[title] == "N+1":
            # A batch asks for what the loop would. How many trips that saves of a loop that is seen
            # for the first time depends on the machine.
            saved_trips += 0 if saved == "-" else int(saved)
            assert sent <= reached < 2 * sent, line
        else:
            assert saved == "-" and reached == sent, line
    assert len(found) == 12, lines
    assert saved_trips > 100, lines
    assert found.pop("organizations, repaired") == "none"
    assert found.pop("insert audit notes") == "writes"
    assert set(found.values()) == {"N+1"}, found
    # Every lookup of a loop is counted: 50 organizations, 40 orders, 20 projects …
    heads = [line.split() for line in done.stdout.splitlines() if line.startswith("N+1 ")]
    lookups = [int(head[head.index("statements,") - 1]) for head in heads if "statements," in head]
    assert lookups == [50, 40, 20, 10, 30, 3, 36, 30, 40, 30, 40], heads
    assert "SELECT id, name, email FROM customer WHERE id = ANY($1)" in done.stdout
    assert 'select_related("product")' in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert processes_in(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_it_serves_until_a_signal_and_cleans_up(folder: Path, number: signal.Signals) -> None:
    with open(folder / "output", "wb") as output:
        demo = subprocess.Popen([*DEMO, "--links", "0", "--rounds", "1"], stdout=output,
                                stderr=output, env=environment(folder))
    try:
        text = folder / "output"
        wait_until(lambda: "Ctrl-C ends pgfold" in text.read_text() or demo.poll() is not None,
                   "the demo to serve", 100)
        assert demo.poll() is None, text.read_text()
        url = text.read_text().split("psql ")[1].split()[0]
        asked = subprocess.run(["psql", "-XAtc", "SELECT count(*) FROM organization", url],
                               capture_output=True, text=True)
        assert asked.stdout.strip() == "50", asked.stderr
        demo.send_signal(number)
        assert demo.wait(30) == 0, text.read_text()
    finally:
        demo.kill()
        demo.wait()
    assert processes_in(folder) == []
    assert [entry.name for entry in folder.iterdir()] == ["output"]
