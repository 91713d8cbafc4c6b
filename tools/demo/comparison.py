"""Runs every loop directly and through pgfold, over every link, and measures."""

import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from demo.clients import Connection, CountingCursor, connect
from demo.loops import FIRST_USE, LOOPS, Loop
from demo.shop import Shop
from console import Progress
from support.waiting import wait_until

DIRECT, PGFOLD = "direct", "pgfold"


@dataclass
class Outcome:
    """What was seen of one loop."""

    loop: Loop
    sent: int = 0
    reached: int = 0
    round_trips_saved: int = 0
    equal: bool = True  # every answer through pgfold was the direct one
    findings: List[Dict[str, Any]] = field(default_factory=list)
    samples: Dict[Tuple[float, str], List[float]] = field(default_factory=dict)  # ms

    def median_ms(self, round_trip_ms: float, way: str) -> float:
        return statistics.median(self.samples[round_trip_ms, way])


def compare(shop: Shop, rounds: int, progress: Progress) -> List[Outcome]:
    outcomes = [Outcome(loop) for loop in LOOPS]
    progress.step(f"running {len(LOOPS)} loops through pgfold, counting what reaches PostgreSQL")
    for outcome in outcomes:
        progress.update(f"counting: {outcome.loop.title}")
        _count_and_find(shop, outcome)
    progress.step(f"timing them over {len(shop.links)} links, directly and through pgfold, "
                  f"{rounds} rounds")
    for link in shop.links:
        with ExitStack() as stack:
            ways = {way: {client: stack.enter_context(connect(client, shop.parameters(port)))
                          for client in dict.fromkeys(loop.client for loop in LOOPS)}
                    for way, port in ((DIRECT, link.direct_port), (PGFOLD, link.pgfold_port))}
            _warm_up(ways)
            for number in range(rounds):
                for outcome in outcomes:
                    progress.update(f"timing over the {link.title}, round {number + 1} of {rounds}: "
                                    f"{outcome.loop.title}")
                    _time(outcome, link.round_trip_ms, ways)
    return outcomes


def _key(finding: Dict[str, Any]) -> Tuple[Any, ...]:
    parent = finding.get("parent") or {}
    return (finding["class"], finding["query"], parent.get("query"), finding["database"],
            str(finding.get("tags")))


def _count_and_find(shop: Shop, outcome: Outcome) -> None:
    loop = outcome.loop
    with connect(loop.client, shop.parameters(shop.postgres.port)) as run:
        expected = run(loop)
    known = {_key(finding): finding["lookups"] for finding in shop.findings()}
    with connect(loop.client, shop.parameters(shop.pgfold.port)) as run:
        run(FIRST_USE[loop.client])  # what ORMs ask on connecting is not the loop's
        sent, reached = CountingCursor.executed, shop.statements_executed()
        saved = shop.round_trips_saved()
        outcome.equal = run(loop) == expected
        outcome.sent = CountingCursor.executed - sent
        outcome.round_trips_saved = shop.round_trips_saved() - saved
        outcome.reached = shop.statements_executed() - reached
    # A loop is reported while it runs; its numbers are final once the connection has ended.
    wait_until(lambda: shop.connections() == 0, "pgfold to see the end of a connection")
    # In nested loops the outer one runs less often: it comes first.
    outcome.findings = sorted((finding for finding in shop.findings()
                               if finding["lookups"] > known.get(_key(finding), 0)),
                              key=lambda finding: finding["lookups"])


def _warm_up(ways: Dict[str, Dict[str, Connection]]) -> None:
    for clients in ways.values():
        for client, run in clients.items():
            run(FIRST_USE[client])


def _time(outcome: Outcome, round_trip_ms: float, ways: Dict[str, Dict[str, Connection]]) -> None:
    answers = {}
    for way in random.sample(list(ways), len(ways)):  # neither is always the first
        run = ways[way][outcome.loop.client]
        start = time.perf_counter()
        answers[way] = run(outcome.loop)
        elapsed_ms = (time.perf_counter() - start) * 1000
        outcome.samples.setdefault((round_trip_ms, way), []).append(elapsed_ms)
    outcome.equal &= answers[DIRECT] == answers[PGFOLD]
