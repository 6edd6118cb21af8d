"""Lists as they are published and fetched (R3.2, R3.3, R4.1.1)."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.crl import revocation_list_servicer
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.storage.ca import lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.logging import configure_logging
from tests.integration.ca.test_revoking import MovedClock, revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, revoke_request, running_ca
from tests.support.crl_signature import is_signed_by

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def fetch(
    ca: RunningCa,
    partition: str,
    *,
    authority_id: str = TOYAMA,
    role: PeerRole = PeerRole.OCSP,
) -> x509.CertificateRevocationList:
    request = ca_pb2.GetRevocationListRequest(authority_id=authority_id, partition=partition)
    chunks = [message.chunk for message in ca.lists(role).GetRevocationList(request)]
    return x509.load_der_x509_crl(b"".join(chunks))


def wait_for_first_lists(ca: RunningCa) -> None:
    """The service makes them by itself as it starts."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with ca.service.ca.database.reading() as tx:
            counts = [
                len(lists.newest_of_all(tx, AuthorityId.parse(each))) for each in (TOYAMA, KAGAWA)
            ]
        if counts == [16, 18]:
            return
        time.sleep(0.05)
    pytest.fail(f"lists after a minute: {counts}")


def authority_certificate(ca: RunningCa, authority_id: str = TOYAMA) -> x509.Certificate:
    answer = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    (found,) = [one for one in answer.authorities if one.authority_id == authority_id]
    return x509.load_der_x509_certificate(found.certificate)


