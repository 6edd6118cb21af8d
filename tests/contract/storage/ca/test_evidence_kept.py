"""What officers signed is kept if their keys are enrolled at that moment, on both databases.

Alone, or sent together with the intent of the certificate that rests on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cbor2
import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.encoding import deterministic
from openjpki.storage.ca import authorities, evidence, generations, issuances, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.evidence import EvidencedAct, KeptEvidence
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.officers import keys
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.kernel.unreadable import Unreadable

TOKYO = AuthorityId.signing("13")
AT = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
SERIAL, OTHER = b"\x41", b"\x42"
FIRST, SECOND, NOBODY = (
    Officer.parse(f"window-officer/13101/{name}") for name in ("tanaka", "suzuki", "nobody")
)
KEYS = {FIRST: b"\x01" * 32, SECOND: b"\x02" * 32, NOBODY: b"\x03" * 32}


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    with empty_database.transaction() as tx:
        authorities.add(
            tx, AuthorityRecord(authority_id=TOKYO, active=True, policy_json="{}", created_at=AT)
        )
        generations.add(
            tx,
            Generation(
                authority_id=TOKYO,
                number=1,
                certificate=b"",
                key_label="key",
                not_before=AT,
                not_after=AT + timedelta(days=1000),
                state=GenerationState.ACTIVE,
            ),
        )
        for serial in (SERIAL, OTHER):
            serials.reserve(tx, TOKYO, serial, AT)
        for officer in (FIRST, SECOND):
            key_sha256 = KEYS[officer]
            keys.queue_for(tx, officer)
            keys.add(
                tx,
                EnrolledKey(
                    officer=officer,
                    spki_der=key_sha256,
                    key_sha256=key_sha256,
                    state=KeyState.ENROLLED,
                    not_before=AT,
                    not_after=AT + timedelta(days=1),
                ),
            )
    return empty_database


def signed(kind: str, officer: Officer) -> KeptEvidence:
    occasion = Occasion(
        officer=officer, request_id="00000000-0000-4000-8000-000000000001", signed_at=AT
    )
    header = deterministic({1: -7, 4: KEYS[officer]})
    message = cbor2.CBORTag(18, [header, {}, None, bytes(64)])
    return KeptEvidence(
        kind=kind,
        octets=cbor2.dumps([kind, occasion.claims()], canonical=True),
        signature=OfficerSignature(
            occasion=occasion,
            key_sha256=KEYS[officer],
            signature=cbor2.dumps(message, canonical=True),
        ),
    )


ALL = [signed("checked", FIRST), signed("decided", SECOND), signed("submitted", FIRST)]


def test_everything_is_kept_as_it_was_signed(database: Database) -> None:
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, EvidencedAct.ISSUANCE, ALL) == []
    with database.reading() as tx:
        assert evidence.of_certificate(tx, TOKYO, SERIAL) == ALL


def test_nothing_is_kept_of_a_key_that_is_suspended_or_unknown(database: Database) -> None:
    with database.transaction() as tx:
        keys.suspend(tx, SECOND, "proposal", now=AT)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, EvidencedAct.ISSUANCE, ALL) == [ALL[1]]
    unknown = signed("other", NOBODY)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, EvidencedAct.ISSUANCE, [unknown]) == [unknown]


def intent(serial: bytes, *, request: str = "request", person: bytes = SERIAL) -> Intent:
    return Intent(
        authority_id=TOKYO,
        serial=serial,
        request=RequestKey("Issue", "registration", request, bytes(32)),
        kind=CertificateKind.USER,
        tbs=b"tbs",
        generation=1,
        key_fingerprint=serial,
        partition="13101",
        not_before=AT,
        not_after=AT + timedelta(days=1),
        intended_at=AT,
        holder=Holder(person_reference=person, application_id="x", municipality_code="13101"),
    )


class Storing:
    """An intent that is stored with evidence beside it, as that of a user's certificate is."""

    def __init__(self, kept: Sequence[KeptEvidence]) -> None:
        self._kept = kept
        self.refusals = 0

    def store(self, tx: Transaction, stored: Intent) -> bytes:
        """Whose intent is kept; raises where the rest must not be kept beside it."""

        def refuse(then: Transaction) -> None:
            self.refusals += 1
            not_kept = evidence.refused(then, self._kept)
            raise OpenJpkiError(Reason.OFFICER_REVOKED, not_kept[0].kind)

        beside = evidence.beside(TOKYO, stored.serial, self._kept, refuse)
        return issuances.add_intent(tx, stored, beside)


def kept_of(database: Database, serial: bytes) -> tuple[Intent | None, list[KeptEvidence]]:
    with database.reading() as tx:
        return (
            issuances.get_intent(tx, TOKYO, serial),
            evidence.of_certificate(tx, TOKYO, serial),
        )


