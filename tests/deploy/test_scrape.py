"""A real Prometheus scrapes the four services and finds what alerts and dashboards are built on."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import yaml
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import Ports
from tests.deploy.manifests import alert_groups, alerts, tool
from tests.deploy.promql import selectors
from tests.support.ocsp_asking import ask_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.installation import RunningInstallation

SERVICES = {"registration", "ca", "ocsp", "bridge"}
DAY = 24 * 3600


class Prometheus:
    """A server with the installation's four targets and the rule file."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def api(self, path: str, **parameters: str) -> Any:
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series, now."""
        found = self.api("query", query=expression)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def one(self, expression: str) -> float:
        ((_, value),) = self.query(expression)
        return value


Found = TypeVar("Found")


def _until(condition: Callable[[], Found | None], seconds: float = 90.0) -> Found:
    end = time.monotonic() + seconds
    while True:
        try:
            if found := condition():
                return found
        except (urllib.error.URLError, ConnectionError):
            pass
        assert time.monotonic() < end, "not so in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def prometheus(
    installation: RunningInstallation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    folder: Path = tmp_path_factory.mktemp("prometheus")
    _some_traffic(installation)
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": alert_groups()}), "utf-8")
    jobs = [
        {
            "job_name": service.value,
            "static_configs": [{"targets": [f"127.0.0.1:{ports.metrics}"]}],
        }
        for service, ports in installation.installation.ports.items()
    ]
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration), "utf-8")
    port = Ports.free().http
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                tool("prometheus"), "--config.file=prometheus.yaml", "--storage.tsdb.path=data",
                f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        scraping = Prometheus(port)
        _until(lambda: len(scraping.query("up == 1")) == len(SERVICES))
        yield scraping
    finally:
        process.terminate()
        process.wait(60)


def _some_traffic(installation: RunningInstallation) -> None:
    """One issued, one revoked, a few questions, one refusal."""
    issued, revoked = installation.issue(), installation.issue()
    installation.revoke(revoked)
    ask_until(installation.http(), issued, ocsp.OCSPCertStatus.GOOD)
    ask_until(installation.http(), revoked, ocsp.OCSPCertStatus.REVOKED)
    with installation.channel(PeerRole.OCSP, PeerRole.VERIFIER, "tax-office") as channel:
        status = StatusServiceStub(channel)
        for _ in range(5):
            status.Check(ocsp_pb2.CheckRequest(authority_id="signing-13", serial=issued.serial))
        with pytest.raises(OpenJpkiError):
            status.Check(ocsp_pb2.CheckRequest(authority_id="signing-01", serial=issued.serial))


def test_every_service_is_scraped_and_says_what_it_is(prometheus: Prometheus) -> None:
    targets = prometheus.api("targets")["activeTargets"]
    assert {one["labels"]["job"]: one["health"] for one in targets} == dict.fromkeys(SERVICES, "up")
    built = {labels["service"] for labels, value in prometheus.query("openjpki_build_info == 1")}
    assert built == SERVICES


def test_rate_errors_and_duration_of_calls(prometheus: Prometheus) -> None:
    checks = '{job="ocsp",method="Check"}'
    assert prometheus.one(f"sum(openjpki_rpc_started_total{checks})") >= 6

    def by_code_and_count() -> tuple[dict[str, float], float] | None:
        """Two questions, between which another scrape may come."""
        handled = prometheus.query(f"sum by (code) (openjpki_rpc_handled_total{checks})")
        by_code = {labels["code"]: value for labels, value in handled}
        count = prometheus.one(f"sum(openjpki_rpc_duration_seconds_count{checks})")
        return (by_code, count) if count == sum(by_code.values()) else None

    by_code, count = _until(by_code_and_count)
    assert by_code["OK"] >= 5
    assert sum(value for code, value in by_code.items() if code != "OK") >= 1
    mean = prometheus.one(f"sum(openjpki_rpc_duration_seconds_sum{checks})") / count
    assert 0 < mean < 5
    for job, method in (("registration", "DecideApplication"), ("ca", "IssueCertificate")):
        handled = f'openjpki_rpc_handled_total{{job="{job}",method="{method}",code="OK"}}'
        assert prometheus.one(f"sum({handled})") >= 2


def test_signing_issuing_and_revoking(prometheus: Prometheus) -> None:
    requests = prometheus.one('sum(openjpki_signing_duration_seconds_count{job="ca"})')
    signed = prometheus.one('sum(openjpki_signatures_total{job="ca",outcome="ok"})')
    assert signed >= 2
    assert prometheus.query('openjpki_signatures_total{outcome="error"} > 0') == []
    assert 0 < requests <= signed
    assert prometheus.one('sum(openjpki_certificates_issued_total{authority="signing-13"})') >= 2
    assert prometheus.one('sum(openjpki_revocations_total{authority="signing-13"})') >= 1
    pending = {
        labels["authority"]: value
        for labels, value in prometheus.query("openjpki_issuance_intents_pending")
    }
    assert pending == {"signing-13": 0, "signing-27": 0, "bridge": 0}
    answered = {
        labels["status"]
        for labels, _ in prometheus.query("sum by (status) (openjpki_ocsp_responses_total > 0)")
    }
    assert {"good", "revoked"} <= answered


def test_every_task_of_the_services_is_done(prometheus: Prometheus) -> None:
    def lately() -> set[tuple[str, str]]:
        ages = prometheus.query("time() - openjpki_task_last_success_timestamp_seconds")
        return {(labels["job"], labels["task"]) for labels, age in ages if 0 <= age < 90}

    tasks = {
        ("registration", "count_applications"),
        ("registration", "complete_approvals"),
        ("registration", "count_notices"),
        ("registration", "settle_notices"),
        ("registration", "end_applications"),
        ("registration", "forget_answers"),
        ("registration", "keep_journal"),
        ("ca", "finish_intents"),
        ("ca", "keep_leases"),
        ("ca", "take_up_leases"),
        ("ca", "publish_lists"),
        ("ca", "publish_deltas"),
        ("ca", "publish_changes"),
        ("ca", "forget_answers"),
        ("ca", "forget_events"),
        ("ca", "read_feeds"),
        ("ca", "keep_journal"),
        ("ocsp", "read_registry"),
        ("ocsp", "end_agreements"),
        ("ocsp", "seal_usage"),
        ("ocsp", "close_usage"),
        ("ocsp", "write_usage"),
        ("ocsp", "check_usage"),
        ("ocsp", "say_usage_kept"),
        ("ocsp", "settle_usage"),
        ("ocsp", "lease_quotas"),
        ("ocsp", "end_proposals"),
        ("ocsp", "count_reported"),
        ("ocsp", "read_authorities"),
        ("ocsp", "keep_responders"),
        ("ocsp", "say_ready"),
        ("ocsp", "watch_feed"),
        ("ocsp", "forget_ended"),
        ("ocsp", "keep_journal"),
        *(
            (service, task)
            for service in ("registration", "ca", "ocsp", "bridge")
            for task in (
                "read_deny_list",
                "end_late_calls",
                "end_denied_streams",
                "let_addresses_in",
                "end_late_probes",
                "let_probes_in",
                "ask_itself",
            )
        ),
        ("bridge", "keep_leases"),
        ("bridge", "take_up_leases"),
        ("bridge", "finish_exchanges"),
        ("bridge", "finish_revocations"),
        ("bridge", "keep_officers"),
        ("ca", "keep_officers"),
        ("registration", "keep_officers"),
        ("ca", "keep_responder_keys"),
        ("ca", "end_proposals"),
        ("bridge", "measure_ends"),
        ("ca", "measure_ends"),
        ("bridge", "publish_list"),
        ("bridge", "refresh_authorities"),
        ("bridge", "dispose_lists"),
        ("bridge", "forget_answers"),
        ("bridge", "keep_journal"),
    }
    with suppress(AssertionError):
        _until(lambda: lately() == tasks)
    assert lately() == tasks


def test_nobody_waits_at_the_windows(prometheus: Prometheus) -> None:
    for name in ("waiting", "oldest_waiting_seconds"):
        found = prometheus.query(f"openjpki_applications_{name}")
        assert {labels["step"]: value for labels, value in found} == {
            "decision": 0,
            "certificate": 0,
        }


def test_feed_lag_and_position(prometheus: Prometheus) -> None:
    for authority in ("signing-13", "signing-27"):
        assert 0 <= prometheus.one(f'openjpki_feed_lag_seconds{{authority="{authority}"}}') < 30
    # Two certificates and a revocation at least.
    assert prometheus.one('openjpki_feed_sequence{job="ocsp",authority="signing-13"}') >= 3


def test_age_and_end_of_revocation_lists(prometheus: Prometheus) -> None:
    for authority in ("signing-13", "signing-27"):
        series = f'{{job="ca",authority="{authority}"}}'
        assert (
            0
            <= _until(partial(prometheus.query, f"openjpki_crl_oldest_age_seconds{series}"))[0][1]
            < DAY
        )
        left = prometheus.one(f"openjpki_crl_next_update_timestamp_seconds{series} - time()")
        assert DAY < left <= 2 * DAY
    ends = prometheus.query("openjpki_mesh_certificate_expiry_timestamp_seconds - time()")
    assert len(ends) == len(SERVICES)
    assert all(value > 0 for _, value in ends)


def test_what_ends_is_known(prometheus: Prometheus) -> None:
    """Authorities, what their keys certify, responders, and the mesh's own authority."""
    ends = "openjpki_authority_certificate_expiry_timestamp_seconds"
    left = {
        (labels["job"], labels["authority"], labels["generation"]): value
        for labels, value in _until(lambda: _at_least(prometheus, f"{ends} - time()", 3))
    }
    assert set(left) == {
        ("ca", "signing-13", "1"), ("ca", "signing-27", "1"), ("bridge", "bridge", "1"),
    }  # fmt: skip
    issues = prometheus.query("openjpki_authority_issues_until_timestamp_seconds - time()")
    for labels, value in issues:
        # A user's certificate, of three years, must end before its authority's.
        assert 0 < value <= left["ca", labels["authority"], "1"] - 3 * 365 * DAY
    assert {labels["authority"] for labels, _ in issues} == {"signing-13", "signing-27"}
    responders = prometheus.query(
        "openjpki_responder_certificate_expiry_timestamp_seconds - time() > 0"
    )
    assert {labels["authority"] for labels, _ in responders} == {"signing-13", "signing-27"}
    meshes = prometheus.query("openjpki_mesh_authority_expiry_timestamp_seconds - time() > 0")
    assert {labels["job"] for labels, _ in meshes} == SERVICES


