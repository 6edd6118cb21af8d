"""What a request for a user's certificate is judged by, asked at once, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import authorities, generations, issuances, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.issuance_question import Judged, judged_by
from openjpki.storage.ca.issuances import Begun, Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.officers import keys
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Collection

    from openjpki.storage.kernel.database import Database

TOKYO, OSAKA, NOWHERE = map(AuthorityId.signing, ("13", "27", "01"))
AT = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
END = AT + timedelta(days=3 * 365)
REQUEST = RequestKey.of("Issue", "spiffe://openjpki.example/registration", "request 1", b"content")
SERIAL = b"\x41"
OFFICERS = {
    bytes([number]) * 32: Officer.parse(f"window-officer/13101/{name}")
    for number, name in enumerate(("tanaka", "suzuki", "mori"), start=1)
}
FIRST, SECOND, THIRD = OFFICERS
UNKNOWN = b"\x09" * 32


def authority(authority_id: AuthorityId) -> AuthorityRecord:
    return AuthorityRecord(
        authority_id=authority_id, active=True, policy_json=f'"{authority_id}"', created_at=AT
    )


def generation(authority_id: AuthorityId, number: int, state: GenerationState) -> Generation:
    return Generation(
        authority_id=authority_id,
        number=number,
        certificate=f"certificate {number} of {authority_id}".encode(),
        key_label=f"authority/{authority_id}/{number}",
        not_before=AT,
        not_after=END,
        state=state,
    )


TOKYOS = (
    generation(TOKYO, 1, GenerationState.RETIRING),
    generation(TOKYO, 2, GenerationState.ACTIVE),
)


def enrolled(key_sha256: bytes) -> EnrolledKey:
    return EnrolledKey(
        officer=OFFICERS[key_sha256],
        spki_der=key_sha256,
        key_sha256=key_sha256,
        state=KeyState.ENROLLED,
        not_before=AT,
        not_after=END,
    )


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    with empty_database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            authorities.add(tx, authority(one))
        for each in TOKYOS:
            generations.add(tx, each)
        for key_sha256, officer in OFFICERS.items():
            keys.queue_for(tx, officer)
            keys.add(tx, enrolled(key_sha256))
    return empty_database


def ask(
    database: Database,
    authority_id: AuthorityId = TOKYO,
    fingerprints: Collection[bytes] = (),
    request: RequestKey = REQUEST,
) -> Judged:
    return database.ask(lambda tx: judged_by(tx, request, authority_id, fingerprints))


def test_an_authority_comes_with_every_generation_and_every_key_once(database: Database) -> None:
    found = ask(database, fingerprints=[FIRST, THIRD, UNKNOWN])
    assert found.authority == (authority(TOKYO), TOKYOS)
    assert found.officer_keys == {FIRST: enrolled(FIRST), THIRD: enrolled(THIRD)}
    assert found.find(FIRST) == enrolled(FIRST)
    assert found.find(UNKNOWN) is found.find(SECOND) is None
    assert found.begun is None


def test_what_is_not_there_hides_nothing_else(database: Database) -> None:
    assert ask(database, OSAKA, [SECOND]) == Judged(
        (authority(OSAKA), ()), None, {SECOND: enrolled(SECOND)}
    )
    assert ask(database, TOKYO, [UNKNOWN]) == Judged((authority(TOKYO), TOKYOS), None, {})
    assert ask(database, TOKYO) == Judged((authority(TOKYO), TOKYOS), None, {})
    assert ask(database, NOWHERE, [FIRST]) == Judged(None, None, {})


def test_a_keys_state_is_the_one_of_the_moment(database: Database) -> None:
    with database.transaction() as tx:
        keys.suspend(tx, OFFICERS[FIRST], "proposal", now=AT)
    found = ask(database, fingerprints=[FIRST, SECOND])
    assert found.find(FIRST) == replace(enrolled(FIRST), state=KeyState.SUSPENDED)
    assert found.find(SECOND) == enrolled(SECOND)


def test_an_earlier_call_is_found_by_its_request_id(database: Database) -> None:
    with database.transaction() as tx:
        serials.reserve(tx, TOKYO, SERIAL, AT)
        issuances.add_intent(
            tx,
            Intent(
                authority_id=TOKYO,
                serial=SERIAL,
                request=REQUEST,
                kind=CertificateKind.USER,
                tbs=b"tbs",
                generation=2,
                key_fingerprint=b"\x05" * 32,
                partition="13101-1",
                not_before=AT,
                not_after=END,
                intended_at=AT,
                holder=Holder(
                    person_reference=b"\x06" * 32, application_id="a", municipality_code="13101"
                ),
            ),
        )
    assert ask(database, fingerprints=[FIRST]).begun == Begun(SERIAL)
    with database.transaction() as tx:
        issuances.mark_signed(tx, TOKYO, SERIAL)
    # Whichever authority is named: the id is one call's.
    assert ask(database, OSAKA).begun == Begun(SERIAL)
    assert ask(database, request=replace(REQUEST, request_id="request 2")).begun is None
    with pytest.raises(OpenJpkiError) as refusal:
        ask(database, request=replace(REQUEST, digest=b"\x07" * 32))
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED
