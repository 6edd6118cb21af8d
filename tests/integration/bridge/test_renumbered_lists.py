"""An authority that was restored from a copy counts its lists anew: refused until an officer
accepts it by the list, with a record, and told wherever a path rests on it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.bridge.test_commands import signing
from tests.integration.bridge.test_past_times import next_second, now
from tests.integration.bridge.test_unreadable_elements import as_officer, removal, service_of
from tests.support.bridge_officers import acceptance
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN
from tests.support.foreign_authorities import TO_MINISTRY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.api.bridge.v1 import bridge_pb2 as pb
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge


def refused(act: Callable[[], object]) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value


def sha256(der: bytes) -> bytes:
    return hashlib.sha256(der).digest()


def renumbered(answer: pb.ValidateResponse) -> list[bool]:
    assert answer.valid
    return [one.renumbered for one in answer.evidence]


def restored(abroad: Abroad) -> bytes:
    """The ministry's list, after its number went back."""
    next_second()
    (abroad.ministry.folder / "crlnumber").write_text("01\n")
    return abroad.ministry.revocation_list()


def with_lists(bridge: RunningBridge, abroad: Abroad) -> None:
    """All of it; the ministry has counted on."""
    bridge.with_foreign(abroad.partner_id, abroad.government)
    to_ministry = abroad.government.cross_certify(
        abroad.ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(abroad.partner_id, to_ministry)
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())
    for _ in range(9):
        newest = abroad.ministry.revocation_list()
    bridge.submit_list(abroad.partner_id, newest)


@pytest.mark.requirement("R4.5")
def test_from_the_accepted_list_on_numbers_count_anew(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge, partner = fresh_bridge, abroad.partner_id
    bridge.with_governor(TOYAMA)
    with_lists(bridge, abroad)
    assert not any(renumbered(bridge.validate(abroad.official)))
    first = restored(abroad)
    assert refused(lambda: bridge.submit_list(partner, first)).reason is Reason.CRL_REFUSED
    request = acceptance(partner, sha256(first), "officer-1")
    officer = as_officer(bridge)
    officer.AcceptRenumberedList(request)
    officer.AcceptRenumberedList(request)  # a retry
    # Another officer's changes nothing: the first record stays.
    other = as_officer(bridge, "officer-2")
    other.AcceptRenumberedList(acceptance(partner, sha256(first), "officer-2"))
    second = abroad.ministry.revocation_list()
    # Not yet: it is from the accepted list on.
    assert refused(lambda: bridge.submit_list(partner, second)).reason is Reason.CRL_REFUSED
    bridge.submit_list(partner, first)
    next_second()
    at_first = now()
    assert any(renumbered(bridge.validate(abroad.official)))
    next_second()
    bridge.submit_list(partner, abroad.ministry.revocation_list())
    next_second()
    assert any(renumbered(bridge.validate(abroad.official)))
    assert any(renumbered(bridge.validate(abroad.official, at=at_first)))
    # What counts anew once more is accepted by itself, or not at all.
    again = restored(abroad)
    assert refused(lambda: bridge.submit_list(partner, again)).reason is Reason.CRL_REFUSED
    with service_of(bridge).bridge.database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, "bridge"))
    (entry,) = [one for one in entries if one.act == "list.numbering_accepted"]
    assert entry.subject == sha256(first).hex()
    assert entry.details["officer"] == "bridge-officer/bridge/officer-1"
    assert entry.details["partner_id"] == partner
    signed = sha256(request.acceptance.signature).hex()
    assert entry.details["signature_sha256"] == signed


@pytest.mark.requirement("R4.5", refuses=True)
def test_a_delta_list_before_it_counts_too(fresh_bridge: RunningBridge, abroad: Abroad) -> None:
    bridge, partner, ministry = fresh_bridge, abroad.partner_id, abroad.ministry
    with_lists(bridge, abroad)
    with (ministry.folder / "openssl.cnf").open("a") as settings:
        settings.write("[delta]\nauthorityKeyIdentifier = keyid\n")
        settings.write("2.5.29.27 = critical, ASN1:INTEGER:1\n")

    def numbered(number: str, options: str = "") -> bytes:
        next_second()
        (ministry.folder / "crlnumber").write_text(f"{number}\n")
        return ministry.odd_list(f"-crlhours 24 {options}")

    bridge.submit_list(partner, numbered("30", "-crlexts delta"))
    lower = numbered("20")
    refusal = refused(lambda: bridge.submit_list(partner, lower))
    assert refusal.reason is Reason.CRL_REFUSED
    assert "than a delta list before it" in str(refusal)
    as_officer(bridge).AcceptRenumberedList(acceptance(partner, sha256(lower), "officer-1"))
    bridge.submit_list(partner, lower)
    # From there on numbers count anew.
    bridge.submit_list(partner, numbered("21"))


@pytest.mark.requirement("R4.5", refuses=True)
def test_whose_acceptance_counts(bridge: RunningBridge, abroad: Abroad) -> None:
    with_lists(bridge, abroad)
    first = restored(abroad)
    partner, digest = abroad.partner_id, sha256(first)
    stub = as_officer(bridge)

    def reason(request: pb.AcceptRenumberedListRequest) -> Reason:
        return refused(lambda: stub.AcceptRenumberedList(request)).reason

    invalid = Reason.EVIDENCE_SIGNATURE_INVALID
    # Another officer's, another list's, another partner's, another request's.
    assert reason(acceptance(partner, digest, "officer-2")) is invalid
    of_another = acceptance(partner, bytes(32), "officer-1")
    of_another.sha256 = digest
    assert reason(of_another) is invalid
    elsewhere = acceptance("elsewhere", digest, "officer-1")
    assert reason(elsewhere) is Reason.PARTNER_NOT_FOUND
    elsewhere.partner_id = partner
    assert reason(elsewhere) is invalid
    late = acceptance(partner, digest, "officer-1")
    late.request_id = acceptance(partner, digest, "officer-1").request_id
    assert reason(late) is invalid
    mine = acceptance(partner, digest, "officer-1")
    as_partner = PoolServiceStub(bridge.channel(PeerRole.PARTNER, partner))
    not_mine = refused(lambda: as_partner.AcceptRenumberedList(mine))
    assert not_mine.reason is Reason.ROLE_NOT_ALLOWED
    assert refused(lambda: bridge.submit_list(partner, first)).reason is Reason.CRL_REFUSED


def test_by_command(
    bridge: RunningBridge,
    abroad: Abroad,
    tmp_path: Path,
    command: Callable[..., tuple[object, Any]],
) -> None:
    with_lists(bridge, abroad)
    first = restored(abroad)
    folder = tmp_path / "credentials"
    bridge.mesh.issue(PeerRole.BRIDGE_OFFICER, "bridge", "officer-1").write(folder)
    reach = ["--target", f"127.0.0.1:{bridge.port}", "--credentials", str(folder)]
    reach += ["--trust-domain", TRUST_DOMAIN, "--officer", "officer-1"]
    reach += signing(tmp_path, bridge, "officer-1")
    words = ["bridge", "pool", "accept-renumbered", abroad.partner_id]
    code, said = command(*words, sha256(first).hex(), *reach)
    assert (code, said["sha256"]) == (0, sha256(first).hex())
    bridge.submit_list(abroad.partner_id, first)
    assert refused(lambda: command(*words, "no hex", *reach)).field == "SHA256"


@pytest.mark.requirement("R4.5", refuses=True)
def test_none_that_a_numbering_rests_on_takes_the_place_of_the_newest(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    """They are kept to tell that numbers count anew. The newest one may hold what they lack."""
    bridge, partner = fresh_bridge, abroad.partner_id
    bridge.with_governor(TOYAMA)
    with_lists(bridge, abroad)
    first = restored(abroad)
    officer = as_officer(bridge)
    officer.AcceptRenumberedList(acceptance(partner, sha256(first), "officer-1"))
    bridge.submit_list(partner, first)
    newest = abroad.ministry.revocation_list()
    bridge.submit_list(partner, newest)
    next_second()
    assert any(renumbered(bridge.validate(abroad.official)))
    officer.RemovePoolElement(removal(sha256(newest)))
    next_second()
    assert not bridge.validate(abroad.official).valid
    bridge.submit_list(partner, abroad.ministry.revocation_list())
    next_second()
    assert any(renumbered(bridge.validate(abroad.official)))