def test_room_left_is_known(prometheus: Prometheus) -> None:
    limits = prometheus.query("openjpki_database_connections_limit")
    assert {(labels["job"], labels["database"]) for labels, _ in limits} == {
        ("registration", "registration"),
        ("registration", "resident_register"),
        *((name, name) for name in ("ca", "ocsp", "bridge")),
    }
    fuller = "openjpki_database_connections > openjpki_database_connections_limit"
    assert prometheus.query(fuller) == []
    disks = prometheus.query("openjpki_disk_free_octets < openjpki_disk_size_octets")
    assert {(labels["job"], labels["of"]) for labels, _ in disks} == {
        *((labels["job"], labels["database"]) for labels, _ in limits),
        *((name, "keys") for name in ("ca", "ocsp", "bridge")),
    }
    for name in ("openjpki_signing_under_way", "openjpki_ocsp_responses_waiting"):
        waiting = f'{name}{{job!="registration"}}'
        # A service signs by itself too, lists for example.
        _until(partial(_all_zero, prometheus, waiting))


def _all_zero(prometheus: Prometheus, expression: str) -> bool:
    return all(value == 0 for _, value in prometheus.query(expression))


def _at_least(
    prometheus: Prometheus, expression: str, number: int
) -> list[tuple[dict[str, str], float]]:
    found = prometheus.query(expression)
    return found if len(found) >= number else []


