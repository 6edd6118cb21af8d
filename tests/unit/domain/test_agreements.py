"""When an agreement gives access, and which can't be made (R4.2b, R4.3)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openjpki.domain.agreements import (
    Agreement,
    AgreementState,
    Beyond,
    Limits,
    Notification,
    Period,
    Quota,
    Unit,
    VerifierKind,
    Way,
    content_sha256,
)
from openjpki.domain.agreements.proposing import (
    EARLIEST,
    LONGEST,
    LONGEST_AHEAD,
    require_proposable,
)
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from tests.support.agreed import BEGINS, BODY, CLAUSES, ENDS, agreement, taken_over

AGREED = Path(__file__).parents[2] / "conformance" / "data" / "agreements.csv"
SECOND = timedelta(seconds=1)
UNTIL = BEGINS + timedelta(days=365)
BUSINESS = Notification(
    name="認証株式会社（東京都港区）",
    kind=VerifierKind.ACCREDITED,
    accreditation="認定第1号",
    accredited_until=UNTIL,
    notified_by="法務部",
    notified_at=BEGINS,
)
QUOTAS = (
    Quota(statuses_per_day=1, beyond=Beyond.REPORT),
    Quota(statuses_per_day=2, beyond=Beyond.REPORT),
    Quota(statuses_per_day=1, beyond=Beyond.REFUSE),
    Quota(statuses_per_month=1, beyond=Beyond.REPORT),
    Quota(downloads_per_day=1, beyond=Beyond.REPORT),
    Quota(downloads_per_month=1, beyond=Beyond.REPORT),
)
CAPPED = replace(CLAUSES, liability_cap_yen=10_000_000)


@pytest.mark.requirement("R4.3")
def test_it_gives_its_ways_between_its_times() -> None:
    one = agreement(ways=frozenset({Way.LISTS}))
    for moment, held in (
        (BEGINS - SECOND, False),
        (BEGINS, True),
        (ENDS - SECOND, True),
        (ENDS, False),
    ):
        assert one.grants(Way.LISTS, moment) is held
        assert not one.grants(Way.GRPC, moment)


@pytest.mark.requirement("R4.3")
@pytest.mark.parametrize("state", [one for one in AgreementState if one != AgreementState.IN_FORCE])
def test_it_gives_nothing_in_another_state(state: AgreementState) -> None:
    assert not agreement(state=state).grants(Way.GRPC, BEGINS)


@pytest.mark.requirement("R4.2b")
def test_the_accreditations_end_ends_it() -> None:
    one = agreement(notification=BUSINESS, clauses=CAPPED)
    assert one.ends == UNTIL
    assert one.grants(Way.GRPC, UNTIL - SECOND)
    assert not one.grants(Way.GRPC, UNTIL)


def test_the_next_version_takes_its_place() -> None:
    one = agreement(superseded_at=UNTIL)
    assert one.grants(Way.GRPC, UNTIL - SECOND)
    assert not one.grants(Way.GRPC, UNTIL)


def test_what_was_taken_over_has_no_end_of_its_own() -> None:
    one = taken_over("tax-office", AuthorityId.signing("13"))
    assert one.grants(Way.GRPC, ENDS + timedelta(days=9000))


@pytest.mark.requirement("R4.2b", refuses=True)
@pytest.mark.parametrize("kind", VerifierKind)
@pytest.mark.parametrize("field", ["accreditation", "accredited_until"])
def test_a_business_has_an_accreditation_and_a_body_none(kind: VerifierKind, field: str) -> None:
    is_body = kind is VerifierKind.GOVERNMENT_BODY
    fits = BODY if is_body else replace(BUSINESS, kind=kind)
    other = BUSINESS if is_body else BODY
    with pytest.raises(OpenJpkiError) as refusal:
        replace(fits, **{field: getattr(other, field)})
    assert (refusal.value.reason, refusal.value.field) == (
        Reason.INVALID_FIELD,
        f"notification.{field}",
    )


@pytest.mark.requirement("L1", refuses=True)
def test_damages_of_a_business_have_a_cap() -> None:
    require_proposable(agreement(notification=BODY, clauses=CLAUSES))
    with pytest.raises(OpenJpkiError) as refusal:
        require_proposable(agreement(notification=BUSINESS, clauses=CLAUSES))
    assert refusal.value.field == "terms.liability_cap_yen"


@pytest.mark.parametrize("length", [timedelta(0), -SECOND, LONGEST + SECOND])
def test_its_end_is_later_than_its_beginning_by_five_years_at_most(length: timedelta) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        require_proposable(agreement(period=Period(BEGINS, BEGINS + length)))
    assert refusal.value.field == "terms.not_after"


@pytest.mark.parametrize(
    "without",
    [
        {"notification": None},
        {"clauses": None},
        {"period": Period(BEGINS, None)},
        {"notification": None, "clauses": None},
        {"notification": None, "clauses": None, "period": Period(BEGINS, None)},
    ],
)
def test_a_part_that_went_missing_opens_nothing(without: dict[str, Any]) -> None:
    """Only what a revision made lacks parts, and all of them."""
    with pytest.raises(OpenJpkiError):
        agreement(**without)
    with pytest.raises(OpenJpkiError):
        agreement(**{**without, "proposed_by": "ocsp", "version": 2})


def test_it_begins_a_year_after_its_proposal_at_most() -> None:
    late = BEGINS + LONGEST_AHEAD
    require_proposable(agreement(period=Period(late, ENDS)))
    with pytest.raises(OpenJpkiError) as refusal:
        require_proposable(agreement(period=Period(late + SECOND, ENDS)))
    assert refusal.value.field == "terms.not_before"


@pytest.mark.requirement("L1", refuses=True)
def test_it_begins_a_day_before_its_proposal_at_most() -> None:
    """Or who could ask when would be told otherwise afterwards."""
    early = BEGINS - EARLIEST
    require_proposable(agreement(period=Period(early, ENDS)))
    with pytest.raises(OpenJpkiError) as refusal:
        require_proposable(agreement(period=Period(early - SECOND, ENDS)))
    assert refusal.value.field == "terms.not_before"


@pytest.mark.requirement("R4.2b", refuses=True)
def test_an_accreditation_that_ends_before_it_begins_is_refused() -> None:
    """It would give no access ever, and take the place of one that does."""

    def one(begins: datetime) -> Agreement:
        period = Period(begins, begins + timedelta(days=900))
        return agreement(notification=BUSINESS, clauses=CAPPED, period=period, proposed_at=UNTIL)

    require_proposable(one(UNTIL - SECOND))
    with pytest.raises(OpenJpkiError) as refusal:
        require_proposable(one(UNTIL))
    assert refusal.value.field == "notification.accredited_until"


def test_what_is_proposed_by_other_rules_is_read() -> None:
    """Rules of proposing that are made stricter shut out nobody."""
    agreement(notification=BUSINESS, clauses=CLAUSES)
    agreement(period=Period(BEGINS - 2 * LONGEST, ENDS + LONGEST))


def test_access_is_what_the_data_plane_has_too() -> None:
    """From the same table (`signer_core/dataplane/src/registry/tests.rs`): the rule and the names
    of ways are written down in both."""
    with AGREED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {way for row in rows for way in row["ways"].split()} == {way.value for way in Way}
    for row in rows:
        begins, ends, moment = (
            BEGINS + timedelta(microseconds=int(row[name])) for name in ("begins", "ends", "moment")
        )
        one = agreement(ways=frozenset(map(Way, row["ways"].split())), period=Period(begins, ends))
        assert one.grants(Way(row["way"]), moment) is (row["held"] == "yes"), row


@pytest.mark.requirement("L1")
def test_the_digest_is_of_every_word_and_time_and_of_nothing_else() -> None:
    one = agreement(notification=BUSINESS, clauses=CAPPED)
    digest = content_sha256(one)
    said: dict[str, Any] = {
        "name": "x",
        "kind": VerifierKind.APPROVED,
        "accreditation": "x",
        "accredited_until": ENDS,
        "notified_by": "x",
        "notified_at": ENDS,
    }
    words: dict[str, Any] = {
        "purpose": "x",
        "liability_cap_yen": 1,
        "safety": "x",
        "secrecy": "x",
        "document_sha256": bytes(32),
    }
    assert set(said) == set(BUSINESS.__slots__)
    assert set(words) == set(CAPPED.__slots__)
    changed = [
        *(replace(one, notification=replace(BUSINESS, **{k: v})) for k, v in said.items()),
        *(replace(one, clauses=replace(CAPPED, **{k: v})) for k, v in words.items()),
        replace(one, version=2),
        replace(one, verifier_id="x"),
        replace(one, authority_id=AuthorityId.signing("14")),
        replace(one, ways=frozenset({Way.GRPC})),
        replace(one, period=Period(BEGINS + SECOND, ENDS)),
        replace(one, period=Period(BEGINS, ENDS - SECOND)),
        *(replace(one, quota=each) for each in QUOTAS),
    ]
    digests = {content_sha256(each) for each in changed}
    assert len(digests | {digest}) == len(changed) + 1
    assert content_sha256(replace(one, state=AgreementState.ENDED, decided_by="x")) == digest
    assert content_sha256(taken_over("x", AuthorityId.signing("13"))) is None


def test_without_a_quota_the_digest_is_what_it_was() -> None:
    """As releases that know none made it; one with a quota they take for no agreement."""
    digest = content_sha256(agreement())
    assert digest is not None
    assert digest.hex() == "55d74135de2bf587d40a441eb310b20312888b96cbe4c300bb289c687e210857"


@pytest.mark.requirement("R4.3", refuses=True)
@pytest.mark.parametrize("numbers", [{}, {"statuses_per_day": 0}, {"downloads_per_month": -1}])
def test_a_quota_has_a_number_and_positive_ones_alone(numbers: dict[str, int]) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        Quota(**numbers, beyond=Beyond.REFUSE)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "terms.quota")


def test_what_is_held_has_its_quota() -> None:
    quota = Quota(statuses_per_day=3, statuses_per_month=9, beyond=Beyond.REFUSE)
    held = agreement(quota=quota).held
    assert held.quota == quota
    assert quota.limits(Unit.STATUSES) == Limits(3, 9)
    assert quota.limits(Unit.DOWNLOADS) is None
    assert Unit.STATUSES.ways | Unit.DOWNLOADS.ways == frozenset(Way)


def test_what_was_taken_over_has_no_quota() -> None:
    with pytest.raises(OpenJpkiError):
        replace(taken_over("x", AuthorityId.signing("13")), quota=QUOTAS[0])
