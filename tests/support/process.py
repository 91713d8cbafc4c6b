"""A child process whose output goes to a file, and what /proc says about it."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Mapping, Optional, Sequence

from support.waiting import wait_until


class Process:
    """Flow: start() … wait_for_output() … stop() or kill(). Subclasses say what to run."""

    def __init__(self, name: str, log_path: Path):
        self.name = name
        self.log_path = log_path
        self.popen: Optional[subprocess.Popen] = None

    def spawn(self, command: Sequence[object], *, env: Optional[Mapping[str, str]] = None,
              user: Optional[str] = None, cwd: Optional[Path] = None) -> None:
        assert self.popen is None or self.popen.poll() is not None, f"{self.name} runs already"
        identity = {}
        if user is not None:
            identity = {"user": user, "group": user, "extra_groups": []}
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(env) if env is not None else None, cwd=cwd, start_new_session=True,
                **identity)

    @property
    def pid(self) -> int:
        assert self.popen is not None
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def output(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for_output(self, text: str, seconds: float = 30.0) -> None:
        def seen() -> bool:
            if text in self.output():
                return True
            assert self.is_running(), f"{self.name} ended early:\n{self.output()}"
            return False

        wait_until(seen, f"{text!r} in the output of {self.name}", seconds)

    def signal(self, number: signal.Signals) -> None:
        assert self.popen is not None
        self.popen.send_signal(number)

    def wait(self, seconds: float = 60.0) -> int:
        assert self.popen is not None
        try:
            return self.popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {seconds:.0f} s:\n{self.output()}")

    def kill(self) -> None:
        if self.is_running():
            self.popen.kill()
            self.popen.wait()

    # What the kernel knows about it.

    def _status_kib(self, field: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise KeyError(field)

    def rss_kib(self) -> int:
        return self._status_kib("VmRSS")

    def peak_rss_kib(self) -> int:
        return self._status_kib("VmHWM")

    def reset_peak_rss(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
