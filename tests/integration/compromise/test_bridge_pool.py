"""A stolen credential of a bridge officer, and a partner that means harm, at the bridge's pool."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.domain.evidence import RenumberedListAccepted
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import to_message
from openjpki.services.bridge.pool.uploads import MOST_BEGUN, PART
from openjpki.storage.bridge.tables import metadata
from tests.integration.bridge.test_past_times import next_second
from tests.integration.bridge.test_unreadable_elements import as_officer, removal, service_of
from tests.support.bridge_officers import acceptance, signer
from tests.support.bridge_service import RunningBridge, running_bridge
from tests.support.foreign_authorities import GOVERNMENT_POLICY, OddAuthority, authority
from tests.support.officers import Register, Signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.compromise.conftest import Attack

LARGEST = 64 << 20
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def bridge(attack: Attack) -> Iterator[RunningBridge]:
    url = f"sqlite:///{attack.ca.folder / 'pool.db'}"
    with running_bridge(attack.ca.folder / "pool", url, attack.ca) as one:
        yield one


class Partner:
    """A foreign government, its lists and what the bridge keeps of it."""

    def __init__(self, bridge: RunningBridge, government: OddAuthority) -> None:
        self.bridge = bridge
        self.government = government
        self.id = f"partner-{next(_NUMBERS)}"
        bridge.register(self.id, government.certificate)
        self.before = government.revocation_list()
        next_second()
        self.newest = government.revocation_list()
        bridge.submit_list(self.id, self.newest)

    def restored(self) -> bytes:
        """A list after its number went back."""
        (self.government.folder / "crlnumber").write_text("01\n")
        return self.next()

    def next(self) -> bytes:
        """The list after that."""
        next_second()
        return self.government.revocation_list()

    def part(self, number: int, octets: int = PART + 1) -> pb.UploadRevocationListPartRequest:
        """The first part of a list that never comes."""
        return pb.UploadRevocationListPartRequest(
            request_id=str(uuid.uuid4()),
            partner_id=self.id,
            sha256=number.to_bytes(32, "big"),
            octets=octets,
            part=bytes(PART),
        )

    def rows(self) -> dict[str, int]:
        """What the bridge keeps of everybody."""
        names = ("accepted_numberings", "kept_lists", "list_uploads", "list_upload_parts")
        with service_of(self.bridge).bridge.database.reading() as tx:
            return {
                name: tx.connection.execute(
                    select(func.count()).select_from(metadata.tables[name])
                ).scalar_one()
                for name in names
            }


def signed_by_a_thief(partner_id: str, sha256: bytes) -> pb.AcceptRenumberedListRequest:
    """The rightful statement in the officer's name, naming the officer's key, by another one."""
    rightful = signer("officer-1")
    thief = Signer(rightful.officer)
    occasion = thief.occasion()
    signature = thief.sign(
        RenumberedListAccepted(occasion=occasion, partner_id=partner_id, list_sha256=sha256)
    )
    return pb.AcceptRenumberedListRequest(
        request_id=occasion.request_id,
        partner_id=partner_id,
        sha256=sha256,
        acceptance=to_message(replace(signature, key_sha256=rightful.key.public_key.sha256)),
    )


@pytest.fixture
def partner(bridge: RunningBridge, tmp_path: Path) -> Partner:
    return Partner(bridge, authority(tmp_path, f"Pool{next(_NUMBERS)}", GOVERNMENT_POLICY))


def test_an_officers_credential_without_the_key_accepts_no_numbering(
    attack: Attack, bridge: RunningBridge, partner: Partner
) -> None:
    restored = partner.restored()
    digest, before = hashlib.sha256(restored).digest(), partner.rows()
    stub = as_officer(bridge)
    forged = signed_by_a_thief(partner.id, digest)
    with attack.refused("pool-numbering-forged"):
        stub.AcceptRenumberedList(forged)
    replayed = acceptance(partner.id, bytes(32), "officer-1")
    replayed.sha256 = digest
    with attack.refused("pool-numbering-replayed"):
        stub.AcceptRenumberedList(replayed)
    with attack.refused("pool-numbering-again"):
        stub.AcceptRenumberedList(acceptance(partner.id, digest, "officer-2"))
    as_partner = PoolServiceStub(bridge.channel(PeerRole.PARTNER, partner.id))
    with attack.refused("pool-numbering-partner"):
        as_partner.AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))
    assert partner.rows() == before
    with attack.refused("pool-rolled-back"):
        bridge.submit_list(partner.id, restored)
    # With the key it is the officer.
    with attack.remains("pool-numbering-signed"):
        stub.AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))
        bridge.submit_list(partner.id, restored)
        assert restored in bridge.list_pool().revocation_lists


def test_an_acceptance_ends_with_the_officer(
    attack: Attack, bridge: RunningBridge, partner: Partner
) -> None:
    """Until a list has come that rests on it, nothing does."""
    register = Register("bridge", bridge.channel)
    leaver = signer("leaver")
    register.enrol(leaver.officer, leaver.key)
    restored = partner.restored()
    digest = hashlib.sha256(restored).digest()
    as_officer(bridge, "leaver").AcceptRenumberedList(acceptance(partner.id, digest, "leaver"))
    suspension = register.revoke(leaver.officer).proposal
    with attack.refused("pool-numbering-revoked"):
        bridge.submit_list(partner.id, restored)
    # The record is nobody's to change: what is accepted is a list made later.
    with pytest.raises(OpenJpkiError) as told:
        as_officer(bridge).AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))
    assert (told.value.reason, told.value.field) == (Reason.WRONG_STATE, "sha256")
    register.approve(suspension)
    later = partner.restored()
    digest = hashlib.sha256(later).digest()
    as_officer(bridge).AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))
    bridge.submit_list(partner.id, later)


def test_a_new_count_ends_with_the_list_that_it_began_with(
    attack: Attack, bridge: RunningBridge, partner: Partner
) -> None:
    officer = as_officer(bridge)

    def accept(der: bytes) -> None:
        digest = hashlib.sha256(der).digest()
        officer.AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))

    next_second()
    (partner.government.folder / "crlnumber").write_text("30\n")
    bridge.submit_list(partner.id, partner.government.revocation_list())
    restored = partner.restored()
    accept(restored)
    bridge.submit_list(partner.id, restored)
    officer.RemovePoolElement(removal(hashlib.sha256(restored).digest()))
    later = partner.next()
    for taken_back in (restored, later):
        with attack.refused("pool-numbering-taken-out"):
            bridge.submit_list(partner.id, taken_back)
    # Accepted once more, by a list of its own, numbers count on from that.
    accept(later)
    bridge.submit_list(partner.id, later)
    bridge.submit_list(partner.id, partner.next())


def test_a_partner_rolls_no_list_back(
    attack: Attack, bridge: RunningBridge, partner: Partner
) -> None:
    with attack.refused("pool-rolled-back"):
        bridge.submit_list(partner.id, partner.before)
    digest = hashlib.sha256(partner.before).digest()
    as_officer(bridge).AcceptRenumberedList(acceptance(partner.id, digest, "officer-1"))
    with attack.refused("pool-rolled-back-accepted"):
        bridge.submit_list(partner.id, partner.before)
    lists = bridge.list_pool().revocation_lists
    assert partner.newest in lists
    assert partner.before not in lists


def test_one_partner_fills_no_disk(
    attack: Attack, bridge: RunningBridge, partner: Partner, tmp_path: Path
) -> None:
    stub = bridge.pool(partner.id)
    with attack.remains("pool-uploads-kept"):
        for number in range(MOST_BEGUN):
            stub.UploadRevocationListPart(partner.part(number, LARGEST))
    before = partner.rows()
    with attack.refused("pool-uploads-many"):
        stub.UploadRevocationListPart(partner.part(MOST_BEGUN))
    with attack.refused("pool-uploads-long"):
        stub.UploadRevocationListPart(partner.part(0, LARGEST + 1))
    other = Partner(bridge, authority(tmp_path, f"Pool{next(_NUMBERS)}", GOVERNMENT_POLICY))
    between = partner.rows()
    with attack.refused("pool-uploads-other"):
        stub.UploadRevocationListPart(other.part(0))
    assert partner.rows() == between
    assert between["list_upload_parts"] == before["list_upload_parts"]
    # Who has begun none is in nobody's way.
    bridge.pool(other.id).UploadRevocationListPart(other.part(0))
