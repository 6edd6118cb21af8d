"""What two officers ended has ended, whatever a hand in the database makes its rows say (R4.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange.stored_ends import EndFault, end_faults, repair_ends
from openjpki.services.bridge.journaled_ends import JournaledEnds
from openjpki.services.bridge.pool.path_material import MaterialCache
from openjpki.services.common.stored_generations import DIFFERS, MISSING
from openjpki.storage.bridge import crosses, pool, revocations
from openjpki.storage.bridge.kinds import RevocationState
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
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

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.service import BridgeService
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


def service_of(bridge: RunningBridge) -> BridgeService:
    assert bridge.service is not None
    return bridge.service


def is_listed(service: BridgeService, certificate: bytes) -> bool:
    """On the list that is made now."""
    service.publisher.publish_after_restore()
    return bool(revoked_in([newest(service).der], x509.load_der_x509_certificate(certificate)))


def is_ended(bridge: BridgeContext, certificate: bytes) -> bool:
    """In the pool that a process reads that starts now."""
    bridge.database.run(pool.changing)
    material = MaterialCache(replace(bridge, ends=JournaledEnds())).current()
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
    assert repair_ends(bridge, actor="console") == 0
    for lies, rule in LIES:
        changed = [by_hand(bridge.database, statement) for statement in lies]
        assert changed[-1] == 1, lies
        told = rows_told()
        assert is_listed(service, certificate), lies
        assert is_ended(bridge, certificate), lies
        assert rows_told() > told, lies
        assert end_faults(bridge) == [EndFault(which, rule)], lies
        assert repair_ends(bridge, actor="console") == 1
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
    assert repair_ends(bridge, actor="console") == 1
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
    with pytest.raises(OpenJpkiError) as refusal:
        repair_ends(bridge, actor="console")
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    for act in ("update", "delete"):
        by_hand(bridge.database, f"DROP TRIGGER journal_no_{act}")
    by_hand(bridge.database, "UPDATE journal SET details = '' WHERE act = 'cross.revoked'")
    for ask in (end_faults, lambda one: repair_ends(one, actor="console")):
        with pytest.raises(OpenJpkiError) as refusal:
            ask(bridge)
        assert refusal.value.reason is Reason.STORED_UNREADABLE
        assert "journal" in refusal.value.message
