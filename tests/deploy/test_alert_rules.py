"""The rule file: read, tested and documented."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import ROOT, alert_groups, alerts, of_kind, tool

CASES = Path(__file__).parent / "rules"


@pytest.fixture
def workbench(tmp_path: Path) -> Path:
    """The groups as plain Prometheus reads them, with the unit tests beside them."""
    groups = yaml.safe_dump({"groups": alert_groups()}, allow_unicode=True)
    (tmp_path / "rules.yaml").write_text(groups, "utf-8")
    for case in CASES.glob("*.yaml"):
        shutil.copy(case, tmp_path)
    return tmp_path


def _promtool(workbench: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("promtool"), *arguments], cwd=workbench, capture_output=True, text=True, check=False
    )


def test_promtool_reads_the_rules(workbench: Path) -> None:
    verdict = _promtool(workbench, "check", "rules", "--lint-fatal", "rules.yaml")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert f"{len(alerts())} rules found" in verdict.stdout


def _leave(workbench: Path, case: str, alert: str | None = None) -> None:
    """Of the rules those that the case looks at, or one, and of its tests those of that one: each
    rule is evaluated every fifteen seconds of days."""
    file, rules = workbench / case, workbench / "rules.yaml"
    tests = yaml.safe_load(file.read_text("utf-8"))
    if alert is not None:
        tests["tests"] = [one for one in tests["tests"] if alert in _named(one)]
        file.write_text(yaml.safe_dump(tests, allow_unicode=True), "utf-8")
    wanted = {name for one in tests["tests"] for name in _named(one)} if alert is None else {alert}
    groups = yaml.safe_load(rules.read_text("utf-8"))
    for group in groups["groups"]:
        group["rules"] = [one for one in group["rules"] if one.get("alert", one) in [one, *wanted]]
    rules.write_text(yaml.safe_dump(groups, allow_unicode=True), "utf-8")


def _named(test: dict[str, Any]) -> set[str]:
    return {check["alertname"] for check in test["alert_rule_test"]}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.glob("*.yaml")))
def test_alerts_fire_when_they_should_and_only_then(workbench: Path, case: str) -> None:
    _leave(workbench, case)
    verdict = _promtool(workbench, "test", "rules", case)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_every_alert_is_seen_to_fire_and_to_keep_quiet() -> None:
    fires: set[str] = set()
    quiet: set[str] = set()
    for case in CASES.glob("*.yaml"):
        for test in yaml.safe_load(case.read_text("utf-8"))["tests"]:
            for check in test["alert_rule_test"]:
                (fires if check["exp_alerts"] else quiet).add(check["alertname"])
    assert fires == quiet == set(alerts())


def test_a_loosened_threshold_is_noticed(workbench: Path) -> None:
    rules = workbench / "rules.yaml"
    (alert,) = [name for name, rule in alerts().items() if "> 26 * 3600" in rule["expr"]]
    _leave(workbench, "authority.yaml", alert)
    assert _promtool(workbench, "test", "rules", "authority.yaml").returncode == 0
    text = rules.read_text("utf-8")
    assert text.count("> 26 * 3600") == 1
    rules.write_text(text.replace("> 26 * 3600", "> 50 * 3600"), "utf-8")
    assert _promtool(workbench, "test", "rules", "authority.yaml").returncode != 0


def test_every_alert_leads_to_its_page_of_the_runbook() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    anchors = {heading.lower() for heading in re.findall(r"^#+ (OpenJpki\w+)$", page, re.MULTILINE)}
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook_url"] == f"docs/operations.md#{name.lower()}"
        assert rule["labels"]["severity"] in {"warning", "critical"}
    assert anchors == {name.lower() for name in alerts()}


def test_the_address_of_the_runbook_is_set_in_one_place_and_leads_to_each_alert() -> None:
    base = of_kind("ConfigMap")["site"]["data"]["runbook"]
    assert base.startswith("https://")
    groups = of_kind("PrometheusRule")["openjpki"]["spec"]["groups"]
    shown = {
        rule["alert"]: rule["annotations"]["runbook_url"]
        for group in groups
        for rule in group["rules"]
    }
    assert shown == {name: f"{base}#{name.lower()}" for name in alerts()}


def test_a_ratio_or_a_quantile_wants_calls_enough_to_mean_something() -> None:
    for name, rule in alerts().items():
        expression = rule["expr"]
        counted = "_total{" in expression and " / " in " ".join(expression.split())
        if counted or "histogram_quantile" in expression:
            assert re.search(r"and\s+sum.*increase\(.*\)\s*>= \d+", expression, re.DOTALL), name
