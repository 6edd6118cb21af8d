"""What two officers ended has ended, whatever a hand in the database makes its rows say (R4.4)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from threading import get_ident
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import enter_in_journal
from openjpki.services.bridge.exchange import carry_out as carry_out_module
from openjpki.services.bridge.exchange import stored_ends
from openjpki.services.bridge.exchange.carry_out import carry_out, finish_approved
from openjpki.services.bridge.exchange.stored_ends import (
    EndFault,
    RepairedEnds,
    end_faults,
    repair_ends,
)
from openjpki.services.bridge.journal import CROSS_ISSUED, CROSS_REVOKED
from openjpki.services.bridge.journaled_ends import JournaledEnds, was_made
from openjpki.services.bridge.pool import path_material
from openjpki.services.bridge.pool.path_material import MaterialCache, PathMaterial
from openjpki.services.common.stored_generations import DIFFERS, MISSING
from openjpki.storage.bridge import crosses, pool, revocations
from openjpki.storage.bridge.kinds import RevocationState, State
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.transaction import Transaction
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.integration.bridge.test_revoking_crosses import (
    FROM,
    TO,
    governors_cross,
    revoked_in,
    shown,
)
from tests.integration.bridge.test_unreadable_own_list import newest
from tests.support.by_hand import by_hand
from tests.support.ca_service import TOYAMA
from tests.support.foreign_authorities import BRIDGE_POLICY, GOVERNMENT_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.bridge.v1 import bridge_pb2 as pb
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.service import BridgeService
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.journal import Entry
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

PROPOSED = "UPDATE cross_revocations SET state = 'proposed', revoked_at = NULL"
ISSUED = "UPDATE cross_certifications SET state = 'issued'"
ELSEWHERE = "UPDATE cross_certifications SET direction = 'from_partner'"
NOWHERE = ("DELETE FROM revocation_approvals", "DELETE FROM cross_revocations")
LIES: list[tuple[tuple[str, ...], str]] = [
    ((PROPOSED,), DIFFERS),
    (("UPDATE cross_revocations SET state = 'approved'",), DIFFERS),
    ((ELSEWHERE,), DIFFERS),
    ((ISSUED,), DIFFERS),
    ((ISSUED, PROPOSED, ELSEWHERE), DIFFERS),
    (("UPDATE cross_certifications SET generation = NULL",), DIFFERS),
    (("UPDATE cross_revocations SET cause = 'replaced'",), DIFFERS),
    (("UPDATE cross_certifications SET serial = NULL",), "TypeError"),
    (NOWHERE, MISSING),
    ((ISSUED, *NOWHERE), MISSING),
]
OF_THE_POOL = {ISSUED, PROPOSED, *NOWHERE}
APPROVED = """UPDATE cross_certifications SET state = 'approved', certificate = NULL, serial = NULL,
 tbs = NULL, key_label = NULL, generation = NULL"""
KEPT = "UPDATE cross_certifications SET state = 'approved', certificate = NULL"
"""The rows say still that its end is done, of which key, and by which number."""
ALL_DONE = RepairedEnds(repaired=1, left=0)
ALL_LEFT = RepairedEnds(repaired=0, left=1)


def service_of(bridge: RunningBridge) -> BridgeService:
    assert bridge.service is not None
    return bridge.service


def is_listed(service: BridgeService, certificate: bytes) -> bool:
    """On the list that is made now."""
    service.publisher.publish_after_restore()
    return bool(revoked_in([newest(service).der], x509.load_der_x509_certificate(certificate)))


def material_of(bridge: BridgeContext) -> PathMaterial:
    """The pool that a process reads that starts now."""
    bridge.database.run(pool.changing)
    return MaterialCache(replace(bridge, ends=JournaledEnds())).current()


def is_ended(bridge: BridgeContext, certificate: bytes) -> bool:
    """In the pool that a process reads that starts now."""
    material = material_of(bridge)
    here = certificate in [one.octets for one in material.certificates]
    ended = certificate in [one.certificate.octets for one in material.ended]
    assert here != ended
    return ended


def test_the_list_and_the_pool_go_by_the_journal_and_rows_are_put_right(
    fresh_bridge: RunningBridge,
) -> None:
    fresh_bridge.register(TOYAMA)
    service, bridge = service_of(fresh_bridge), service_of(fresh_bridge).bridge
    crossed = governors_cross(fresh_bridge, TO)
    certificate = shown(fresh_bridge, crossed).certificate
    assert not is_ended(bridge, certificate)
    assert end_faults(bridge) == []
    fresh_bridge.end(crossed)
    which = crossed.cross_certification_id
    before = rows_of_it(bridge, which)
    assert end_faults(bridge) == []
    assert repair_ends(bridge, actor="console") == RepairedEnds(0, 0)
    for lies, rule in LIES:
        changed = [by_hand(bridge.database, statement) for statement in lies]
        assert changed[-1] == 1, lies
        told = rows_told()
        assert is_listed(service, certificate), lies
        # Where a cross-certification stands, the list does not ask; of what, the pool does not.
        assert rows_told() > told or lies == (ISSUED,), lies
        told = rows_told()
        assert is_ended(bridge, certificate), lies
        assert rows_told() > told or OF_THE_POOL.isdisjoint(lies), lies
        assert end_faults(bridge) == [EndFault(which, rule)], lies
        assert repair_ends(bridge, actor="console") == ALL_DONE
        assert end_faults(bridge) == []
        assert rows_of_it(bridge, which) == before, lies
        assert is_listed(service, certificate), lies
    with bridge.database.reading() as tx:
        (noted, *more) = SqlJournal().read_all(tx, "bridge", acts={"cross.revocation_repaired"})
    assert len(more) == len(LIES) - 1
    assert (noted.actor, noted.subject) == ("console", which)


def rows_told() -> float:
    """How often an alert would have heard of a row of the kind."""
    labels = {"table": "cross_revocations"}
    return REGISTRY.get_sample_value("openjpki_rows_left_out_total", labels) or 0


def rows_of_it(bridge: BridgeContext, which: str) -> object:
    """But its approvals, of which there is no copy."""
    with bridge.database.reading() as tx:
        found, ending = crosses.get(tx, which), revocations.get(tx, which)
        (own,) = revocations.of_own(tx, 1, left_out=lambda _: None)
    assert ending is not None
    return found, replace(ending, approvals=()), replace(own, listed=True)


def test_what_its_issuer_was_told_of_is_put_right_as_told(
    fresh_bridge: RunningBridge,
) -> None:
    fresh_bridge.register(TOYAMA)
    bridge = service_of(fresh_bridge).bridge
    crossed = governors_cross(fresh_bridge, FROM)
    certificate = shown(fresh_bridge, crossed).certificate
    fresh_bridge.end(crossed)
    assert end_faults(bridge) == []
    by_hand(bridge.database, ISSUED)
    assert is_ended(bridge, certificate)
    assert repair_ends(bridge, actor="console") == ALL_DONE
    with bridge.database.reading() as tx:
        ending = revocations.get(tx, crossed.cross_certification_id)
    assert ending is not None
    assert ending.state is RevocationState.DONE


@pytest.mark.parametrize("fresh_bridge", ["sqlite"], indirect=True)
def test_nothing_is_made_of_a_journal_that_was_changed(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    bridge = service_of(fresh_bridge).bridge
    fresh_bridge.end(governors_cross(fresh_bridge, TO))
    by_hand(bridge.database, PROPOSED)
    by_hand(bridge.database, "UPDATE cross_certifications SET certificate = x'3000'")
    assert repair_ends(bridge, actor="console") == ALL_LEFT
    for act in ("update", "delete"):
        by_hand(bridge.database, f"DROP TRIGGER journal_no_{act}")
    by_hand(bridge.database, "UPDATE journal SET details = '' WHERE act = 'cross.revoked'")
    for ask in (end_faults, lambda one: repair_ends(one, actor="console")):
        with pytest.raises(OpenJpkiError) as refusal:
            ask(bridge)
        assert refusal.value.reason is Reason.STORED_UNREADABLE
        assert "journal" in refusal.value.message


@pytest.mark.parametrize(
    "lies",
    [
        ("UPDATE cross_certifications SET state = 'revoked'",),
        (
            """INSERT INTO cross_revocations
 (cross_certification_id, cause, state, revoked_at, listed)
 SELECT cross_certification_id, 'replaced', 'done', proposed_at, FALSE FROM cross_certifications""",
        ),
    ],
    ids=["of the certification", "of the end"],
)
def test_an_end_that_rows_alone_have_is_found_and_left(
    fresh_bridge: RunningBridge, lies: tuple[str, ...]
) -> None:
    fresh_bridge.register(TOYAMA)
    bridge = service_of(fresh_bridge).bridge
    which = governors_cross(fresh_bridge, TO).cross_certification_id
    assert end_faults(bridge) == []
    for lie in lies:
        assert by_hand(bridge.database, lie) == 1
    assert end_faults(bridge) == [EndFault(which, stored_ends.UNJOURNALED)]
    assert repair_ends(bridge, actor="console") == ALL_LEFT
    assert end_faults(bridge) == [EndFault(which, stored_ends.UNJOURNALED)]


def test_the_journals_beginning_is_read_once(
    fresh_bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For however many ends that rows alone have."""
    fresh_bridge.register(TOYAMA)
    bridge = service_of(fresh_bridge).bridge
    for direction in (TO, FROM):
        governors_cross(fresh_bridge, direction)
    reads: list[object] = []
    read = SqlJournal.read

    def counted(*given: Any, **options: Any) -> Iterator[Entry]:
        reads.append(given)
        return read(*given, **options)

    monkeypatch.setattr(SqlJournal, "read", counted)
    assert end_faults(bridge) == []
    before = len(reads)
    assert by_hand(bridge.database, "UPDATE cross_certifications SET state = 'revoked'") == 2
    assert len(end_faults(bridge)) == 2
    assert len(reads) == 2 * before


