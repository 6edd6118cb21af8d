"""One element of the pool that can't be read never ends the pool: found, told of, taken out."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import generate_latest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.pool.elements import authorities_here
from openjpki.services.bridge.pool.known_lists import KnownLists
from openjpki.services.bridge.pool.path_material import MaterialCache
from openjpki.services.bridge.pool.refresh import refresh_governors, refresh_lists
from openjpki.storage.bridge import pool, pool_lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN
from tests.support.kept_lists import kept_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.service import BridgeService
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

GARBAGE = b"\x30\x03\x02\x01\x00"
BROKEN_LIST = b"\x30\x03\x02\x01\x01"


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def service_of(bridge: RunningBridge) -> BridgeService:
    assert bridge.service is not None
    return bridge.service


def as_officer(bridge: RunningBridge, name: str = "officer-1") -> PoolServiceStub:
    return PoolServiceStub(bridge.channel(PeerRole.BRIDGE_OFFICER, "bridge", name))


def unreadable(bridge: RunningBridge) -> dict[bytes, pb.PoolElement]:
    answer = as_officer(bridge).ListPoolElements(pb.ListPoolElementsRequest(unreadable_only=True))
    return {one.sha256: one for one in answer.elements}


def removal(digest: bytes) -> pb.RemovePoolElementRequest:
    return pb.RemovePoolElementRequest(request_id=str(uuid.uuid4()), sha256=digest)


@pytest.fixture
def poisoned(bridge: RunningBridge, abroad: Abroad) -> Iterator[Abroad]:
    """A partner whose paths work, with a certificate and a list that an earlier release took."""
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)

    def poison(tx: Transaction) -> None:
        pool.changing(tx)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        pool.submit(tx, sha256(GARBAGE), abroad.partner_id, GARBAGE, at)
        pool_lists.keep(tx, kept_list(BROKEN_LIST, at), BROKEN_LIST)

    def cure(tx: Transaction) -> None:
        pool.changing(tx)
        pool.remove_submitted(tx, sha256(GARBAGE))
        pool_lists.remove(tx, sha256(BROKEN_LIST))

    database = service_of(bridge).bridge.database
    database.run(poison)
    yield abroad
    database.run(cure)


def test_everybody_else_is_served(bridge: RunningBridge, poisoned: Abroad) -> None:
    assert bridge.validate(poisoned.official).valid
    answer = bridge.list_pool()
    assert GARBAGE not in answer.certificates
    assert BROKEN_LIST not in answer.revocation_lists
    # Who hands in the next list has its issuer looked for among all that is kept.
    bridge.submit_list(poisoned.partner_id, poisoned.government.revocation_list())
    metrics = generate_latest(REGISTRY).decode()
    assert 'openjpki_pool_unreadable_elements{kind="certificate"} 1.0' in metrics
    assert 'openjpki_pool_unreadable_elements{kind="revocation_list"} 1.0' in metrics


def test_officers_are_told_which_it_is_and_take_it_out(
    bridge: RunningBridge, poisoned: Abroad
) -> None:
    found = unreadable(bridge)
    assert {sha256(GARBAGE), sha256(BROKEN_LIST)} == set(found)
    bad = found[sha256(GARBAGE)]
    assert bad.kind == pb.POOL_ELEMENT_KIND_CERTIFICATE
    assert bad.origin == pb.POOL_ELEMENT_ORIGIN_SUBMITTED
    assert bad.partner_id == poisoned.partner_id
    assert bad.fault
    assert not bad.subject
    assert not bad.HasField("ends_at")
    assert found[sha256(BROKEN_LIST)].kind == pb.POOL_ELEMENT_KIND_REVOCATION_LIST
    officer = as_officer(bridge)
    for digest in found:
        request = removal(digest)
        officer.RemovePoolElement(request)
        officer.RemovePoolElement(request)  # a retry
        with pytest.raises(OpenJpkiError) as refusal:
            officer.RemovePoolElement(removal(digest))
        assert refusal.value.reason is Reason.POOL_ELEMENT_NOT_FOUND
        assert refusal.value.field == "sha256"
    assert unreadable(bridge) == {}
    assert bridge.validate(poisoned.official).valid
    with service_of(bridge).bridge.database.reading() as tx:
        entries = SqlJournal().read_all(tx, "bridge")
        removed = [one for one in entries if one.act == "pool.element_removed"]
    assert [(one.subject, one.details["kind"]) for one in removed[-2:]] == [
        (digest.hex(), "revocation_list" if digest == sha256(BROKEN_LIST) else "certificate")
        for digest in found
    ]
    assert "bridge-officer/bridge/officer-1" in removed[-1].actor


def test_what_can_be_read_is_listed_and_taken_out_too(
    bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    assert bridge.validate(abroad.official).valid
    officer = as_officer(bridge)
    kept = officer.ListPoolElements(pb.ListPoolElementsRequest()).elements
    handed_in = [one for one in kept if one.partner_id == abroad.partner_id]
    assert sum(one.kind == pb.POOL_ELEMENT_KIND_REVOCATION_LIST for one in handed_in) == 2
    (to_ministry,) = [one for one in handed_in if one.kind == pb.POOL_ELEMENT_KIND_CERTIFICATE]
    assert to_ministry.subject.endswith("C=JP")
    assert to_ministry.HasField("ends_at")
    assert not to_ministry.fault
    officer.RemovePoolElement(removal(to_ministry.sha256))
    assert not bridge.validate(abroad.official).valid
    origins = {one.origin for one in kept}
    assert origins == set(pb.PoolElementOrigin.values()) - {pb.POOL_ELEMENT_ORIGIN_UNSPECIFIED}


@pytest.mark.requirement("R4.5", refuses=True)
def test_what_nobody_handed_in_is_not_taken_out(bridge: RunningBridge) -> None:
    """Anchors come from the ca service; a cross certificate ends by two officers."""
    kept = as_officer(bridge).ListPoolElements(pb.ListPoolElementsRequest()).elements
    others = [one for one in kept if one.origin != pb.POOL_ELEMENT_ORIGIN_SUBMITTED]
    assert {one.origin for one in others} >= {
        pb.POOL_ELEMENT_ORIGIN_AUTHORITY,
        pb.POOL_ELEMENT_ORIGIN_CROSS_CERTIFICATION,
    }
    for one in others:
        with pytest.raises(OpenJpkiError) as refusal:
            as_officer(bridge).RemovePoolElement(removal(one.sha256))
        assert refusal.value.reason is Reason.POOL_ELEMENT_NOT_FOUND
    assert len(bridge.list_pool().certificates) >= len(
        {one.sha256 for one in others if one.kind == pb.POOL_ELEMENT_KIND_CERTIFICATE}
    )


def test_by_command(
    bridge: RunningBridge,
    poisoned: Abroad,
    tmp_path: Path,
    command: Callable[..., tuple[object, Any]],
) -> None:
    folder = tmp_path / "credentials"
    bridge.mesh.issue(PeerRole.BRIDGE_OFFICER, "bridge", "officer-1").write(folder)
    reach = ["--target", f"127.0.0.1:{bridge.port}", "--credentials", str(folder)]
    reach += ["--trust-domain", TRUST_DOMAIN, "--officer", "officer-1"]

    def run(*words: str) -> tuple[object, Any]:
        return command("bridge", "pool", *words, *reach)

    code, found = run("list", "--unreadable")
    assert code == 0
    rows = {row["sha256"]: row for row in found}
    bad = rows[sha256(GARBAGE).hex()]
    assert (bad["kind"], bad["origin"]) == ("certificate", "submitted")
    assert bad["partner"] == poisoned.partner_id
    assert bad["ends_at"] is None
    for digest in rows:
        assert run("remove", digest)[0] == 0
    assert run("list", "--unreadable")[1] == []
    with pytest.raises(OpenJpkiError) as refusal:
        run("remove", "no hex")
    assert refusal.value.field == "SHA256"


def test_one_governor_that_cannot_be_read_does_not_end_the_others(bridge: RunningBridge) -> None:
    context = service_of(bridge).bridge
    with context.database.reading() as tx:
        known = pool.governors(tx)
    broken = [
        replace(one, certificate=GARBAGE) if str(one.authority_id) == KAGAWA else one
        for one in known
    ]
    # The list of the other one is taken all the same.
    poisoned = sorted(broken, key=lambda one: one.certificate != GARBAGE)
    assert not refresh_lists(context, poisoned, KnownLists())

    def put(tx: Transaction) -> None:
        pool.changing(tx)
        pool.replace_governors(tx, broken)

    context.database.run(put)
    material = MaterialCache(context).current()
    assert [str(one) for one in material.governors] == [TOYAMA]
    assert GARBAGE not in [one.octets for one in material.certificates]
    service_of(bridge).refresher.look()
    assert len(MaterialCache(context).current().governors) == len(known)


@pytest.mark.requirement("R4.4", refuses=True)
def test_the_name_of_a_governor_that_ca_lists_no_more_is_nobody_elses(
    bridge: RunningBridge,
) -> None:
    """ca leaves out an authority that it can't read: nobody gets its name or its key for that."""
    context = service_of(bridge).bridge
    listed = context.ca.governors()

    class LeavesOut:
        def governors(self) -> list[GovernorGeneration]:
            return [one for one in listed if str(one.authority_id) != KAGAWA]

    refresh_governors(replace(context, ca=LeavesOut()))  # type: ignore[arg-type]
    with context.database.reading() as tx:
        known = {str(one.authority_id): one for one in pool.governors(tx)}
        ours = authorities_here(tx)
    left = known[KAGAWA]
    assert not left.is_anchor
    assert left.certificate in [one.octets for one in ours]
    assert known[TOYAMA].is_anchor
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.register("stranger", left.certificate)
    assert refusal.value.reason is Reason.CROSS_CERTIFICATE_REFUSED
    version = pool_version(context)
    refresh_governors(replace(context, ca=LeavesOut()))  # type: ignore[arg-type]
    refresh_governors(context)
    with context.database.reading() as tx:
        assert pool.governors(tx) == sorted(
            listed, key=lambda one: (one.authority_id, one.generation)
        )
    assert pool_version(context) > version


def test_no_name_is_given_away_while_one_of_ours_cannot_be_read(bridge: RunningBridge) -> None:
    context = service_of(bridge).bridge

    def spoil(tx: Transaction) -> None:
        known = pool.governors(tx)
        pool.replace_governors(tx, [replace(known[0], certificate=GARBAGE), *known[1:]])
        with pytest.raises(OpenJpkiError) as refusal:
            authorities_here(tx)
        assert refusal.value.reason is Reason.STORED_UNREADABLE
        pool.replace_governors(tx, known)
        assert pool.governors(tx) == known

    context.database.run(spoil)


def pool_version(context: BridgeContext) -> int:
    with context.database.reading() as tx:
        return pool.version(tx)
