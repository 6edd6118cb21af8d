"""The Grafana dashboard: sound JSON, and every query speaks of a metric that the services have."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase

from openjpki.telemetry import metrics as catalogue
from tests.deploy.manifests import MONITORING, alerts, of_kind
from tests.deploy.promql import family, grouping, selections

DASHBOARD: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]


# Family -> labels, as the services declare them, and what Prometheus itself adds.
DECLARED = {
    metric._name: set(metric._labelnames)
    for metric in vars(catalogue).values()
    if isinstance(metric, MetricWrapperBase)
} | {"up": set()}
TARGET_LABELS = {"job", "instance"}


def test_there_is_something_to_look_at() -> None:
    assert len(PANELS) >= 12


@pytest.mark.parametrize("query", [*QUERIES, *(rule["expr"] for rule in alerts().values())])
def test_every_query_parses_and_speaks_of_declared_metrics(query: str) -> None:
    selected = selections(query)
    assert selected
    for metric, labels in selected:
        declared = DECLARED[family(metric)] | TARGET_LABELS | {"le"}
        assert labels | grouping(query) <= declared, metric


def test_a_query_that_is_wrong_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown variable"):
        selections("up{job=~'$nowhere'}")
    with pytest.raises(ValueError):  # noqa: PT011 -- the parser's own words
        selections("sum by (job (up)")


def test_every_alert_has_its_curve() -> None:
    """Whoever is woken by an alert finds what it is about on the dashboard."""
    shown = {family(metric) for query in QUERIES for metric, _ in selections(query)}
    for name, rule in alerts().items():
        assert {family(metric) for metric, _ in selections(rule["expr"])} <= shown, name


def test_every_metric_of_the_services_is_on_the_dashboard() -> None:
    shown = {family(metric) for query in QUERIES for metric, _ in selections(query)}
    assert set(DECLARED) - shown == {"openjpki_build_info"}


def test_panels_are_told_apart_and_explain_themselves() -> None:
    identities = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(identities)) == len(identities)
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references) > 0


def test_panels_fit_the_grid_and_do_not_overlap() -> None:
    boxes = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    for box in boxes:
        assert box["x"] + box["w"] <= 24
    for one, other in combinations(boxes, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_the_source_is_chosen_by_the_reader() -> None:
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    for panel in PANELS:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}


def test_grafana_finds_the_dashboard_in_the_cluster() -> None:
    config = of_kind("ConfigMap")["openjpki-dashboard"]
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["openjpki.json"]) == DASHBOARD
