"""What the bridge keeps, on both databases."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import (
    authority_lists,
    crosses,
    partners,
    service_bridge,
)
from openjpki.storage.bridge.authority_lists import OwnList
from openjpki.storage.bridge.crosses import Approval, CrossRecord, Intent
from openjpki.storage.bridge.kinds import Direction, PartnerKind, State
from openjpki.storage.bridge.partners import PartnerRecord
from openjpki.storage.bridge.service_bridge import BridgeGeneration
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

AT = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
GOVERNMENT = PartnerRecord(
    partner_id="government",
    kind=PartnerKind.FOREIGN,
    display_name="政府認証基盤",
    certificate=b"certificate",
    identity=hashlib.sha256(b"government").digest(),
    registered_at=AT,
)
TOKYO = PartnerRecord(
    partner_id="signing-13",
    kind=PartnerKind.PREFECTURAL,
    display_name="東京都",
    certificate=None,
    identity=None,
    registered_at=AT + timedelta(seconds=1),
)
PROPOSED = CrossRecord(
    cross_certification_id="11111111-1111-4111-8111-111111111111",
    partner_id="signing-13",
    direction=Direction.TO_PARTNER,
    state=State.PENDING,
    mappings=(("1.2.3", "1.2.4"), ("1.2.5", "1.2.5")),
    certification_request=b"request",
    offered=None,
    proposed_at=AT,
)
ID = PROPOSED.cross_certification_id
INTENT = Intent(
    serial=b"\x41" * 20, tbs=b"to be signed", key_label="bridge/service/1", generation=1
)


def approval(officer: str) -> Approval:
    return Approval(
        officer=officer,
        actor=f"bridge-officer/bridge/{officer}",
        request_id=officer,
        approved_at=AT,
    )


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "bridge")
    with empty_database.transaction() as tx:
        assert partners.add(tx, GOVERNMENT)
        assert partners.add(tx, TOKYO)
    return empty_database


def approved(tx: Transaction) -> None:
    crosses.add(tx, PROPOSED)
    crosses.approve(tx, ID, approval("officer-2"), 1)
    crosses.approve(tx, ID, approval("officer-1"), 2)
    assert crosses.move(tx, ID, State.PENDING, State.APPROVED, AT)


def test_partner_comes_back_as_it_was(database: Database) -> None:
    with database.reading() as tx:
        assert partners.all_of(tx) == [GOVERNMENT, TOKYO]
        assert partners.get(tx, "signing-13") == TOKYO
        assert partners.get(tx, "signing-27") is None


@pytest.mark.requirement("R4.4")
def test_one_authority_is_one_partner(database: Database) -> None:
    with database.transaction() as tx:
        assert not partners.add(tx, replace(TOKYO, display_name="again"))
        assert not partners.add(tx, replace(GOVERNMENT, partner_id="other"))
    with database.reading() as tx:
        assert partners.all_of(tx) == [GOVERNMENT, TOKYO]


@pytest.mark.requirement("R4.4")
def test_life_of_a_cross_certification(database: Database) -> None:
    with database.transaction() as tx:
        assert crosses.add(tx, PROPOSED)
        assert not crosses.add(tx, replace(PROPOSED, partner_id="government"))
        assert crosses.get(tx, ID) == PROPOSED
        # Nothing is meant to be signed and nothing is issued before it is approved.
        assert service_bridge.reserve_serial(tx, INTENT.serial, AT)
        assert not crosses.intend(tx, ID, INTENT)
        assert not crosses.issue(tx, ID, b"certificate", AT)
        crosses.approve(tx, ID, approval("officer-2"), 1)
        crosses.approve(tx, ID, approval("officer-1"), 2)
        assert crosses.move(tx, ID, State.PENDING, State.APPROVED, AT)
        assert not crosses.move(tx, ID, State.PENDING, State.REJECTED, AT)
        assert crosses.in_state(tx, State.APPROVED) == [crosses.get(tx, ID)]
        assert crosses.intend(tx, ID, INTENT)
        other = replace(INTENT, tbs=b"other")
        assert not crosses.intend(tx, ID, other)
    with database.transaction() as tx:
        found = crosses.lock(tx, ID)
        assert found is not None
        assert found.intent == INTENT
        assert [one.officer for one in found.approvals] == ["officer-2", "officer-1"]
        assert crosses.certificates(tx, State.ISSUED) == []
        assert crosses.issue(tx, ID, b"certificate", AT)
        assert not crosses.issue(tx, ID, b"another", AT)
    with database.reading() as tx:
        found = crosses.get(tx, ID)
        assert found is not None
        assert (found.state, found.certificate, found.intent) == (
            State.ISSUED, b"certificate", None,
        )  # fmt: skip
        assert crosses.certificates(tx, State.ISSUED) == [b"certificate"]
        assert crosses.in_state(tx, State.APPROVED) == []
        assert crosses.all_of(tx, "signing-13") == [found]
        assert crosses.all_of(tx, "government") == []
        assert crosses.approved_by_request(tx, "officer-1", "officer-1") == ID
        assert crosses.approved_by_request(tx, "officer-1", "officer-2") is None


@pytest.mark.requirement("R4.4")
def test_refusal_ends_what_was_approved_and_not_yet_intended(database: Database) -> None:
    with database.transaction() as tx:
        crosses.add(tx, PROPOSED)
        assert not crosses.refuse(tx, ID, "KEY_WEAK", AT)
    with database.transaction() as tx:
        crosses.approve(tx, ID, approval("officer-2"), 1)
        crosses.approve(tx, ID, approval("officer-1"), 2)
        crosses.move(tx, ID, State.PENDING, State.APPROVED, AT)
        second = replace(PROPOSED, cross_certification_id=ID.replace("1", "2"))
        crosses.add(tx, second)
        crosses.move(tx, second.cross_certification_id, State.PENDING, State.APPROVED, AT)
        assert service_bridge.reserve_serial(tx, INTENT.serial, AT)
        assert crosses.intend(tx, second.cross_certification_id, INTENT)
        # From the intent on there will be a certificate.
        assert not crosses.refuse(tx, second.cross_certification_id, "KEY_WEAK", AT)
        assert crosses.refuse(tx, ID, "KEY_WEAK", AT)
        assert not crosses.refuse(tx, ID, "MALFORMED_DER", AT)
        assert not crosses.issue(tx, ID, b"certificate", AT)
        assert not crosses.intend(tx, ID, INTENT)
    with database.reading() as tx:
        found = crosses.get(tx, ID)
        assert found is not None
        assert (found.state, found.refusal, len(found.approvals)) == (
            State.REJECTED, "KEY_WEAK", 2,
        )  # fmt: skip
        left = [one.cross_certification_id for one in crosses.in_state(tx, State.APPROVED)]
        assert left == [second.cross_certification_id]


@pytest.mark.requirement("R4.4")
def test_database_itself_wants_two_officers(database: Database) -> None:
    with database.transaction() as tx:
        crosses.add(tx, PROPOSED)
        crosses.approve(tx, ID, approval("officer-1"), 1)
    for officer, number in (("officer-1", 2), ("officer-2", 1), ("officer-2", 3)):
        with pytest.raises(OpenJpkiError), database.transaction() as tx:
            crosses.approve(tx, ID, approval(officer), number)


def test_certificate_only_in_the_state_issued(database: Database) -> None:
    with database.transaction() as tx:
        approved(tx)
    for change in (
        "UPDATE cross_certifications SET state = 'issued'",
        "UPDATE cross_certifications SET certificate = 'x'",
        "UPDATE cross_certifications SET state = 'unknown'",
    ):
        with pytest.raises(OpenJpkiError), database.transaction() as tx:
            tx.connection.execute(text(change))


def test_serial_is_never_reserved_twice(database: Database) -> None:
    def reserve(number: int) -> bool:
        serial = b"\x42" + bytes([number % 3])
        return database.run(lambda tx: service_bridge.reserve_serial(tx, serial, AT))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(reserve, range(12))) == 3


FIRST = BridgeGeneration(
    generation=1,
    state=GenerationState.ACTIVE,
    key_label="bridge/service/1",
    certificate=b"one",
    created_at=AT,
)


def test_first_generation_is_kept_once(database: Database) -> None:
    with database.transaction() as tx:
        assert service_bridge.issuing(tx) is None
        assert service_bridge.add(tx, FIRST)
        assert not service_bridge.add(tx, replace(FIRST, certificate=b"two"))
        assert service_bridge.issuing(tx) == FIRST


def test_the_generation_that_issues_is_told_by_its_state_not_its_number(
    database: Database,
) -> None:
    second = replace(
        FIRST, generation=2, key_label="bridge/service/2", state=GenerationState.PLANNED
    )
    with database.transaction() as tx:
        assert service_bridge.add(tx, FIRST)
        assert service_bridge.add(tx, second)
        assert service_bridge.issuing(tx) == FIRST
        active, retiring = GenerationState.ACTIVE, GenerationState.RETIRING
        assert not service_bridge.set_state(tx, 1, now=retiring, then=GenerationState.ENDED)
        with pytest.raises(OpenJpkiError) as refusal:
            service_bridge.set_state(tx, 1, now=retiring, then=active)
        assert refusal.value.reason is Reason.WRONG_STATE
        assert service_bridge.set_state(tx, 1, now=active, then=retiring)
        assert service_bridge.issuing(tx) is None
        assert service_bridge.set_state(tx, 2, now=GenerationState.PLANNED, then=active)
        assert service_bridge.issuing(tx) == replace(second, state=active)
        assert [one.state for one in service_bridge.all_of(tx)] == [retiring, active]


def test_two_generations_never_issue(database: Database) -> None:
    second = replace(FIRST, generation=2, key_label="bridge/service/2")
    with database.transaction() as tx:
        assert service_bridge.add(tx, FIRST)
        # The database itself refuses it, whichever of the two came first.
        assert not service_bridge.add(tx, second)
        assert service_bridge.all_of(tx) == (FIRST,)


def test_own_lists_rise_and_answer_for_their_time_until_it_is_over(database: Database) -> None:
    def made(number: int) -> OwnList:
        der = b"list %d" % number
        return OwnList(
            generation=1,
            number=number,
            this_update=AT + timedelta(days=number),
            next_update=AT + timedelta(days=number + 2),
            entries=0,
            sha256=hashlib.sha256(der).digest(),
            der=der,
        )

    with database.transaction() as tx:
        assert service_bridge.add(tx, FIRST)
        assert authority_lists.newest(tx, 1) is None
        for number in range(1, 6):
            assert authority_lists.add(tx, made(number))
        assert not authority_lists.add(tx, made(2))
        assert authority_lists.newest(tx, 1) == made(5)
        assert authority_lists.of_time(tx, 1, AT) is None
        half = timedelta(hours=12)
        assert authority_lists.of_time(tx, 1, AT + timedelta(days=3) + half) == made(3)
        before = AT + timedelta(days=5)
        assert authority_lists.has_bytes_before(tx, 1, before)
        assert authority_lists.drop_bytes(tx, 1, before) == 2
        assert not authority_lists.has_bytes_before(tx, 1, before)
        assert authority_lists.of_time(tx, 1, AT + timedelta(days=2)) is None
        # The newest stays, however old it is.
        assert authority_lists.drop_bytes(tx, 1, AT + timedelta(days=99)) == 2
        assert authority_lists.newest(tx, 1) == made(5)
