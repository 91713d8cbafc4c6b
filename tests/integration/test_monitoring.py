"""What Grafana and Prometheus are given: valid, and about metrics that there are."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator, Set

import psycopg2
import pytest
import yaml

from support.pgfold import Pgfold

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "pgfold.rules.yml"
RULE_TESTS = DEPLOY / "prometheus" / "pgfold.rules.test.yml"
GRAFANA = DEPLOY / "grafana" / "pgfold.json"
METRIC = re.compile(r"(?<![\w:])(?:pgfold|process)_\w+")


def expressions(value: Any) -> Iterator[str]:
    """Every PromQL expression of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("expr", "query", "definition") and isinstance(inner, str):
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def named_in(document: Any) -> Set[str]:
    return {name for text in expressions(document) for name in METRIC.findall(text)}


@pytest.fixture(scope="module")
def metrics(pg, _binary, tmp_path_factory) -> Iterator[str]:
    """Of a pgfold that has had a query and has all that has metrics (Redis need not be there), so
    that every family has a sample."""
    process = Pgfold(tmp_path_factory.mktemp("metrics"), pg.endpoint.dsn(),
                     config={"cache": {"shared": "redis://127.0.0.1:1"}}).start()
    try:
        connection = psycopg2.connect(process.endpoint.dsn())
        connection.cursor().execute("SELECT 1")
        connection.close()
        yield process.get("/metrics").decode()
        process.stop()
    finally:
        process.kill()


def promtool(*arguments: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True,
                          check=False, **options)


@pytest.mark.parametrize("load,path", [(yaml.safe_load, RULES), (json.loads, GRAFANA)],
                         ids=["rules", "dashboard"])
def test_every_metric_exists(metrics, load, path):
    present = set(re.findall(r"^(\w+)(?:\{.*\})? \S+$", metrics, re.MULTILINE))
    named = named_in(load(path.read_text()))
    assert len(named) > 10
    assert named - present == set()


@pytest.mark.parametrize("path", [RULES, GRAFANA], ids=["rules", "dashboard"])
def test_every_label_value_exists(metrics, path):
    selected = re.findall(r'(pgfold_\w+)\{[^}]*?(\w+)=\\?"([a-z_0-9]+)\\?"', path.read_text())
    assert selected
    for name, label, value in selected:
        assert re.search(rf'^{name}\{{.*{label}="{value}"', metrics, re.MULTILINE), (name, label, value)


def test_the_rules_are_valid_and_do_what_they_say():
    checked = promtool("check", "rules", RULES)
    assert checked.returncode == 0, checked.stderr
    tested = promtool("test", "rules", RULE_TESTS)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_metrics_are_as_prometheus_wants_them(metrics):
    checked = promtool("check", "metrics", input=metrics)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_grafana_can_import_the_dashboard():
    dashboard = json.loads(GRAFANA.read_text())
    assert "id" not in dashboard and dashboard["uid"] == "pgfold"
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    shown = [panel for panel in panels if panel["type"] != "row"]
    for panel in shown:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"] and all(target["expr"] for target in panel["targets"])
    boxes = [panel["gridPos"] for panel in panels]
    for i, a in enumerate(boxes):
        assert a["x"] + a["w"] <= 24
        for b in boxes[i + 1:]:
            assert (a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or
                    a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]), (a, b)
