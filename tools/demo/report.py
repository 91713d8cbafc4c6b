"""The demo's face: one table of what the loops cost, then what pgfold found."""

import re
from typing import Any, Dict, List, Optional

from console import WIDTH, Paint, pad, row, shorten, visible_length, wrap
from demo.comparison import DIRECT, PGFOLD, Outcome
from demo.shop import Link

_CLASS_WORDS = {"n_plus_one": "N+1", "suspected": "suspected", "duplicate": "duplicate",
                "write_loop": "writes"}
_GAP = " "
_TITLE_WIDTH = 25
_COUNT_WIDTHS = [-4, -7]
_SAVED_WIDTH = -5
_TIME_WIDTH = -6


def _milliseconds(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _first_table(query: str) -> str:
    match = re.search(r"\bFROM\s+(?:ONLY\s+)?(\"[^\"]+\"|[\w.]+)", query, re.IGNORECASE)
    return match.group(1).strip('"') if match else "?"


def flow(finding: Dict[str, Any]) -> str:
    """organization.id → employee by organization_id"""
    tables = finding.get("tables") or []
    child = tables[0] if tables else _first_table(finding["query"])
    columns = finding.get("key_columns")
    if columns:
        child += " by " + ", ".join(columns)
    parent = finding.get("parent")
    if not parent:
        return child
    return f"{_first_table(parent['query'])}.{', '.join(parent['columns'])} → {child}"


class Report:
    """Flow: table(outcomes) and findings(outcomes) return lines."""

    def __init__(self, links: List[Link], paint: Paint):
        self._links = links
        self._paint = paint
        self._widths = [_TITLE_WIDTH, *_COUNT_WIDTHS, _SAVED_WIDTH,
                        *[_TIME_WIDTH] * (2 * len(links)), _SAVED_WIDTH, 10]

    def table(self, outcomes: List[Outcome]) -> List[str]:
        paint = self._paint
        rule = paint.dim("─" * WIDTH)
        lines = [*self._header(), rule]
        for outcome in outcomes:
            lines += self._loop_lines(outcome)
        lines += [rule, self._total(outcomes)]
        return lines

    def _header(self) -> List[str]:
        pair = abs(_TIME_WIDTH) * 2 + len(_GAP)
        groups = [" " * _TITLE_WIDTH,
                  pad("statements", -(sum(map(abs, _COUNT_WIDTHS)) + len(_GAP))),
                  pad("trips", _SAVED_WIDTH)]
        groups += [pad(f"{link.title}, ms", -pair) for link in self._links]
        groups.append(pad("time", _SAVED_WIDTH))
        names = ["loop", "sent", "reached", "saved", *[DIRECT, PGFOLD] * len(self._links), "saved",
                 "found"]
        return [self._paint.dim(_GAP.join(groups)),
                row([self._paint.bold(name) for name in names], self._widths, _GAP)]

    def _times(self, outcomes: List[Outcome]) -> List[str]:
        """The last one: the share of the longest link's time that is saved."""
        cells, saved = [], ""
        for link in self._links:
            direct, through = (sum(outcome.median_ms(link.round_trip_ms, way)
                                   for outcome in outcomes) for way in (DIRECT, PGFOLD))
            text = _milliseconds(through)
            faster = through < 0.9 * direct
            cells += [_milliseconds(direct), self._paint.green(text) if faster else text]
            saved = self._paint.green(f"{1 - through / direct:.0%}") if faster else "-"
        return [*cells, saved]

    def _counts(self, sent: int, reached: int, saved: int) -> List[str]:
        text = str(reached)
        return [str(sent), self._paint.green(text) if reached < sent else text,
                self._paint.green(str(saved)) if saved else "-"]

    def _loop_lines(self, outcome: Outcome) -> List[str]:
        paint, loop = self._paint, outcome.loop
        classes = list(dict.fromkeys(finding["class"] for finding in outcome.findings))
        found = ", ".join(_CLASS_WORDS.get(name, name) for name in classes)
        found = paint.yellow(found) if found else paint.dim("none")
        if not outcome.equal:
            found = paint.red("DIFFERENT")
        lines = [row([paint.bold(shorten(loop.title, _TITLE_WIDTH)),
                      *self._counts(outcome.sent, outcome.reached, outcome.round_trips_saved),
                      *self._times([outcome]), found], self._widths, _GAP)]
        details = " · ".join([f"{loop.client}, {loop.comment}",
                              *(flow(finding) for finding in outcome.findings)])
        lines.append(paint.dim("  " + shorten(details, WIDTH - 2)))
        return lines

    def _total(self, outcomes: List[Outcome]) -> str:
        return row(["all of them",
                    *self._counts(*(sum(getattr(outcome, name) for outcome in outcomes)
                                    for name in ("sent", "reached", "round_trips_saved"))),
                    *self._times(outcomes)], self._widths, _GAP)

    def notes(self, outcomes: List[Outcome]) -> List[str]:
        """What the numbers mean, derived from them."""
        lines = []
        sent = sum(outcome.sent for outcome in outcomes)
        saved = sum(outcome.round_trips_saved for outcome in outcomes)
        if saved:
            lines += wrap(f"Run for the first time, the loops sent {sent} statements. For {saved} of "
                          "them the answer was there already, fetched ahead with the others of "
                          f"their loop: the application waited for {sent - saved} round trips. The "
                          "times are medians of later runs too.", "")
        if all(outcome.equal for outcome in outcomes):
            lines += wrap("Every answer through pgfold was compared with the direct one: all equal.",
                          "")
        return lines

    def findings(self, outcomes: List[Outcome]) -> List[str]:
        lines: List[str] = []
        for outcome in outcomes:
            for finding in outcome.findings:
                lines += ["", *self._finding_lines(outcome, finding)]
        return lines or ["", "nothing"]

    def _finding_lines(self, outcome: Outcome, finding: Dict[str, Any]) -> List[str]:
        paint = self._paint
        name = _CLASS_WORDS.get(finding["class"], finding["class"])
        head = f"{paint.yellow(name)}  {paint.bold(flow(finding))}"
        cost = f"{finding['lookups']} statements, {finding['total_ms']:.1f} ms"
        gap = WIDTH - visible_length(head) - len(cost)
        lines = [head + " " * gap + paint.dim(cost)]
        if gap < 2:  # no room on the same line
            lines = [head, pad(paint.dim(cost), -WIDTH)]
        lines += self._part("in", f"{outcome.loop.title} ({outcome.loop.client})")
        parent = finding.get("parent")
        if parent:
            lines += self._part("for each of", parent["query"])
            lines += self._part("it ran", finding["query"])
        else:
            lines += self._part("ran", finding["query"])
        suggestion: Optional[Dict[str, Any]] = finding.get("suggestion")
        if suggestion:
            if suggestion.get("batched_query"):
                lines += self._part("once", suggestion["batched_query"], paint.green)
            if suggestion.get("text"):
                lines += self._part("fix", suggestion["text"], paint.cyan)
        return lines

    def _part(self, label: str, text: str, colour: Any = str) -> List[str]:
        wrapped = wrap(text, " " * 15)
        return ["  " + pad(self._paint.dim(label), 13) + colour(wrapped[0].strip()),
                *(" " * 15 + colour(line.strip()) for line in wrapped[1:])]
