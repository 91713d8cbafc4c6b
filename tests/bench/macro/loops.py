"""The demo's N+1 loops over links of several lengths, directly and through pgfold."""

from typing import Any, Dict, List

from console import Paint, Progress
from demo.comparison import compare
from demo.report import Report
from demo.shop import Shop

ROUND_TRIPS_MS = [0.0, 1.0, 5.0]


def measure(rounds: int, progress: Progress) -> Dict[str, Any]:
    """{"lines": the table, "loops": …}"""
    with Shop(ROUND_TRIPS_MS) as shop:
        progress.step("starting the demo database for the N+1 loops")
        shop.start_postgres()
        shop.start_links()
        outcomes = compare(shop, rounds, progress)
        progress.done()
        return {
            "lines": Report(shop.links, Paint()).table(outcomes),
            "loops": [{
                "loop": outcome.loop.title, "client": outcome.loop.client,
                "statements_sent": outcome.sent, "statements_reached": outcome.reached,
                "round_trips_saved": outcome.round_trips_saved,
                "answers_equal": outcome.equal,
                "classes": sorted({finding["class"] for finding in outcome.findings}),
                "ms": [{"round_trip_ms": round_trip, "way": way, "samples": samples}
                       for (round_trip, way), samples in sorted(outcome.samples.items())],
            } for outcome in outcomes],
        }
