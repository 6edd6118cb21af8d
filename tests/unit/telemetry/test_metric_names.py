"""Metrics: their names are a contract with the alerts and the dashboard."""

from __future__ import annotations

import urllib.request

import pytest
from prometheus_client import Counter, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from openjpki.telemetry.exporter import serve_metrics
from openjpki.telemetry.metrics import REGISTRY, set_build_info
from openjpki.telemetry.rpc_metrics import MethodMetrics

NAMES = {
    "openjpki_rpc_started_total": {"service", "method"},
    "openjpki_rpc_handled_total": {"service", "method", "code"},
    "openjpki_rpc_duration_seconds": {"service", "method"},
    "openjpki_rpc_in_use": {"what"},
    "openjpki_rpc_no_room_total": {"kind", "whose"},
    "openjpki_rpc_oversized_headers_total": set(),
    "openjpki_rpc_connections_ended_total": {"why"},
    "openjpki_signatures_total": {"key", "outcome"},
    "openjpki_signing_duration_seconds": set(),
    "openjpki_signing_under_way": set(),
    "openjpki_lanes_measured_seconds": {"signatures"},
    "openjpki_lanes_smallest_group": set(),
    "openjpki_lanes_wait_seconds": set(),
    "openjpki_leases_free": set(),
    "openjpki_leases_held": set(),
    "openjpki_leases_lost_total": {"authority"},
    "openjpki_leases_taken_total": {"authority"},
    "openjpki_feed_lag_seconds": {"authority"},
    "openjpki_denied_credentials": set(),
    "openjpki_deny_list_read_timestamp_seconds": set(),
    "openjpki_agreements_taken_over": set(),
    "openjpki_feed_sequence": {"authority"},
    "openjpki_feed_differs_total": {"authority"},
    "openjpki_revocations_kept_total": {"authority"},
    "openjpki_revocations_taken_back_total": {"authority"},
    "openjpki_feed_position_ahead_timestamp_seconds": {"authority"},
    "openjpki_status_max_staleness_seconds": {"authority"},
    "openjpki_clock_timestamp_seconds": set(),
    "openjpki_crl_oldest_age_seconds": {"authority"},
    "openjpki_crl_newest_age_seconds": {"authority"},
    "openjpki_crl_next_update_timestamp_seconds": {"authority"},
    "openjpki_issuance_intents_pending": {"authority"},
    "openjpki_certificates_issued_total": {"authority", "kind"},
    "openjpki_issue_limit_refusals_total": {"whose", "authority", "period"},
    "openjpki_revocations_total": {"authority", "reason"},
    "openjpki_listens_to_instances": set(),
    "openjpki_snapshots_too_large_total": {"authority"},
    "openjpki_index_file_as_of_timestamp_seconds": {"authority"},
    "openjpki_index_file_read_seconds": {"authority"},
    "openjpki_index_files_refused_total": {"authority"},
    "openjpki_ocsp_responses_total": {"status", "via"},
    "openjpki_ocsp_duration_seconds": {"via"},
    "openjpki_ocsp_connections_ended_total": {"why"},
    "openjpki_ocsp_http_refused_total": {"status"},
    "openjpki_lists_http_total": {"status"},
    "openjpki_ocsp_quota_refused_total": {"unit"},
    "openjpki_usage_open_since_timestamp_seconds": set(),
    "openjpki_ocsp_quotas": {"beyond", "state"},
    "openjpki_ocsp_full_total": {"bound"},
    "openjpki_cross_revocations_unheard": {"authority"},
    "openjpki_officer_keys_ending": {"days"},
    "openjpki_proposals_lapsed_total": {"register"},
    "openjpki_path_validations_total": {"outcome"},
    "openjpki_pool_unreadable_elements": {"kind"},
    "openjpki_pool_lists_in_doubt": set(),
    "openjpki_rows_left_out_total": {"table"},
    "openjpki_applications_waiting": {"step"},
    "openjpki_applications_oldest_waiting_seconds": {"step"},
    "openjpki_applications_expiring": set(),
    "openjpki_change_notices_taken_total": set(),
    "openjpki_change_notices_settled_total": {"outcome"},
    "openjpki_change_notices_waiting": {"state"},
    "openjpki_change_notices_oldest_waiting_seconds": {"state"},
    "openjpki_receipts_refused_total": set(),
    "openjpki_task_last_success_timestamp_seconds": {"task"},
    "openjpki_journal_time_behind_seconds": set(),
    "openjpki_mesh_certificate_expiry_timestamp_seconds": set(),
    "openjpki_mesh_authority_expiry_timestamp_seconds": set(),
    "openjpki_authority_certificate_expiry_timestamp_seconds": {"authority", "generation"},
    "openjpki_authority_issues_until_timestamp_seconds": {"authority"},
    "openjpki_responder_certificate_expiry_timestamp_seconds": {"authority", "generation"},
    "openjpki_ocsp_responses_waiting": set(),
    "openjpki_file_elements_left_out": {"file"},
    "openjpki_database_connections": {"database"},
    "openjpki_database_connections_limit": {"database"},
    "openjpki_database_failures_total": {"database", "cause"},
    "openjpki_disk_free_octets": {"of"},
    "openjpki_disk_size_octets": {"of"},
    "openjpki_build_info": {"service", "version"},
}