def foreign_cross(bridge: RunningBridge, abroad: Abroad) -> tuple[pb.CrossCertification, bytes]:
    """What a foreign partner issued, on no list of ours, and its certificate, handed in too."""
    bridge.register(abroad.partner_id, abroad.government.certificate)
    offered = abroad.government.cross_certify(
        bridge.own_request(abroad.partner_id),
        [PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)],
        "to-service-bridge",
    )
    crossed = bridge.propose(abroad.partner_id, FROM, certificate=offered)
    bridge.approve_twice(crossed)
    return crossed, offered


def test_what_a_foreign_partner_issued_ends_by_the_journal_alone(
    fresh_bridge: RunningBridge, abroad: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, bridge = service_of(fresh_bridge), service_of(fresh_bridge).bridge
    crossed, offered = foreign_cross(fresh_bridge, abroad)
    fresh_bridge.end(crossed)
    which = crossed.cross_certification_id
    fresh_bridge.submit(abroad.partner_id, offered)
    assert is_ended(bridge, offered)
    for lie in (ISSUED, PROPOSED):
        by_hand(bridge.database, lie)
        assert is_ended(bridge, offered), lie
        assert repair_ends(bridge, actor="console") == ALL_DONE, lie
    # The segment with the entry of its issuance was disposed of, and the journal is whole.
    if bridge.database.dialect == "sqlite":
        by_hand(bridge.database, "DROP TRIGGER journal_no_delete")
    assert by_hand(bridge.database, "DELETE FROM journal WHERE act = 'cross.issued'") == 1
    monkeypatch.setattr(stored_ends, "require_whole", lambda *_: None)
    told, here = list[str](), get_ident()
    monkeypatch.setattr(
        path_material,
        "tell_row_differs",
        # The service's own rounds may still tell of what was put right.
        lambda one: told.append(one) if get_ident() == here else None,
    )
    assert end_faults(bridge) == []
    assert is_ended(bridge, offered)
    assert told == []
    for lie in (ISSUED, PROPOSED):
        by_hand(bridge.database, lie)
        assert is_ended(bridge, offered), lie
        assert end_faults(bridge) == [EndFault(which, DIFFERS)], lie
        assert repair_ends(bridge, actor="console") == ALL_DONE, lie
    service.publisher.publish_after_restore()
    assert newest(service).entries == 0
    # Nobody knows whether its issuer is to be told: it is named, and left.
    by_hand(bridge.database, "DELETE FROM partners")
    assert end_faults(bridge) == [EndFault(which, DIFFERS)]
    assert repair_ends(bridge, actor="console") == ALL_LEFT


def test_a_row_without_its_certificate_keeps_no_list_and_no_other_row_waiting(
    fresh_bridge: RunningBridge,
) -> None:
    fresh_bridge.register(TOYAMA)
    service, bridge = service_of(fresh_bridge), service_of(fresh_bridge).bridge
    crossed = governors_cross(fresh_bridge, TO)
    certificate = shown(fresh_bridge, crossed).certificate
    fresh_bridge.end(crossed)
    which = crossed.cross_certification_id
    by_hand(bridge.database, KEPT)
    assert is_listed(service, certificate)
    assert service.publisher.replace_unreadable([newest(service).der], actor="console") == {}
    other = governors_cross(fresh_bridge, TO)
    fresh_bridge.end(other)
    by_hand(
        bridge.database,
        f"{PROPOSED} WHERE cross_certification_id = '{other.cross_certification_id}'",
    )
    assert repair_ends(bridge, actor="console") == RepairedEnds(repaired=1, left=1)
    assert end_faults(bridge) == [EndFault(which, DIFFERS)]
    assert repair_ends(bridge, actor="console") == ALL_LEFT
    assert is_listed(service, certificate)
    assert newest(service).entries == len((crossed, other))


def test_nothing_is_made_a_second_time_of_what_two_officers_approved(
    fresh_bridge: RunningBridge,
) -> None:
    fresh_bridge.register(TOYAMA)
    service, bridge = service_of(fresh_bridge), service_of(fresh_bridge).bridge
    crossed = governors_cross(fresh_bridge, TO)
    certificate = shown(fresh_bridge, crossed).certificate
    for end in (lambda: None, lambda: fresh_bridge.end(crossed)):
        end()
        with bridge.database.reading() as tx:
            before = crosses.get(tx, crossed.cross_certification_id)
        assert by_hand(bridge.database, APPROVED) == 1
        with pytest.raises(OpenJpkiError) as refusal:
            carry_out(bridge, crossed.cross_certification_id)
        assert refusal.value.reason is Reason.STORED_UNREADABLE
        assert finish_approved(bridge) == 1
        with bridge.database.reading() as tx:
            found = crosses.get(tx, crossed.cross_certification_id)
        assert found is not None
        assert before is not None
        assert (found.state, found.intent, found.certificate) == (State.APPROVED, None, None)
        assert certificate not in [one.octets for one in material_of(bridge).certificates]
        restore(bridge, before)
    assert is_listed(service, certificate)


def restore(bridge: BridgeContext, before: CrossRecord) -> None:
    """Its row, from a backup."""
    assert before.certificate is not None
    serial = x509.load_der_x509_certificate(before.certificate).serial_number
    by_hand(
        bridge.database,
        f"UPDATE cross_certifications SET state = '{before.state.value}', generation = 1,"  # noqa: S608
        f" certificate = x'{before.certificate.hex()}', serial = x'{serial:040x}'",
    )


def test_nor_stored_where_it_was_made_meanwhile(
    fresh_bridge: RunningBridge, abroad: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = service_of(fresh_bridge).bridge
    crossed, _ = foreign_cross(fresh_bridge, abroad)
    fresh_bridge.end(crossed)
    monkeypatch.setattr(
        carry_out_module,
        "was_made",
        lambda tx, which: isinstance(tx, Transaction) and was_made(tx, which),
    )
    by_hand(bridge.database, APPROVED)
    with pytest.raises(OpenJpkiError) as refusal:
        carry_out(bridge, crossed.cross_certification_id)
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    with bridge.database.reading() as tx:
        found = crosses.get(tx, crossed.cross_certification_id)
    assert found is not None
    assert (found.state, found.certificate) == (State.APPROVED, None)


def test_no_end_takes_the_place_of_another(fresh_bridge: RunningBridge) -> None:
    """Not that of a second certificate under one id, and not a second one of the same."""
    fresh_bridge.register(TOYAMA)
    service, bridge = service_of(fresh_bridge), service_of(fresh_bridge).bridge
    crossed = governors_cross(fresh_bridge, TO)
    certificate = shown(fresh_bridge, crossed).certificate
    fresh_bridge.end(crossed)
    serial = x509.load_der_x509_certificate(certificate).serial_number
    second = b"a second certificate"
    details = {"partner_id": TOYAMA, "method": "to_partner"}
    digest = hashlib.sha256(second).hexdigest()
    ended = {
        **details,
        "cause": "REPLACED",
        "proposed_by": "bridge-officer/bridge/officer-1",
        "approved_by": "bridge-officer/bridge/officer-2",
    }
    entries: list[tuple[Act, dict[str, Value]]] = [
        (CROSS_ISSUED, {**details, "serial": f"{serial + 1:040x}", "certificate_sha256": digest}),
        (CROSS_REVOKED, {**ended, "serial": f"{serial + 1:040x}"}),
        (CROSS_REVOKED, {**ended, "serial": f"{serial:040x}"}),
    ]
    for act, facts in entries:
        enter(bridge, act, crossed.cross_certification_id, facts)
    with bridge.database.reading() as tx:
        (known,) = JournaledEnds().known(tx).values()
    first, other = known
    assert (first.is_of(certificate), other.is_of(second)) == (True, True)
    assert first.cause is not other.cause
    assert is_listed(service, certificate)
    listed = x509.load_der_x509_crl(newest(service).der)
    assert [one.serial_number for one in listed] == [serial, serial + 1]
    assert is_ended(bridge, certificate)
    # The row can be about one of them, and is.
    assert end_faults(bridge) == []


def enter(bridge: BridgeContext, act: Act, which: str, details: dict[str, Value]) -> None:
    bridge.writer.run(
        lambda tx: enter_in_journal(
            bridge,
            tx,
            act=act,
            actor="bridge",
            subject=which,
            details=details,
            at=bridge.clock.now(),
        )
    )
