"""Lists longer than one call takes: handed in by parts, read once, in nobody's way."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.pool.dispose_lists import dispose_lists
from openjpki.services.bridge.pool.uploads import MOST_BEGUN, PART
from openjpki.storage.bridge import pool_lists, uploads
from openjpki.storage.bridge.pool_lists import _SLICE
from tests.integration.bridge.test_unreadable_elements import service_of
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.foreign_authorities import TO_MINISTRY
from tests.support.long_lists import long_list
from tests.support.mesh import SettableClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Reading
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

ENTRIES = 200_000
"""Almost 7 MiB."""


def parts(partner: str, der: bytes) -> Iterator[pb.UploadRevocationListPartRequest]:
    for begins in range(0, len(der), PART):
        yield pb.UploadRevocationListPartRequest(
            request_id=str(uuid.uuid4()),
            partner_id=partner,
            sha256=hashlib.sha256(der).digest(),
            octets=len(der),
            begins=begins,
            part=der[begins : begins + PART],
        )


def submission(partner: str, der: bytes) -> pb.SubmitRevocationListRequest:
    return pb.SubmitRevocationListRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        uploaded_sha256=hashlib.sha256(der).digest(),
    )


def refused(act: Callable[[], object], reason: Reason, field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    assert (refusal.value.reason, refusal.value.field) == (reason, field)


def with_all_but_its_list(bridge: RunningBridge, abroad: Abroad) -> None:
    """What leads to the ministry, and the government's list."""
    bridge.with_foreign(abroad.partner_id, abroad.government)
    to_ministry = abroad.government.cross_certify(
        abroad.ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(abroad.partner_id, to_ministry)
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())


@pytest.fixture
def linked(bridge: RunningBridge, abroad: Abroad) -> Abroad:
    """All but the ministry's list is there."""
    with_all_but_its_list(bridge, abroad)
    return abroad


