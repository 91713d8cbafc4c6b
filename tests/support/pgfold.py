"""The pgfold process under test."""

import functools
import json
import os
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

import yaml

from support.endpoint import Endpoint
from support.locations import pgfold_binary
from support.process import Process
from support.waiting import wait_until

READY = re.compile(r"^ready: postgresql://(\S+?)(?:\s+admin: (http://\S+))?\s*$", re.MULTILINE)
SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


@functools.lru_cache(maxsize=None)
def sanitizer() -> Optional[str]:
    """"address" or "thread" when the binary under test is instrumented."""
    content = pgfold_binary().read_bytes()
    if b"__asan_init" in content:
        return "address"
    return "thread" if b"__tsan_init" in content else None


class Pgfold(Process):
    """Flow: Pgfold(directory, upstream).start() … stop(), which asserts a clean end."""

    def __init__(self, directory: Path, upstream: str, *, config: Optional[Dict[str, Any]] = None,
                 listen: Sequence[str] = ("127.0.0.1:0",), admin: str = "127.0.0.1:0",
                 arguments: Sequence[str] = (), program: Sequence[object] = (),
                 env: Optional[Dict[str, str]] = None):
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__("pgfold", directory / "pgfold.log")
        self.directory = directory
        self.upstream = upstream
        self.config_path = directory / "pgfold.yaml"
        self.config = config
        self.listen = listen
        self.admin = admin
        self.arguments = list(arguments)
        self.program = list(program) or [pgfold_binary()]  # another one, with its own options
        self.env = env or {}
        self.host = ""
        self.port = 0
        self.admin_url = ""

    def write_config(self, config: Dict[str, Any]) -> None:
        self.config_path.write_text(yaml.safe_dump(config, sort_keys=False))

    def launch(self) -> None:
        """Starts the process without waiting for it to be ready."""
        command: list = [*self.program, "run"]
        if sanitizer() == "thread":
            # gcc's ThreadSanitizer knows few address space layouts: take the plain one.
            command = ["setarch", "--addr-no-randomize", *command]
        if self.config is not None:
            self.write_config(self.config)
            command += ["-c", self.config_path]
        for address in self.listen:
            command += ["--listen", address]
        command += ["--admin", self.admin]
        if self.upstream:
            command += ["--upstream", self.upstream]
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "DATABASE_URL"}
        env.update({
            "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "TSAN_OPTIONS": "halt_on_error=0:exitcode=99:second_deadlock_stack=1",
            # Certificates and keys of whoever runs the tests must not matter.
            "HOME": str(self.directory),
        })
        env.update(self.env)
        self.spawn([*command, *self.arguments], env=env, cwd=self.directory)

    def start(self) -> "Pgfold":
        self.launch()

        def ready() -> Optional[re.Match]:
            assert self.is_running(), f"pgfold ended early:\n{self.output()}"
            return READY.search(self.output())

        match = wait_until(ready, "pgfold's ready line", 60)
        address, admin = match.group(1), match.group(2)
        if ":" in address and not address.startswith("unix:"):
            host, port = address.rsplit(":", 1)
            self.host, self.port = host.strip("[]"), int(port.rstrip("/"))
        self.admin_url = admin or ""
        return self

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("pgfold", self.host, self.port)

    def stop(self, seconds: float = 60.0) -> None:
        """SIGTERM, then: status 0, in time, and no sanitizer has anything to say."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            status = self.wait(seconds)
            assert status == 0, f"pgfold ended with {status}:\n{self.output()}"
        self.check_reports()

    def check_reports(self) -> None:
        output = self.output()
        assert not SANITIZER_REPORT.search(output), output

    def assert_healthy(self) -> None:
        assert self.is_running(), f"pgfold is gone:\n{self.output()}"
        self.check_reports()

    # Admin HTTP

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.admin_url + path, timeout=20) as response:
            return response.read()

    def get_status(self, path: str) -> bytes:
        """The body, whatever the status."""
        try:
            return self.get(path)
        except urllib.error.HTTPError as answer:
            return answer.read()

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all series of `name` whose labels include `labels`."""
        total, found = 0.0, False
        for line in self.get("/metrics").decode().splitlines():
            match = re.match(r"([a-zA-Z_:]+)(?:\{(.*)\})? (\S+)", line)
            if not match or match.group(1) != name:
                continue
            present = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match.group(2) or ""))
            if all(present.get(k) == v for k, v in labels.items()):
                total, found = total + float(match.group(3)), True
        assert found, f"no metric {name} {labels}"
        return total