def test_the_rules_are_loaded_and_nothing_fires(prometheus: Prometheus) -> None:
    groups = prometheus.api("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    _until(lambda: all(one["health"] == "ok" for one in _rules(prometheus)))
    assert [one["name"] for one in _rules(prometheus) if one["state"] == "firing"] == []


_NOT_THERE_YET = {
    # Five of them at least are asked for, so the first is no matter.
    'openjpki_rpc_handled_total{code=~"INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED|DATA_LOSS"}',
    # The expression counts a series that was not there before.
    "openjpki_rows_left_out_total{}",
    # A number, not what it grew by; it is there once paths were built for the first time.
    "openjpki_pool_unreadable_elements{}",
    # A moment, which is compared with now.
    "openjpki_feed_position_ahead_timestamp_seconds{}",
}
"""Series that a sound installation does not have, and why their alert is told all the same."""


def test_every_series_that_an_alert_speaks_of_is_there_before_anything_is_wrong(
    prometheus: Prometheus,
) -> None:
    """An alert on the increase of a series that begins with the fault would miss the fault, and one
    on labels that are never given would miss all."""
    asked = {one for rule in alerts().values() for one in selectors(rule["expr"])}
    assert asked > _NOT_THERE_YET
    absent = asked - _NOT_THERE_YET

    def all_there() -> bool:
        # Jobs are called as the services here, not as the ServiceMonitor makes them.
        there = {one for one in absent if prometheus.query(one.replace("openjpki-", ""))}
        absent.difference_update(there)
        return not absent

    with suppress(AssertionError):
        _until(all_there)
    assert absent == set()


def _rules(prometheus: Prometheus) -> list[dict[str, Any]]:
    return [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
