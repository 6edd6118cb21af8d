"""What time ends for good: agreements, and proposals that nobody decided on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.agreements import AgreementState, Period, VerifierKind, content_sha256
from openjpki.domain.authority import AuthorityId
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.agreements.decide import NamedAgreement, approve_agreement
from openjpki.services.ocsp.agreements.ends import end_agreements, end_proposals
from openjpki.services.ocsp.agreements.propose import (
    LAPSES_AFTER,
    ProposedAgreement,
    propose_agreement,
)
from openjpki.services.ocsp.context import OcspContext
from openjpki.services.ocsp.journal import STREAM
from openjpki.services.ocsp.registry.cache import RegistryCache
from openjpki.services.ocsp.registry.change_registry import put_verifier
from openjpki.services.ocsp.status.statuses import Statuses
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.migrations import upgrade
from openjpki.storage.ocsp import agreements, verifiers
from openjpki.storage.ocsp.verifiers import VerifierRecord
from openjpki.telemetry.metrics import AGREEMENTS_TAKEN_OVER
from tests.support.agreed import BEGINS, BODY, agreement, taken_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDS = BEGINS + timedelta(days=1)
OVER = agreement(period=Period(BEGINS, ENDS))
WAITS = agreement("other", state=AgreementState.PROPOSED)


class At:
    """A clock that says what a test has it say."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 4, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def ocsp(tmp_path: Path) -> Iterator[OcspContext]:
    database = Database(f"sqlite:///{tmp_path / 'ocsp.db'}")
    upgrade(database, "ocsp")
    with database.transaction() as tx:
        for one in (OVER, WAITS):
            verifiers.put(tx, entry(one.verifier_id, one.authority_id))
            agreements.add(tx, one)
    yield OcspContext(
        database=database,
        registry=RegistryCache(database, max_age=60),
        statuses=Statuses(),
        clock=At(),
    )
    database.close()


def entry(verifier_id: str, *authority_ids: AuthorityId) -> VerifierRecord:
    return VerifierRecord(
        verifier_id=verifier_id,
        display_name="it",
        authority_ids=frozenset(authority_ids),
        request_signers=frozenset(),
        closed_networks=frozenset(),
        registered_at=BEGINS,
    )


def surely(ocsp: OcspContext, moment: datetime) -> None:
    with ocsp.database.transaction() as tx:
        journal_time.take(tx, moment)
        journal_time.put(tx, moment)


def states(ocsp: OcspContext) -> list[AgreementState]:
    with ocsp.database.reading() as tx:
        return [one.state for one in agreements.of(tx)]


def entered(ocsp: OcspContext) -> list[tuple[str, str, dict[str, object]]]:
    with ocsp.database.reading() as tx:
        found = list(SqlJournal().read_all(tx, STREAM))
    return [(one.act, one.actor, {"version": one.details["version"]}) for one in found]


@pytest.mark.requirement("R4.2b")
def test_what_is_over_is_entered_once_its_time_surely_passed(ocsp: OcspContext) -> None:
    surely(ocsp, ENDS - timedelta(seconds=1))
    assert end_agreements(ocsp) == 0
    surely(ocsp, ENDS)
    assert end_agreements(ocsp) == 1
    assert end_agreements(ocsp) == 0
    assert states(ocsp) == [AgreementState.PROPOSED, AgreementState.ENDED]
    assert entered(ocsp) == [("agreement.ended", "ocsp", {"version": 1})]


def test_what_was_replaced_ended_when_that_was_approved(ocsp: OcspContext) -> None:
    """Not when the other begins by its own word: until then this one gave access."""
    begins = ENDS - timedelta(hours=20)
    approved_at = ENDS - timedelta(hours=10)
    with ocsp.database.transaction() as tx:
        agreements.add(
            tx,
            agreement(
                version=2,
                period=Period(begins, ENDS + timedelta(days=900)),
                proposed_at=begins,
                decided_by="hayashi",
                decided_at=approved_at,
            ),
        )
        agreements.supersede(tx, agreement(version=2, period=Period(begins, ENDS)))
    surely(ocsp, ENDS)
    assert end_agreements(ocsp) == 1
    with ocsp.database.reading() as tx:
        (told,) = SqlJournal().read_all(tx, STREAM)
    assert told.details["at"] == written(approved_at)


