"""What a ca kept, judged after whatever was done to it: nothing lost, nothing twice, no gap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from sqlalchemy import text

from openjpki.domain.authority import AuthorityId
from openjpki.domain.retention import RetentionClass
from openjpki.storage.ca import certificates, feed, generations, issuances
from openjpki.storage.kernel.journal import SqlJournal

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def open_intents(database: Database, authority: str) -> list[bytes]:
    """Serial numbers of issuances that were begun and not ended."""
    with database.reading() as tx:
        return [*issuances.open_intents(tx, AuthorityId.parse(authority))]


def stored(database: Database, authority: str) -> dict[bytes, bytes]:
    """Certificates by serial number."""
    authority_id = AuthorityId.parse(authority)
    with database.reading() as tx:
        serials = [
            serial
            for page in feed.snapshot(tx, authority_id, 1000, ended_before=_LONG_AGO)
            for serial in page.serials
        ]
        found = [certificates.get(tx, authority_id, serial) for serial in serials]
    return {one.serial: one.certificate for one in found if one is not None}


def assert_whole(database: Database, authority: str) -> None:
    """Feed and journal without gaps; every intent signed, stored once and verified."""
    authority_id = AuthorityId.parse(authority)
    with database.reading() as tx:
        (generation,) = generations.of(tx, authority_id)
        position = feed.position(tx, authority_id)
        events = feed.events_after(tx, authority_id, 0, 10_000)
        entries = list(SqlJournal().read_all(tx, authority))
        reserved = tx.connection.execute(
            text("SELECT count(*) FROM serials WHERE authority_id = :id"), {"id": authority}
        ).scalar_one()
    assert position is not None
    assert [event.sequence for event in events] == list(range(1, position.head + 1))
    for retention in RetentionClass:
        numbers = [entry.number for entry in entries if entry.retention is retention]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    intended = [entry.subject for entry in entries if entry.act == "certificate.intended"]
    issued = [entry.subject for entry in entries if entry.act == "certificate.issued"]
    assert sorted(intended) == sorted(issued) == sorted({*intended})
    assert open_intents(database, authority) == []
    kept = stored(database, authority)
    assert {serial.hex() for serial in kept} == {*issued}
    issuer = x509.load_der_x509_certificate(generation.certificate)
    for serial, der in kept.items():
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(issuer)
        assert certificate.serial_number == int.from_bytes(serial, "big")
    assert reserved >= len(kept) + 1
