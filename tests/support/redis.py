"""A redis-server of the test's own."""

import socket
from pathlib import Path

from support.postgres import free_port
from support.process import Process
from support.waiting import wait_until


class Redis(Process):
    """Flow: Redis(directory).start() … kill() … start(): the same port, and what it had saved."""

    def __init__(self, directory: Path):
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__("redis", directory / "redis.log")
        self._directory = directory
        self.port = free_port()
        self.password = "a:b@c"
        self.url = f"redis://:a%3Ab%40c@127.0.0.1:{self.port}/1"

    def start(self) -> "Redis":
        self.spawn(["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir",
                    self._directory, "--save", "", "--requirepass", self.password])
        wait_until(self._answers, "redis to answer")
        return self

    def command(self, *words: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            for command in (("AUTH", self.password), words):
                parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in command)
                connection.sendall(f"*{len(command)}\r\n{parts}".encode())
                answer = connection.recv(65536)
            return answer

    def _answers(self) -> bool:
        assert self.is_running(), self.output()
        try:
            return self.command("PING") == b"+PONG\r\n"
        except OSError:
            return False