@pytest.mark.parametrize("kept", [ALL, ALL[:1]], ids=["of two officers", "of one"])
def test_an_intent_takes_evidence_along(database: Database, kept: Sequence[KeptEvidence]) -> None:
    storing = Storing(kept)
    with database.transaction() as tx:
        assert storing.store(tx, intent(SERIAL)) == SERIAL
    assert storing.refusals == 0
    assert kept_of(database, SERIAL) == (intent(SERIAL), kept)


def test_a_second_intent_of_a_request_brings_nothing_with_it(database: Database) -> None:
    storing = Storing(ALL)
    with database.transaction() as tx:
        storing.store(tx, intent(SERIAL))
        assert storing.store(tx, intent(OTHER)) == SERIAL
    assert storing.refusals == 0
    assert kept_of(database, OTHER) == (None, [])


def test_evidence_comes_once_where_an_expired_certificate_gives_the_place_free(
    database: Database,
) -> None:
    """Storing the intent is tried twice then."""
    later = AT + timedelta(days=2)
    next_one = replace(intent(OTHER, request="next"), intended_at=later, not_after=later)
    storing = Storing(ALL)
    with database.transaction() as tx:
        assert issuances.add_signed(tx, intent(SERIAL), live=True)
    with database.transaction() as tx:
        assert storing.store(tx, next_one) == OTHER
    assert storing.refusals == 0
    assert kept_of(database, OTHER) == (next_one, ALL)


def test_nothing_stays_beside_an_intent_that_is_refused(database: Database) -> None:
    storing = Storing(ALL)
    with database.transaction() as tx:
        issuances.add_intent(tx, intent(SERIAL))
        with pytest.raises(OpenJpkiError) as refusal:
            storing.store(tx, intent(OTHER, request="another"))
    assert refusal.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
    assert storing.refusals == 0
    assert kept_of(database, OTHER) == (None, [])


def test_no_intent_stays_of_what_a_suspended_key_signed(database: Database) -> None:
    with database.transaction() as tx:
        keys.suspend(tx, SECOND, "proposal", now=AT)
    storing = Storing(ALL)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        storing.store(tx, intent(SERIAL))
    assert refusal.value.reason is Reason.OFFICER_REVOKED
    assert refusal.value.message == ALL[1].kind
    assert storing.refusals == 1
    assert kept_of(database, SERIAL) == (None, [])
    # The place is free for what counts.
    with database.transaction() as tx:
        assert Storing([ALL[0]]).store(tx, intent(SERIAL)) == SERIAL


def test_who_was_superseded_is_kept_whatever_became_of_the_key(database: Database) -> None:
    """What stands in its place must count all the same."""
    with database.transaction() as tx:
        keys.suspend(tx, SECOND, "proposal", now=AT)
    first, superseded = [ALL[0], ALL[2]], signed("application", SECOND)

    def refuse(_tx: Transaction) -> None:
        raise AssertionError("the keys that count are enrolled")

    beside = evidence.beside(TOKYO, SERIAL, first, refuse, superseded=[superseded])
    with database.transaction() as tx:
        assert issuances.add_intent(tx, intent(SERIAL), beside) == SERIAL
    assert kept_of(database, SERIAL)[1] == [superseded, *first]


def test_a_suspended_key_is_seen_where_an_expired_certificate_gives_the_place_free(
    database: Database,
) -> None:
    later = AT + timedelta(days=2)
    next_one = replace(intent(OTHER, request="next"), intended_at=later, not_after=later)
    with database.transaction() as tx:
        assert issuances.add_signed(tx, intent(SERIAL), live=True)
        keys.suspend(tx, SECOND, "proposal", now=AT)
    storing = Storing(ALL)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        storing.store(tx, next_one)
    assert refusal.value.reason is Reason.OFFICER_REVOKED
    assert kept_of(database, OTHER) == (None, [])


def test_of_one_act_a_statement_that_cant_be_read_leaves_the_others(database: Database) -> None:
    broken = replace(ALL[1], octets=b"nothing that was ever signed")
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, EvidencedAct.ISSUANCE, [ALL[0], broken]) == []
    told: list[Unreadable] = []
    with database.reading() as tx:
        found = evidence.of_certificate(tx, TOKYO, SERIAL, left_out=told.append)
        with pytest.raises(OpenJpkiError) as refusal:
            evidence.of_certificate(tx, TOKYO, SERIAL)
    assert found == [ALL[0]]
    assert [(one.table, one.row) for one in told] == [("evidence", "signing-13/41/issuance")]
    assert refusal.value.reason is Reason.STORED_UNREADABLE