def _registered() -> dict[str, set[str]]:
    found = {}
    for collector in REGISTRY._collector_to_names:
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("openjpki_"):
            name = collector._name
            found[f"{name}_total" if isinstance(collector, Counter) else name] = set(
                collector._labelnames
            )
    return found


def test_names_and_labels_are_these_and_no_others() -> None:
    assert _registered() == NAMES


def test_scrape_shows_what_was_counted() -> None:
    set_build_info("test", "1.2.3")
    metrics = MethodMetrics("test.Service", "Do")
    metrics.start()
    metrics.end("NOT_FOUND", 0.003)
    server = serve_metrics("127.0.0.1", 0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as page:
            families = {one.name: one for one in text_string_to_metric_families(
                page.read().decode()
            )}  # fmt: skip
    finally:
        server.stop()
    handled = {
        sample.labels["code"]: sample.value
        for sample in families["openjpki_rpc_handled"].samples
        if sample.name.endswith("_total") and sample.labels["service"] == "test.Service"
    }
    # Errors are there at zero before the first one: an alert on a rate needs the series.
    assert handled == {"OK": 0, "INTERNAL": 0, "UNAVAILABLE": 0, "NOT_FOUND": 1}
    buckets = {
        float(sample.labels["le"]): sample.value
        for sample in families["openjpki_rpc_duration_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["service"] == "test.Service"
    }
    assert (buckets[0.0025], buckets[0.005]) == (0, 1)
    assert "process_open_fds" in families
    info = families["openjpki_build_info"].samples
    assert {"service": "test", "version": "1.2.3"} in [sample.labels for sample in info]


def test_stopped_exporter_frees_its_port() -> None:
    server = serve_metrics("127.0.0.1", 0)
    port = server.port
    with pytest.raises(OSError, match="in use"):
        serve_metrics("127.0.0.1", port)
    server.stop()
    serve_metrics("127.0.0.1", port).stop()


def test_nothing_is_said_of_when_counting_began() -> None:
    MethodMetrics("a.Service", "Method").start()
    server = serve_metrics("127.0.0.1", 0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as page:
            shown = page.read().decode()
    finally:
        server.stop()
    assert "openjpki_rpc_started_total" in shown
    assert "_created" not in shown


def test_what_others_counted_is_brought_whichever_metrics_are_asked_for() -> None:
    counted = Counter("openjpki_brought_total", "Of a test.", registry=REGISTRY)
    REGISTRY.before(counted.inc)
    try:
        for asked in (REGISTRY, REGISTRY.restricted_registry(["openjpki_brought_total"])):
            text = generate_latest(asked).decode()
            assert "\nopenjpki_brought_total " in text
        assert counted._value.get() == 2
    finally:
        REGISTRY.no_longer_before(counted.inc)
        REGISTRY.unregister(counted)
    assert counted._value.get() == 3