def test_a_list_that_was_handed_in_is_not_read_again(
    bridge: RunningBridge, linked: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the first question, nor by those after another change of the pool."""
    der = linked.ministry.revocation_list()
    asked: list[bytes] = []
    usual = pool_lists.der_of

    def counted(tx: Reading, sha256: bytes) -> bytes | None:
        asked.append(sha256)
        return usual(tx, sha256)

    monkeypatch.setattr(pool_lists, "der_of", counted)
    bridge.submit_list(linked.partner_id, der)
    assert bridge.validate(linked.official).valid
    another = linked.government.revocation_list()
    bridge.submit_list(linked.partner_id, another)
    assert bridge.validate(linked.official).valid
    assert not {hashlib.sha256(one).digest() for one in (der, another)} & set(asked)


@pytest.mark.parametrize("octets", [1, _SLICE - 1, _SLICE, _SLICE + 1, 2 * _SLICE])
def test_a_kept_list_is_fetched_whole(fresh_bridge: RunningBridge, octets: int) -> None:
    made = bytes(range(256)) * (octets // 256 + 1)
    der = made[:octets]
    now = datetime.now(UTC)
    kept = pool_lists.KeptList(
        sha256=hashlib.sha256(der).digest(), issuer=bytes(32), scope=bytes(32), number=1,
        this_update=now, next_update=now, retained_from=now, partner_id=None, octets=octets,
    )  # fmt: skip
    database = service_of(fresh_bridge).bridge.database
    with database.transaction() as tx:
        pool_lists.keep(tx, kept, der)
    with database.reading() as tx:
        assert pool_lists.der_of(tx, kept.sha256) == der
        assert pool_lists.der_of(tx, bytes(32)) is None


def test_a_long_list_is_handed_in_by_parts(bridge: RunningBridge, linked: Abroad) -> None:
    partner, stub = linked.partner_id, bridge.pool(linked.partner_id)
    der = long_list(linked.ministry.folder, ENTRIES, number=1)
    first, *rest = parts(partner, der)
    assert len(rest) > 3
    assert stub.UploadRevocationListPart(first).octets == PART
    # Until all have come there is no list.
    named = submission(partner, der)
    incomplete = Reason.LIST_UPLOAD_INCOMPLETE
    refused(lambda: stub.SubmitRevocationList(named), incomplete, "uploaded_sha256")
    for part in reversed(rest):
        stub.UploadRevocationListPart(part)
        again = stub.UploadRevocationListPart(part)
    assert again.octets == len(der)
    stub.SubmitRevocationList(named)
    stub.SubmitRevocationList(named)  # a retry
    answer = bridge.validate(linked.official)
    assert answer.valid
    digest = hashlib.sha256(der).digest()
    assert digest in {one for each in answer.evidence for one in each.revocation_lists}
    # Everybody else's is in one answer as before, and this one by itself.
    pool = bridge.list_pool()
    assert list(pool.left_out) == [digest]
    assert len(pool.revocation_lists) > 3
    assert der not in pool.revocation_lists
    verifier = PoolServiceStub(bridge.channel(PeerRole.VERIFIER, "tax-office"))
    pieces = verifier.DownloadPoolElement(pb.DownloadPoolElementRequest(sha256=digest))
    assert b"".join(one.chunk for one in pieces) == der
    nothing = pb.DownloadPoolElementRequest(sha256=bytes(32))
    refused(
        lambda: list(verifier.DownloadPoolElement(nothing)),
        Reason.POOL_ELEMENT_NOT_FOUND,
        "sha256",
    )
    # Its parts are gone.
    database = service_of(bridge).bridge.database
    with database.reading() as tx:
        assert uploads.begun_by(tx, partner) == 0
    refused(
        lambda: stub.SubmitRevocationList(submission(partner, der)), incomplete, "uploaded_sha256"
    )


def test_parts_that_are_not_taken(bridge: RunningBridge, linked: Abroad) -> None:
    partner, stub = linked.partner_id, bridge.pool(linked.partner_id)

    def upload(**more: object) -> Callable[[], object]:
        fields = {
            "request_id": str(uuid.uuid4()),
            "partner_id": partner,
            "sha256": bytes(32),
            "octets": PART + 2,
            "begins": 0,
            "part": bytes(PART),
        }
        request = pb.UploadRevocationListPartRequest(**{**fields, **more})  # type: ignore[arg-type]
        return lambda: stub.UploadRevocationListPart(request)

    no = Reason.CRL_REFUSED
    refused(upload(begins=1), no, "part")
    refused(upload(part=bytes(5)), no, "part")
    refused(upload(begins=PART, part=bytes(3)), no, "part")
    refused(upload(begins=2 * PART), no, "part")
    refused(upload(octets=(64 << 20) + 1), Reason.INVALID_FIELD, "octets")
    upload()()
    refused(upload(octets=PART + 3, begins=PART, part=bytes(3)), no, "octets")
    for number in range(1, MOST_BEGUN):
        upload(sha256=bytes([number]) * 32)()
    refused(upload(sha256=b"x" * 32), no, "sha256")
    # What they are parts of is another list than was named.
    upload(begins=PART, part=bytes(2))()
    request = pb.SubmitRevocationListRequest(
        request_id=str(uuid.uuid4()), partner_id=partner, uploaded_sha256=bytes(32)
    )
    incomplete = Reason.LIST_UPLOAD_INCOMPLETE
    refused(lambda: stub.SubmitRevocationList(request), incomplete, "uploaded_sha256")
    # They take room for a day.
    context = service_of(bridge).bridge
    dispose_lists(context)
    with context.database.reading() as tx:
        assert uploads.begun_by(tx, partner) == MOST_BEGUN
    later = SettableClock()
    later.offset = timedelta(days=1, minutes=1)
    dispose_lists(replace(context, clock=later))
    with context.database.reading() as tx:
        assert uploads.begun_by(tx, partner) == 0


def test_by_command(
    bridge: RunningBridge,
    linked: Abroad,
    tmp_path: Path,
    command: Callable[..., tuple[object, Any]],
) -> None:
    folder = tmp_path / "credentials"
    bridge.mesh.issue(PeerRole.PARTNER, linked.partner_id, "").write(folder)
    file, to = tmp_path / "long.crl", tmp_path / "pool"
    file.write_bytes(long_list(linked.ministry.folder, ENTRIES, number=2))
    reach = ["--target", f"127.0.0.1:{bridge.port}", "--credentials", str(folder)]
    reach += ["--trust-domain", TRUST_DOMAIN]

    assert command("bridge", "submit-crl", linked.partner_id, file, *reach)[0] == 0
    assert bridge.validate(linked.official).valid
    code, said = command("bridge", "pool", "--to", to, *reach)
    assert code == 0
    assert said["large"] >= 1
    assert file.read_bytes() in [one.read_bytes() for one in to.glob("large-*.der")]
