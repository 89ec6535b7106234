"""The dashboard and the alert rules use metrics that /metrics has, and nothing else."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trendsite.api.metrics import Observed, TrendsiteCollector
from trendsite.queries.health import Viewers, assess
from trendsite.queries.pipeline_status import REDIS_AWAY

GRAFANA = Path(__file__).resolve().parents[2] / "docker" / "grafana"
OF_PROMETHEUS = {"up"}
NAME = re.compile(r"\b(?:trendsite_\w+|up)\b(?=[{\s\[),=]|$)")


def names_in_metrics() -> set[str]:
    now = datetime.now(UTC)
    health = assess(REDIS_AWAY, [], Viewers(), now)
    names = set()
    for family in TrendsiteCollector(Observed(REDIS_AWAY, health, None, {}, now)).collect():
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
        names |= {family.name + end for end in ends}
    return names


def dashboard_queries() -> list[str]:
    dashboard = json.loads((GRAFANA / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    chosen = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return queries + [variable["query"] for variable in chosen]


def rules() -> list[str]:
    return re.findall(r"^ +expr: (.*)$", (GRAFANA / "alerts.yaml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("queries", [dashboard_queries(), rules()], ids=["dashboard", "alerts"])
def test_every_metric_that_is_used_exists(queries):
    assert len(queries) > 8
    used = {name for query in queries for name in NAME.findall(query)}
    assert used - OF_PROMETHEUS <= names_in_metrics()
    assert all(NAME.search(query) for query in queries)


def test_every_metric_is_documented():
    documented = set(re.findall(r"`(trendsite_\w+)`", (GRAFANA.parents[1] / "docs" / "monitoring.md").read_text()))
    exposed = {re.sub(r"_(bucket|count|sum)$", "", name) for name in names_in_metrics()}
    assert documented == exposed


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: apt install prometheus)")
@pytest.mark.parametrize(
    "command",
    [
        ("check", "config", str(GRAFANA / "prometheus.yaml")),
        ("test", "rules", str(Path(__file__).with_name("alerts_test.yaml"))),
    ],
    ids=["configuration", "alerts"],
)
def test_prometheus_accepts_its_configuration_and_the_alerts_come_when_they_should(command):
    checked = subprocess.run(["promtool", *command], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
