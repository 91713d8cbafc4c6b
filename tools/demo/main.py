"""tools/quickstart without DATABASE_URL: the demo on a throwaway PostgreSQL."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any, List, Optional, Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tools"), str(REPOSITORY / "tools" / "lib"),
                str(REPOSITORY / "tests")]

from console import WIDTH, Paint, Progress  # noqa: E402  (needs the path)
from demo.comparison import Outcome, compare  # noqa: E402
from demo.report import Report  # noqa: E402
from demo.shop import Shop  # noqa: E402


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/quickstart")
    parser.add_argument("--once", action="store_true", help="exit after the comparison")
    parser.add_argument("--rounds", type=int, default=3, help="how often each loop is timed")
    parser.add_argument("--links", type=str, default="0,1,5",
                        help="round trips in milliseconds; 0 (loopback) is always among them")
    options = parser.parse_args(arguments)
    try:
        options.links = sorted({0.0, *(float(part) for part in options.links.split(","))})
    except ValueError:
        parser.error("--links takes numbers, as in 0,1,5")
    if options.rounds < 1 or options.links[0] < 0 or len(options.links) > 3:
        parser.error("at least one round, and at most three links, none of them negative")
    return options


class Interrupted(BaseException):
    """A signal asked to stop: everything that was started ends on the way out."""


def _stop_on_signals() -> None:
    def stop(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _print_report(shop: Shop, outcomes: List[Outcome], paint: Paint) -> None:
    report = Report(shop.links, paint)
    print()
    print("\n".join(report.table(outcomes)))
    print()
    print("\n".join(report.notes(outcomes)))
    print()
    print(paint.bold("What pgfold found"))
    print("\n".join(report.findings(outcomes)))


def _print_addresses(shop: Shop, paint: Paint) -> None:
    print()
    print(paint.dim("─" * WIDTH))
    print(f"pgfold serves the demo database. Point any client at it:\n\n"
          f"    {paint.bold(f'psql {shop.url}')}\n\n"
          f"  findings   {shop.pgfold.admin_url}/api/v1/findings\n"
          f"  metrics    {shop.pgfold.admin_url}/metrics\n\n"
          f"With a database of your own: {paint.bold('DATABASE_URL=… tools/quickstart')}\n"
          f"Ctrl-C ends pgfold and removes the throwaway PostgreSQL.", flush=True)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    paint, progress = Paint(), Progress()
    _stop_on_signals()
    try:
        with Shop(options.links) as shop:
            progress.step("starting a throwaway PostgreSQL 15 with the demo schema")
            shop.start_postgres()
            progress.step("starting pgfold")
            shop.start_links()
            outcomes = compare(shop, options.rounds, progress)
            progress.done()
            _print_report(shop, outcomes, paint)
            if not options.once:
                _print_addresses(shop, paint)
                signal.pause()
            return 0 if all(outcome.equal for outcome in outcomes) else 1
    except Interrupted:
        return 0
    except AssertionError as failure:  # a process did not start; it says what it said
        progress.done()
        print(f"quickstart: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
