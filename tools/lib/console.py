"""What the tools print: colours on a terminal only, aligned cells, wrapped text, progress."""

import os
import re
import shutil
import sys
import textwrap
from typing import List, Sequence, TextIO

WIDTH = 100
_ESCAPE = re.compile(r"\033\[[0-9;]*m")


class Paint:
    """Flow: paint = Paint(stream); paint.bold("x"). Returns the text as is when colour is off."""

    _CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

    def __init__(self, stream: TextIO = sys.stdout):
        self._enabled = stream.isatty() and "NO_COLOR" not in os.environ \
            and os.environ.get("TERM") != "dumb"

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._enabled and text else text

    def __getattr__(self, name: str):
        code = self._CODES[name]
        return lambda text: self._paint(code, text)


def visible_length(text: str) -> int:
    return len(_ESCAPE.sub("", text))


def pad(text: str, width: int) -> str:
    """To the left edge for a positive width, to the right edge for a negative one."""
    fill = " " * (abs(width) - visible_length(text))
    return text + fill if width > 0 else fill + text


def row(cells: Sequence[str], widths: Sequence[int], gap: str = "  ") -> str:
    return gap.join(pad(cell, width) for cell, width in zip(cells, widths)).rstrip()


def shorten(text: str, width: int) -> str:
    return text if len(text) <= width else text[:width - 1].rstrip() + "…"


def wrap(text: str, indent: str, first: str = "") -> List[str]:
    """Lines of at most WIDTH columns; `first` (as wide as `indent`) opens the first one."""
    lines = textwrap.wrap(" ".join(text.split()), WIDTH - len(indent), break_on_hyphens=False)
    return [(first if number == 0 and first else indent) + line
            for number, line in enumerate(lines or [""])]


class Progress:
    """One line on stderr that says what goes on: rewritten on a terminal, else printed once per
    step."""

    def __init__(self, stream: TextIO = sys.stderr):
        self._stream = stream
        self._live = stream.isatty()

    def step(self, text: str) -> None:
        """A new step: stays visible in logs."""
        if self._live:
            self.update(text)
        else:
            print(text, file=self._stream, flush=True)

    def update(self, text: str) -> None:
        """How far the step is: terminals only."""
        if self._live:
            width = shutil.get_terminal_size((WIDTH, 24)).columns
            self._stream.write("\r\033[K" + shorten(text, width - 1))
            self._stream.flush()

    def done(self) -> None:
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()
