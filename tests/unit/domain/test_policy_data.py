"""The authority's policy, its document, and the ministry's baseline."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.municipality import Municipality
from openjpki.domain.policy import (
    AuthorityPolicy,
    Baseline,
    CrlPolicy,
    Partition,
    PartitionPolicy,
    RevocationCause,
    UserKeyPolicy,
    ValidityPolicy,
    parse_policy,
    policy_document,
    validity,
    violations,
)
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason

POLICY = AuthorityPolicy()


@pytest.mark.requirement("R2.5.6")
@pytest.mark.parametrize(
    ("issued", "not_after"),
    [
        (
            datetime(2026, 4, 1, 3, 0, 0, 999_999, tzinfo=UTC),
            "2029-04-01T14:59:59+00:00",
        ),
        # Already the next day in Japan.
        (datetime(2026, 3, 31, 15, 0, 0, tzinfo=UTC), "2029-04-01T14:59:59+00:00"),
        (
            datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC),
            "2029-03-31T14:59:59+00:00",
        ),
        (datetime(2028, 2, 29, 3, tzinfo=UTC), "2031-02-28T14:59:59+00:00"),
        (datetime(2028, 2, 28, 15, tzinfo=UTC), "2031-02-28T14:59:59+00:00"),
        (datetime(2027, 12, 31, 20, tzinfo=UTC), "2031-01-01T14:59:59+00:00"),
    ],
)
def test_three_years_to_the_end_of_the_day_in_japan(issued: datetime, not_after: str) -> None:
    not_before, end = validity(issued, POLICY.validity)
    assert end.isoformat() == not_after
    assert not_before == issued.replace(microsecond=0) - timedelta(minutes=5)


@given(st.datetimes(datetime(2003, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_validity_always_spans_three_years_of_days(issued: datetime) -> None:
    issued = issued.replace(tzinfo=UTC)
    not_before, not_after = validity(issued, POLICY.validity)
    local = issued.astimezone(JAPAN).date()
    last = not_after.astimezone(JAPAN)
    assert (last.year - local.year, last.month) == (3, local.month)
    assert last.day == local.day or (local.month, local.day, last.day) == (2, 29, 28)
    assert (not_after.hour, not_after.minute, not_after.second) == (14, 59, 59)
    issue = not_before + POLICY.validity.backdated
    assert issue <= issued < issue + timedelta(seconds=1)


def test_validity_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        validity(datetime(2026, 4, 1), POLICY.validity)  # noqa: DTZ001


@pytest.mark.requirement("R9.1.1")
@pytest.mark.parametrize(
    ("bits", "exponent", "reason"),
    [
        (1024, 65537, Reason.KEY_SIZE_REFUSED),
        (2047, 65537, Reason.KEY_SIZE_REFUSED),
        (2048, 3, Reason.KEY_EXPONENT_REFUSED),
        (2048, 65536, Reason.KEY_EXPONENT_REFUSED),
    ],
)
def test_keys_the_policy_refuses(bits: int, exponent: int, reason: Reason) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        POLICY.user_keys.require(bits, exponent)
    assert refusal.value.reason is reason


def test_a_key_the_policy_takes() -> None:
    POLICY.user_keys.require(2048, 65537)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (RevocationCause.USER_WISH, 5),
        (RevocationCause.KEY_COMPROMISE, 1),
        (RevocationCause.CHANGE_NOTICE, 3),
        (RevocationCause.RENEWAL, 4),
        (RevocationCause.AUTHORITY_COMPROMISE, 2),
    ],
)
def test_reason_codes(cause: RevocationCause, code: int) -> None:
    assert POLICY.crl.reason_for(cause) == code


def test_a_cause_outside_the_policy() -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        CrlPolicy(reasons={}).reason_for(RevocationCause.RENEWAL)
    assert refusal.value.reason is Reason.REASON_NOT_ALLOWED


def test_one_partition_each_and_several_for_large_cities() -> None:
    yokohama, chiyoda = Municipality("14100"), Municipality("13101")
    policy = PartitionPolicy({"14100": 3})
    assert [p.text for p in policy.of(yokohama)] == ["14100-1", "14100-2", "14100-3"]
    assert [p.text for p in policy.of(chiyoda)] == ["13101"]
    assert {policy.assign(yokohama, serial).number for serial in range(9)} == {1, 2, 3}
    assert policy.assign(chiyoda, 2**150 + 1) == Partition(chiyoda)
    assert Partition.parse("14100-3") == Partition(yokohama, 3)
    assert Partition.parse("13101") == Partition(chiyoda)
    assert Partition(yokohama, 12).text == "14100-12"


def test_a_partition_beyond_the_last_cannot_be_built() -> None:
    for number in (0, 1000):
        with pytest.raises(OpenJpkiError):
            Partition(Municipality("14100"), number)


@pytest.mark.parametrize("text", ["", "14100-", "14100-0", "14100-1000", "14100-01", "14100-1 "])
def test_partitions_refused(text: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Partition.parse(text)
    assert refusal.value.reason is Reason.PARTITION_NOT_FOUND


def test_a_policy_and_its_document_are_one() -> None:
    changed = AuthorityPolicy(
        version="2",
        validity=ValidityPolicy(years=5),
        user_keys=UserKeyPolicy(sizes=frozenset({2048, 3072})),
        partitions=PartitionPolicy({"14100": 3}),
        ocsp_uri="http://ocsp.example/",
    )
    assert parse_policy(policy_document(POLICY)) == POLICY
    assert parse_policy(policy_document(changed)) == changed
    assert parse_policy({}) == POLICY


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"colour": 1}, "policy.colour"),
        ({"crl": {"colour": 1}}, "policy.crl.colour"),
        ({"validity": {"years": "3"}}, "policy.validity.years"),
        ({"crl": {"period": "daily"}}, "policy.crl.period"),
        ({"names": None}, "policy.names"),
    ],
)
def test_documents_refused(document: dict[str, object], field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        parse_policy(document)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)


def test_the_defaults_keep_the_baseline() -> None:
    assert violations(POLICY, Baseline()) == ()


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"version": " "}, "version"),
        ({"certificate_policy_oid": "2.999.x"}, "certificate_policy_oid"),
        ({"cps_uri": "ftp://example/"}, "cps_uri"),
        ({"crl_uri": "http://crl.example/all"}, "crl_uri"),
        ({"crl_uri": "http://crl.example/{partition}.crl"}, "crl_uri"),
        ({"crl_uri": "http://crl.example/{generation}.crl"}, "crl_uri"),
        ({"ocsp_uri": "http://ocsp.例/"}, "ocsp_uri"),
        ({"signature_algorithm": "sha1WithRSAEncryption"}, "signature_algorithm"),
        ({"names": {"organization": "JPKI"}}, "names.organization"),
        ({"names": {"organization": "jpki "}}, "names.organization"),
        ({"names": {"organization_japanese": ""}}, "names.organization_japanese"),
        ({"validity": {"years": 5}}, "validity.years"),
        ({"user_keys": {"sizes": [1024, 2048]}}, "user_keys.sizes"),
        ({"user_keys": {"sizes": [2048, 3072]}}, "user_keys.sizes"),
        ({"user_keys": {"sizes": []}}, "user_keys.sizes"),
        ({"user_keys": {"exponents": [3]}}, "user_keys.exponents"),
        ({"user_keys": {"exponents": [65538]}}, "user_keys.exponents"),
        ({"authority_key": {"bits": 1024}}, "authority_key.bits"),
        ({"authority_key": {"exponent": 3}}, "authority_key.exponent"),
        ({"authority_key": {"valid_years": 20}}, "authority_key.valid_years"),
        ({"authority_key": {"replaced_after_years": 6}}, "authority_key.replaced_after_years"),
        ({"authority_key": {"valid_years": 7}}, "authority_key.replaced_after_years"),
        ({"crl": {"period": "P2D", "next_update": "P3D"}}, "crl.period"),
        ({"crl": {"next_update": "P1D"}}, "crl.next_update"),
        ({"crl": {"reasons": {"user_wish": 5}}}, "crl.reasons"),
        ({"crl": {"delta_period": "PT14M"}}, "crl.delta_period"),
        ({"crl": {"delta_period": "PT3600.5S"}}, "crl.delta_period"),
        ({"crl": {"delta_period": "P1D"}}, "crl.delta_period"),
        ({"delta_crl_uri": "http://crl.example/{generation}/{partition}"}, "delta_crl_uri"),
        (
            {"delta_crl_uri": "http://crl.example/d", "crl": {"delta_period": "PT1H"}},
            "delta_crl_uri",
        ),
        (
            {
                "crl_uri": "http://crl.example/{generation}/{partition}",
                "delta_crl_uri": "http://crl.example/{generation}/{partition}",
                "crl": {"delta_period": "PT1H"},
            },
            "delta_crl_uri",
        ),
        ({"ocsp": {"response_lifetime": "P1D"}}, "ocsp.response_lifetime"),
        ({"ocsp": {"max_staleness": "PT0S"}}, "ocsp.max_staleness"),
        ({"ocsp": {"max_staleness": "PT25H"}}, "ocsp.max_staleness"),
        ({"ocsp": {"responder_lifetime": "PT0S"}}, "ocsp.responder_lifetime"),
        ({"ocsp": {"responder_lifetime": "PT12H"}}, "ocsp.responder_lifetime"),
        ({"ocsp": {"responder_lifetime": "P91D"}}, "ocsp.responder_lifetime"),
        ({"evidence": {"submitted_within": "P91D"}}, "evidence.submitted_within"),
        ({"evidence": {"checked_within": "PT0S"}}, "evidence.checked_within"),
        ({"evidence": {"decided_within": "P15D"}}, "evidence.decided_within"),
        ({"evidence": {"revocation_within": "P8D"}}, "evidence.revocation_within"),
        ({"evidence": {"cross_approved_within": "P91D"}}, "evidence.cross_approved_within"),
        ({"evidence": {"clock_skew": "PT16M"}}, "evidence.clock_skew"),
        ({"evidence": {"clock_skew": "-PT1S"}}, "evidence.clock_skew"),
        ({"evidence": {"approver_did_not_check": False}}, "evidence.approver_did_not_check"),
        ({"evidence": {"cross_approvers": 1}}, "evidence.cross_approvers"),
        ({"partitions": {"counts": {"14100": 0}}}, "partitions.counts"),
        ({"sexes": ["1"]}, "sexes"),
    ],
)
def test_each_rule_of_the_baseline_is_enforced(document: dict[str, object], field: str) -> None:
    found = violations(parse_policy(document), Baseline())
    assert [violation.field for violation in found] == [field]
    assert found[0].rule


def test_all_violations_are_reported_together() -> None:
    policy = parse_policy({"validity": {"years": 1}, "user_keys": {"sizes": [1024]}})
    assert [v.field for v in violations(policy, Baseline())] == [
        "validity.years",
        "user_keys.sizes",
    ]


def test_the_ministry_can_tighten_the_baseline() -> None:
    stricter = dataclasses.replace(Baseline(), least_authority_key_bits=3072)
    assert [v.field for v in violations(POLICY, stricter)] == ["authority_key.bits"]
