"""A program in a terminal: a pseudo-terminal, and what would be seen on it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from typing import List, Sequence

import pyte

from support.waiting import wait_until


class Terminal:
    """Flow: Terminal(command, 120, 40) … press("q") … wait(); screen() at any time."""

    def __init__(self, command: Sequence[object], columns: int, lines: int):
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b""
        self._master, slave = pty.openpty()
        self._resize(slave, columns, lines)
        env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        env.pop("COLUMNS", None)
        env.pop("LINES", None)
        self._process = subprocess.Popen([str(one) for one in command], stdin=slave, stdout=slave,
                                         stderr=slave, env=env, start_new_session=True,
                                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    @staticmethod
    def _resize(descriptor: int, columns: int, lines: int) -> None:
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def pid(self) -> int:
        return self._process.pid

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(lines, columns)
        self._resize(self._master, columns, lines)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def screen(self) -> List[str]:
        """The lines as they are now, without the spaces at their ends."""
        while select.select([self._master], [], [], 0)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the program has ended
                break
            if not data:
                break
            self.output += data
            self._stream.feed(data)
        return [line.rstrip() for line in self._screen.display]

    def wait_for(self, text: str) -> List[str]:
        def seen() -> List[str]:
            lines = self.screen()
            return lines if text in "\n".join(lines) else []

        return wait_until(seen, f"{text!r} on the screen", 30)

    def wait(self) -> int:
        wait_until(lambda: self.screen() and self._process.poll() is not None, "the end", 30)
        self.screen()  # what it has said at last
        return self._process.returncode

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)
