"""What officers signed before ca_0018, a row for each signature, is there as it was after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import cbor2
from sqlalchemy import column, insert, inspect, table

from openjpki.domain.authority import AuthorityId
from openjpki.evidence.encoding import deterministic
from openjpki.storage.ca import evidence
from openjpki.storage.kernel.columns import Bytes, UtcTime
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

AT = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
CALL = "00000000-0000-4000-8000-000000000001"
ISSUED = ("submitted", "checked", "decided")
ENDED = "revocation-asked"
OCTETS = ("serial", "key_sha256", "statement", "signature")
MANY = 700
"""Certificates: more signatures than are carried over at a time."""


def signed(serial: bytes, kind: str, officer: str) -> dict[str, object]:
    """A row as it was."""
    named, key_sha256 = f"openjpki.{kind}.1", officer[-1].encode() * 32
    claims = {"by": officer, "request_id": CALL, "at": int(AT.timestamp())}
    message = cbor2.CBORTag(18, [deterministic({1: -7, 4: key_sha256}), {}, None, serial.ljust(64)])
    return {
        "authority_id": "signing-13",
        "serial": serial,
        "kind": named,
        "officer": officer,
        "request_id": CALL,
        "signed_at": AT,
        "key_sha256": key_sha256,
        "statement": cbor2.dumps([named, claims], canonical=True),
        "signature": cbor2.dumps(message, canonical=True),
    }


def test_what_was_signed_is_carried_over(empty_database: Database) -> None:
    upgrade(empty_database, "ca", to="ca_0017")
    serials = [number.to_bytes(4, "big") for number in range(1, MANY + 1)]
    rows = [
        signed(serial, kind, f"window-officer/13101/officer-{number}")
        for serial in serials
        for number, kind in enumerate(ISSUED)
    ]
    # One was revoked since, and one is a cross certificate that two approved of.
    rows.append(signed(serials[3], ENDED, "window-officer/13101/officer-9"))
    cross = (MANY + 1).to_bytes(4, "big")
    rows += [
        signed(cross, kind, f"bridge-officer/bridge/officer-{number}")
        for kind in ("cross-certification-approved", "cross-revocation-approved")
        for number in (1, 2)
    ]
    types = {"signed_at": UtcTime, **dict.fromkeys(OCTETS, Bytes)}
    before = table("evidence", *(column(name, types.get(name)) for name in rows[0]))
    with empty_database.transaction() as tx:
        tx.connection.execute(
            insert(
                table(
                    "authorities",
                    *map(column, ("authority_id", "active", "policy")),
                    column("created_at", UtcTime),
                )
            ),
            {"authority_id": "signing-13", "active": True, "policy": "{}", "created_at": AT},
        )
        reserved = table(
            "serials",
            column("authority_id"),
            column("serial", Bytes),
            column("reserved_at", UtcTime),
        )
        tx.connection.execute(
            insert(reserved),
            [
                {"authority_id": "signing-13", "serial": serial, "reserved_at": AT}
                for serial in (*serials, cross)
            ],
        )
        tx.connection.execute(insert(before), rows)
    of_serial: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        of_serial.setdefault(row["serial"], []).append(row)
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        assert "moved" not in inspect(tx.connection).get_table_names()
        for serial in (*serials, cross):
            kept = evidence.of_certificate(tx, AuthorityId.signing("13"), serial)
            assert [
                (
                    one.kind,
                    str(one.signature.occasion.officer),
                    one.signature.occasion.request_id,
                    one.signature.occasion.signed_at,
                    one.signature.key_sha256,
                    one.octets,
                    one.signature.signature,
                )
                for one in kept
            ] == sorted(
                tuple(row[name] for name in rows[0] if name not in {"authority_id", "serial"})
                for row in of_serial[serial]
            )
