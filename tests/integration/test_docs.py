"""The documentation says what the program says of itself."""

import re
import subprocess

import pytest
import yaml

from support.locations import REPOSITORY, pgfold_binary

DOCS = REPOSITORY / "deploy" / "docs"


def test_the_configuration_reference_is_current():
    printed = subprocess.run([pgfold_binary(), "check", "--reference"], capture_output=True,
                             text=True, check=True, timeout=20).stdout
    current = (DOCS / "configuration.md").read_text()
    assert current == printed, "pgfold check --reference > deploy/docs/configuration.md"


def test_every_metric_is_described(proxy):
    exported = dict(re.findall(r"^# TYPE (\S+) (\S+)$", proxy.get("/metrics").decode(), re.M))
    rows = re.findall(r"^\| `(\w+)(?:\{[^}]*\})?` \| (\w+) \|", (DOCS / "metrics.md").read_text(),
                      re.M)
    assert len(rows) == len(dict(rows)), "a metric is described twice"
    missing = {n: k for n, k in exported.items() if dict(rows).get(n) != k}
    assert not missing, "deploy/docs/metrics.md lacks these"
    # Alert rules know them all.
    names = dict(re.findall(r'metric_name\{"(\w+)", metric_kind::(\w+)\}', (
        REPOSITORY / "proxy" / "telemetry" / "metric_names.hpp").read_text()))
    unknown = {n: k for n, k in exported.items() if names.get(n.removeprefix("pgfold_")) != k}
    assert not unknown, "proxy/telemetry/metric_names.hpp lacks these"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_examples_of_alerts_are_valid(tmp_path):
    """The blocks of YAML in alerts.md."""
    for block in re.findall(r"```yaml\n(.*?)```", (DOCS / "alerts.md").read_text(), re.S):
        assert yaml.safe_load(block)
        path = tmp_path / "pgfold.yaml"
        path.write_text(block)
        subprocess.run([pgfold_binary(), "check", "-c", path], check=True, timeout=20)