@pytest.mark.requirement("R4.1.2")
def test_every_municipality_has_a_list_from_the_start(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    issuer = authority_certificate(ca)
    for partition in ("16201", "16343", "authority"):
        found = fetch(ca, partition)
        assert is_signed_by(found, issuer)
        assert len(found) == 0
        assert found.next_update_utc == found.last_update_utc + timedelta(hours=48)
        assert found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1


@pytest.mark.requirement("R3.2", "R4.1.2")
def test_revoked_certificate_is_in_its_municipalitys_list_only(ca: RunningCa, keys: Keys) -> None:
    wait_for_first_lists(ca)
    stub = ca.certificates()
    answer = stub.IssueCertificate(issue_request(keys[0]))
    notice = revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE
    revoked = ca.governors().RevokeCertificate(
        revoke_request(answer.serial, notice, officer=f"governor-officer/{TOYAMA}/mori")
    )
    ca.service.publisher.publish_authority(AuthorityId.parse(TOYAMA))
    certificate = x509.load_der_x509_certificate(answer.certificate)
    own = fetch(ca, "16201")
    (entry,) = list(own)
    assert entry.serial_number == certificate.serial_number
    assert int(entry.revocation_date_utc.timestamp()) == revoked.revoked_at.seconds
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.affiliation_changed
    assert own.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 2
    point = own.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.critical
    assert point.value.only_contains_user_certs
    (stated,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert stated.full_name == point.value.full_name
    assert len(fetch(ca, "16202")) == len(fetch(ca, "authority")) == 0


@pytest.mark.requirement("R1.3.1")
def test_authority_list_is_of_authority_certificates(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    found = fetch(ca, "authority", role=PeerRole.BRIDGE)
    point = found.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    assert point.only_contains_ca_certs
    issuer = authority_certificate(ca)
    (stated,) = issuer.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert stated.full_name == point.full_name


def test_numbers_rise_and_every_list_is_in_the_journal(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    for _ in range(3):
        assert ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201") is not None
    with ca.service.ca.database.reading() as tx:
        numbers = [
            entry.details["crl_number"]
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.act == "list.published" and entry.subject == "16201"
        ]
    assert numbers == [1, 2, 3, 4]


@pytest.mark.requirement("R4.1.2")
def test_lists_are_made_when_due_and_not_before(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    assert ca.service.publisher.publish_due() == 0
    ca.service.jobs.stop()
    object.__setattr__(ca.service.ca, "clock", MovedClock(timedelta(hours=25)))
    assert ca.service.publisher.publish_due() == 16 + 18


@pytest.mark.parametrize(
    ("spoiling", "made"),
    [
        # One list that can't be built upon, and an authority whose record can't be read at all.
        ("UPDATE revocation_lists SET sha256 = list WHERE partition = '16201'", 15 + 18),
        ("UPDATE authorities SET policy = '{\"x\" : 1}' WHERE authority_id = 'signing-16'", 18),
    ],
)
def test_what_fails_keeps_no_other_list_from_being_made(
    ca: RunningCa, spoiling: str, made: int
) -> None:
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(text(spoiling))
    object.__setattr__(ca.service.ca, "clock", MovedClock(timedelta(hours=25)))
    log = io.StringIO()
    configure_logging("ca", stream=log)
    try:
        with pytest.raises((OpenJpkiError, ValueError)):
            ca.service.publisher.publish_due()
    finally:
        configure_logging("test", level="warning")
    with ca.service.ca.database.reading() as tx:
        newest = [
            *lists.newest_of_all(tx, AuthorityId.parse(TOYAMA)),
            *lists.newest_of_all(tx, AuthorityId.parse(KAGAWA)),
        ]
    assert sum(facts.number == 2 for facts in newest) == made
    (told,) = [line for line in log.getvalue().splitlines() if "no list made" in line]
    assert json.loads(told)["authority"] == TOYAMA


@pytest.mark.requirement("R3.2")
def test_expired_entry_leaves_after_one_more_list(ca: RunningCa, keys: Keys) -> None:
    wait_for_first_lists(ca)
    # By the clock that is moved all lists are due, and the service would make them too.
    ca.service.jobs.stop()
    stub = ca.certificates()
    issued = stub.IssueCertificate(issue_request(keys[0]))
    stub.RevokeCertificate(revocation(issued.serial))
    end = x509.load_der_x509_certificate(issued.certificate).not_valid_after_utc
    entries = []
    for days in (-1, 1, 2):
        moment = end + timedelta(days=days)
        object.__setattr__(ca.service.ca, "clock", FixedClock(moment))
        facts = ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
        assert facts is not None
        entries.append(facts.entries)
    assert entries == [1, 1, 0]


class FixedClock:
    """Stands still."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


def test_damaged_predecessor_stops_publication(ca: RunningCa) -> None:
    """A list that is not the one published shows that somebody was in the database."""
    wait_for_first_lists(ca)
    with ca.service.ca.database.transaction() as tx:
        other = tx.connection.execute(
            text("SELECT list FROM revocation_lists WHERE partition = '16202'")
        ).scalar_one()
        tx.connection.execute(
            text("UPDATE revocation_lists SET list = :der WHERE partition = '16201'"),
            {"der": other},
        )
    with pytest.raises(OpenJpkiError) as refusal:
        ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    assert refusal.value.reason is Reason.CRL_REFUSED


def test_long_lists_come_in_pieces(
    ca: RunningCa, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_first_lists(ca)
    monkeypatch.setattr(revocation_list_servicer, "CHUNK", 100)
    request = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="16201")
    chunks = [message.chunk for message in ca.lists().GetRevocationList(request)]
    assert len(chunks) > 5
    assert {len(chunk) for chunk in chunks[:-1]} == {100}
    x509.load_der_x509_crl(b"".join(chunks))


def the_set(ca: RunningCa) -> dict[str, revocation_pb2.PublishedRevocationList]:
    request = ca_pb2.ListRevocationListsRequest(authority_id=TOYAMA)
    return {one.partition: one for one in ca.lists().ListRevocationLists(request).lists}


@pytest.mark.requirement("R4.1.2")
def test_all_lists_of_users_are_named_with_the_newest_of_each(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    named = the_set(ca)
    # Each municipality's; the authority list is no list of users' certificates.
    assert len(named) == 15
    assert all(re.fullmatch("16[0-9]{3}", partition) for partition in named)
    issuer = hashlib.sha256(authority_certificate(ca).public_bytes(Encoding.DER)).digest()
    assert {(one.generation, one.issuer_sha256) for one in named.values()} == {(1, issuer)}
    assert {one.number for one in named.values()} == {1, 2}
    for partition, one in named.items():
        crl = fetch(ca, partition)
        assert hashlib.sha256(crl.public_bytes(Encoding.DER)).digest() == one.sha256
        assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == one.number
        assert int(crl.last_update_utc.timestamp()) == one.this_update
        assert crl.next_update_utc is not None
        assert int(crl.next_update_utc.timestamp()) == one.next_update


def test_a_list_that_can_t_be_had_is_named_all_the_same(ca: RunningCa) -> None:
    """Who keeps a copy of all must see that it lacks one."""
    wait_for_first_lists(ca)
    ca.service.jobs.stop()
    with ca.service.ca.database.transaction() as tx:
        tx.connection.execute(text("DELETE FROM revocation_lists WHERE partition = '16201'"))
    named = the_set(ca)
    assert len(named) == 15
    assert (named["16201"].number, named["16201"].sha256) == (0, b"")
    assert named["16202"].number == 1


@pytest.mark.requirement("R4.1.2")
def test_a_download_that_broke_off_is_gone_on_with(ca: RunningCa) -> None:
    wait_for_first_lists(ca)
    whole = fetch(ca, "16201").public_bytes(Encoding.DER)
    request = ca_pb2.GetRevocationListRequest(
        authority_id=TOYAMA, partition="16201", sha256=hashlib.sha256(whole).digest(), offset=100
    )

    def rest() -> bytes:
        return b"".join(message.chunk for message in ca.lists().GetRevocationList(request))

    assert rest() == whole[100:]
    request.offset = len(whole)
    assert rest() == b""
    # Of another list than the newest nothing comes: its octets would not fit those before.
    ca.service.publisher.publish(AuthorityId.parse(TOYAMA), "16201")
    with pytest.raises(OpenJpkiError) as refusal:
        rest()
    assert (refusal.value.reason, refusal.value.field) == (Reason.CRL_NOT_FOUND, "sha256")
    request.ClearField("sha256")
    with pytest.raises(OpenJpkiError) as refusal:
        rest()
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "offset")


@pytest.mark.parametrize(
    ("partition", "authority_id", "role", "reason"),
    [
        ("37201", TOYAMA, PeerRole.OCSP, Reason.PARTITION_NOT_FOUND),
        ("16201-2", TOYAMA, PeerRole.OCSP, Reason.PARTITION_NOT_FOUND),
        ("16201", "signing-01", PeerRole.OCSP, Reason.AUTHORITY_NOT_FOUND),
        ("16201", TOYAMA, PeerRole.BRIDGE, Reason.OUT_OF_SCOPE),
        ("everything", TOYAMA, PeerRole.OCSP, Reason.INVALID_FIELD),
    ],
)
def test_lists_that_are_not_given(
    ca: RunningCa, partition: str, authority_id: str, role: PeerRole, reason: Reason
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        fetch(ca, partition, authority_id=authority_id, role=role)
    assert refusal.value.reason is reason


def test_list_that_is_not_made_yet(tmp_path: Path, database_url: str) -> None:
    with running_ca(tmp_path, database_url) as ca:
        ca.service.jobs.stop()
        with ca.service.ca.database.transaction() as tx:
            tx.connection.execute(text("DELETE FROM revocation_lists"))
        with pytest.raises(OpenJpkiError) as refusal:
            fetch(ca, "16201")
    assert refusal.value.reason is Reason.CRL_NOT_FOUND


@pytest.mark.requirement("R3.2")
@pytest.mark.parametrize("change", ["next_update = 'infinity'", "sha256 = list", "list = NULL"])
def test_a_person_has_the_list_made_that_follows_one_that_cannot_be_read(
    ca: RunningCa, keys: Keys, change: str
) -> None:
    wait_for_first_lists(ca)
    service, authority = ca.service, AuthorityId.parse(TOYAMA)
    issued = ca.certificates().IssueCertificate(issue_request(keys[0]))
    ca.certificates().RevokeCertificate(revocation(issued.serial))
    assert service.publisher.publish(authority, "16201") is not None
    published = [fetch(ca, "16201").public_bytes(Encoding.DER)]
    before = fetch(ca, "16202")
    assert service.publisher.replace_unreadable(authority, [], actor="console") == []
    with service.ca.database.transaction() as tx:
        tx.connection.execute(
            text(f"UPDATE revocation_lists SET {change} WHERE partition = '16201'")  # noqa: S608
        )
    (made,) = service.publisher.replace_unreadable(authority, published, actor="console")
    assert (made.partition, made.entries) == ("16201", 1)
    assert made.number == 2 + NUMBERS_SKIPPED + 1
    after = fetch(ca, "16201")
    assert after.get_revoked_certificate_by_serial_number(int.from_bytes(issued.serial, "big"))
    assert fetch(ca, "16202") == before
    with service.ca.database.reading() as tx:
        (noted,) = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "list.unreadable"
        ]
    assert (noted.actor, noted.subject, noted.details["crl_number"]) == ("console", "16201", 2)
    following = service.publisher.publish(authority, "16201")
    assert following is not None
    assert following.number == made.number + 1
