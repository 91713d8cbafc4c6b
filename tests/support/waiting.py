"""Polling with a deadline: the only way in which tests wait for something."""

import time
from typing import Callable, TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 30.0


def wait_until(condition: Callable[[], T], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """Returns the first true result of `condition`; fails naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
