"""A generation whose row is not as it was made: named, and put right by what the journal has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.authorities.stored_generations import (
    repair_generation,
    stored_generations,
)
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.ca.test_authority_service import responder_request
from tests.support.by_hand import by_hand
from tests.support.ca_service import KAGAWA, TOYAMA

if TYPE_CHECKING:
    from openjpki.domain.generation import Generation
    from openjpki.services.common.stored_generations import StoredGeneration
    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

AUTHORITY = AuthorityId.parse(TOYAMA)
SPOILT = {
    "sqlite": [
        "number = 'many'",
        "key_label = x'00ff'",
        "key_label = 'authority/signing-16/2'",
        "certificate = 'text'",
        "certificate = x'3000'",
        "not_before = 'never'",
        "not_after = '2099-01-01 00:00:00.000000'",
        "state = 'asleep'",
        "authority_id = 'signing-99'",
    ],
    "postgresql": [
        "key_label = 'authority/signing-16/2'",
        "certificate = x'3000'",
        "not_after = 'infinity'",
    ],
}


def stored(ca: RunningCa) -> list[StoredGeneration]:
    with ca.service.ca.database.reading() as tx:
        return stored_generations(tx, AUTHORITY).listed()


def read(ca: RunningCa) -> Generation:
    with ca.service.ca.database.reading() as tx:
        return require_authority(tx, AUTHORITY).current


def test_a_generation_is_put_right_by_what_the_journal_has(ca: RunningCa, keys: Keys) -> None:
    service, database = ca.service.ca, ca.service.ca.database
    before = read(ca)
    with pytest.raises(OpenJpkiError) as refusal:
        repair_generation(service, AUTHORITY, 1, actor="console")
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "generation")
    for change in SPOILT[database.dialect]:
        changed = by_hand(
            database,
            f"UPDATE generations SET {change} WHERE authority_id = '{TOYAMA}'",  # noqa: S608
        )
        assert changed == 1
        assert any(one.fault for one in stored(ca)), change
        if change.startswith(("certificate", "not_before")):
            with pytest.raises(OpenJpkiError) as refusal:
                ca.authorities().IssueResponderCertificate(responder_request(keys[0]))
            assert refusal.value.reason in {Reason.STORED_UNREADABLE}, change
        asked = None
        if change.startswith(("state", "authority_id")):
            with pytest.raises(OpenJpkiError) as refusal:
                repair_generation(service, AUTHORITY, 1, actor="console")
            assert refusal.value.field == "--state"
            asked = GenerationState.ACTIVE
        made = repair_generation(service, AUTHORITY, 1, state=asked, actor="console")
        assert made == before == read(ca), change
        assert [one.fault for one in stored(ca)] == [None]
        by_hand(database, "DELETE FROM generations WHERE authority_id LIKE '%99'")
    with pytest.raises(OpenJpkiError) as refusal:
        repair_generation(service, AUTHORITY, 2, actor="console")
    assert refusal.value.reason is Reason.GENERATION_NOT_FOUND
    listed = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest()).authorities
    assert {one.authority_id for one in listed} == {TOYAMA, KAGAWA}
    assert ca.authorities().IssueResponderCertificate(responder_request(keys[0])).certificate
    with database.reading() as tx:
        noted = [
            one.details["state"]
            for one in SqlJournal().read_all(tx, TOYAMA, acts={"authority.generation_repaired"})
        ]
    assert noted == ["active"] * len(SPOILT[database.dialect])


def test_a_certificate_comes_from_wherever_it_is(ca: RunningCa) -> None:
    """Not in its row, nor among all certificates; whoever trusts the authority has it."""
    database, before = ca.service.ca.database, read(ca)
    by_hand(database, "UPDATE generations SET certificate = x'3000'")
    by_hand(database, "UPDATE certificates SET certificate = x'3000' WHERE kind = 'authority'")
    with pytest.raises(OpenJpkiError) as refusal:
        repair_generation(ca.service.ca, AUTHORITY, 1, actor="console")
    assert (refusal.value.reason, refusal.value.field) == (
        Reason.STORED_UNREADABLE, "--certificate",
    )  # fmt: skip
    for given, is_it in ((b"\x30\x00", False), (before.certificate, True)):
        if is_it:
            repair_generation(ca.service.ca, AUTHORITY, 1, certificate=given, actor="console")
        else:
            with pytest.raises(OpenJpkiError):
                repair_generation(ca.service.ca, AUTHORITY, 1, certificate=given, actor="console")
    assert read(ca) == before


def test_a_state_that_can_be_read_is_no_matter_of_opinion(ca: RunningCa) -> None:
    database = ca.service.ca.database
    by_hand(database, "UPDATE generations SET state = 'compromised', certificate = x'3000'")
    with pytest.raises(OpenJpkiError) as refusal:
        repair_generation(
            ca.service.ca, AUTHORITY, 1, state=GenerationState.ACTIVE, actor="console"
        )
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "--state")
    made = repair_generation(ca.service.ca, AUTHORITY, 1, actor="console")
    assert made.state is GenerationState.COMPROMISED