def test_a_retry_of_a_proposal_is_answered_as_the_first_time(ocsp: OcspContext) -> None:
    """Though it could not be proposed by now."""
    begins = ocsp.clock.now() - timedelta(days=1)
    one = agreement(period=Period(begins, begins + timedelta(days=900)))
    assert one.notification is not None
    assert one.clauses is not None
    wanted = ProposedAgreement(
        verifier_id=one.verifier_id,
        authority_id=one.authority_id,
        notification=one.notification,
        ways=one.ways,
        period=one.period,
        clauses=one.clauses,
        quota=one.quota,
    )
    with ocsp.database.transaction() as tx:
        verifiers.put(tx, entry(one.verifier_id, one.authority_id))

    def propose(request_id: str) -> bytes:
        key = RequestKey("it", "spiffe://test/governor-officer/signing-13/mori", request_id, b"it")
        return propose_agreement(ocsp, wanted, key, proposed_with=None)

    first = propose("1")
    assert isinstance(ocsp.clock, At)
    ocsp.clock.moment += timedelta(seconds=1)
    assert propose("1") == first
    with pytest.raises(OpenJpkiError) as refusal:
        propose("2")
    assert refusal.value.field == "terms.not_before"


def test_its_own_end_is_never_told_later(ocsp: OcspContext) -> None:
    """A renewal that begins where it ends, and was approved after that."""
    renewal = agreement(
        version=2,
        period=Period(ENDS, ENDS + timedelta(days=900)),
        proposed_at=ENDS,
        decided_by="hayashi",
        decided_at=ENDS + timedelta(hours=10),
    )
    with ocsp.database.transaction() as tx:
        agreements.add(tx, renewal)
        agreements.supersede(tx, renewal)
    surely(ocsp, ENDS + timedelta(days=9))
    assert end_agreements(ocsp) == 1
    with ocsp.database.reading() as tx:
        (told,) = SqlJournal().read_all(tx, STREAM)
    assert told.details["at"] == written(ENDS)


def test_what_is_left_from_before_is_counted(ocsp: OcspContext) -> None:
    places = [AuthorityId.signing(place) for place in ("13", "14")]
    with ocsp.database.transaction() as tx:
        verifiers.put(tx, entry("old", *places))
        for place in (*places, AuthorityId.signing("15")):
            agreements.add(tx, taken_over("old", place))
    end_agreements(ocsp)
    assert AGREEMENTS_TAKEN_OVER._value.get() == 2.0
    with ocsp.database.transaction() as tx:
        agreements.supersede(tx, agreement("old", version=2))
    end_agreements(ocsp)
    assert AGREEMENTS_TAKEN_OVER._value.get() == 1.0


def test_who_gets_an_id_whose_entry_was_gone_begins_without(ocsp: OcspContext) -> None:
    """Both by a release before agreements, or by a hand, which end none: what is in force or
    suspended, what was proposed, and no other verifier's."""
    surely(ocsp, ENDS)
    assert end_agreements(ocsp) == 1
    suspended = agreement("gone", AuthorityId.signing("14"), state=AgreementState.SUSPENDED)
    proposed = agreement("gone", version=2, state=AgreementState.PROPOSED)
    with ocsp.database.transaction() as tx:
        for one in (agreement("gone"), proposed, suspended):
            agreements.add(tx, one)
    assert end_agreements(ocsp) == 3
    assert end_agreements(ocsp) == 0
    with ocsp.database.transaction() as tx:
        verifiers.put(tx, entry("gone", AuthorityId.signing("13")))
        found = {one.state for one in agreements.of(tx, verifier_ids=["gone"])}
    assert found == {AgreementState.ENDED, AgreementState.REJECTED}
    with ocsp.database.reading() as reading:
        told = [one for one in SqlJournal().read_all(reading, STREAM) if one.subject == "gone"]
        (other,) = agreements.of(reading, verifier_ids=[WAITS.verifier_id])
    acts = ["agreement.rejected", "agreement.terminated", "agreement.terminated"]
    assert [one.act for one in told] == acts
    assert other.state is WAITS.state


def test_what_is_entered_again_at_once_keeps_what_was_agreed(
    ocsp: OcspContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was found without an entry, and has one by the time it is to be ended."""
    monkeypatch.setattr(agreements, "of_nobody", lambda _: [OVER.verifier_id, WAITS.verifier_id])
    surely(ocsp, BEGINS)
    assert end_agreements(ocsp) == 0
    assert states(ocsp) == [WAITS.state, OVER.state]


def test_what_gives_no_access_is_not_approved(ocsp: OcspContext) -> None:
    """Though it could be proposed by a release of before: it would end what is in force."""
    begins = ocsp.clock.now() + timedelta(days=20)
    said = replace(
        BODY,
        kind=VerifierKind.ACCREDITED,
        accreditation="認定第1号",
        accredited_until=begins,
    )
    in_force = agreement("other", version=2)
    one = agreement(
        "other",
        version=3,
        state=AgreementState.PROPOSED,
        notification=said,
        period=Period(begins, begins + timedelta(days=900)),
        proposed_at=ocsp.clock.now(),
    )
    with ocsp.database.transaction() as tx:
        for each in (in_force, one):
            agreements.add(tx, each)
    named = NamedAgreement("other", one.authority_id, 3, content_sha256(one) or b"")
    key = RequestKey("it", "spiffe://test/governor-officer/signing-13/hayashi", "1", b"it")
    with pytest.raises(OpenJpkiError) as refusal:
        approve_agreement(ocsp, named, key)
    assert refusal.value.reason is Reason.WRONG_STATE
    with ocsp.database.reading() as reading:
        assert agreements.get(reading, "other", one.authority_id, 2) == in_force


def test_what_is_from_before_ends_with_its_place_in_the_entry(ocsp: OcspContext) -> None:
    """One operator takes the authority out and puts it back: no officer has agreed to that. What
    officers made stays, and needs its place to give access."""
    kept, dropped, agreed = (AuthorityId.signing(place) for place in ("13", "14", "15"))
    with ocsp.database.transaction() as tx:
        verifiers.put(tx, entry("old", kept, dropped, agreed))
        for one in (kept, dropped):
            agreements.add(tx, taken_over("old", one))
        agreements.add(tx, agreement("old", agreed))
    for number, named in enumerate([(kept,), (kept, dropped, agreed)]):
        key = RequestKey("it", "spiffe://test/operator/1", str(number), b"it")
        put_verifier(ocsp, entry("old", *named), key, same_verifier=False)
    with ocsp.database.reading() as reading:
        found = agreements.of(reading, verifier_ids=["old"])
        told = list(SqlJournal().read_all(reading, STREAM))
    in_force = {one.authority_id for one in found if one.state is AgreementState.IN_FORCE}
    assert in_force == {kept, agreed}
    ends = [one.details["authority"] for one in told if one.act == "agreement.terminated"]
    assert ends == [str(dropped)]


def test_what_nobody_decided_on_is_rejected(ocsp: OcspContext) -> None:
    surely(ocsp, BEGINS + LAPSES_AFTER)
    assert end_proposals(ocsp) == 0
    surely(ocsp, BEGINS + LAPSES_AFTER + timedelta(seconds=1))
    assert end_proposals(ocsp) == 1
    assert end_proposals(ocsp) == 0
    assert states(ocsp)[0] is AgreementState.REJECTED
    assert entered(ocsp) == [("agreement.rejected", "ocsp", {"version": 1})]


def test_each_version_is_entered(ocsp: OcspContext) -> None:
    with ocsp.database.transaction() as tx:
        agreements.add(tx, replace(OVER, version=2))
    surely(ocsp, ENDS)
    assert end_agreements(ocsp) == 2
