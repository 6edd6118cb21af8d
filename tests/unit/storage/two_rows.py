"""What stands in the two rows of each table, and what a row is spoiled with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Boolean, Integer, LargeBinary, SmallInteger, Text

from openjpki.domain.agreements import (
    Agreement,
    AgreementState,
    Beyond,
    Clauses,
    Notification,
    Period,
    Quota,
    VerifierKind,
    Way,
    content_sha256,
)
from openjpki.domain.authority import AuthorityId
from openjpki.evidence.encoding import deterministic
from openjpki.evidence.kept import together
from openjpki.storage.kernel.columns import AuthorityIdColumn, UtcTime
from openjpki.storage.ocsp.tables import metadata as ocsp_tables

if TYPE_CHECKING:
    from sqlalchemy import Column, Table


NOW = datetime(2026, 4, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=900)
HERE = AuthorityId.parse("signing-27")
"""Of the second rows."""
OFFICERS = ("window-officer/13101/tanaka", "window-officer/27100/sato")

UUIDS = (
    "11111111-1111-4111-8111-111111111111",
    "21111111-1111-4111-8111-111111111111",
)
DIGESTS: tuple[bytes, bytes] = (b"1" * 32, b"2" * 32)

NAMED: dict[str, tuple[object, object]] = {
    # Of whichever table.
    "authority_id": (AuthorityId.parse("signing-13"), HERE),
    "policy": ("{}", "{}"),
    "officer": OFFICERS,
    "actor": OFFICERS,
    "submitted_by": ("tanaka", "sato"),
    "municipality_code": ("13101", "27100"),
    "retention": ("operations", "operations"),
    "details": tuple(f'{{"cause":"user_wish","officer":"{one}"}}' for one in OFFICERS),  # type: ignore[dict-item]
    "mappings": ('[["1.2", "1.3"]]', '[["1.2", "1.3"]]'),
    "direction": ("to_partner", "to_partner"),
    "partition": ("authority", "authority"),
    "reason_code": (1, 4),
    "status": (1, 2),
    "generation": (1, 2),
    "first_entry": (1, 2),
    "last_entry": (1, 2),
    "head": (1, 2),
    "act": ("asked", "asked"),
    "network": ("10.0.0.0/8", "11.0.0.0/8"),
    "purpose": ("issue", "issue"),
    "replaces": (None, None),
    "as_of": (0, 0),
    "document_kind": ("passport", "passport"),
    "request_id": UUIDS,
    "presented_for": UUIDS,
    **dict.fromkeys(("key_sha256", "request_sha256", "result_sha256"), DIGESTS),
}
OF_TABLE: dict[str, tuple[object, object]] = {
    "generations.state": ("active", "active"),
    "issuances.state": ("intent", "intent"),
    "issuances.kind": ("user", "user"),
    "certificates.kind": ("user", "user"),
    "revocations.cause": ("USER_WISH", "CHANGE_NOTICE"),
    "revocation_proposals.cause": ("fact_wrong", "false_application"),
    "revocation_proposals.state": ("open", "open"),
    "revocation_proposals.ended_at": (None, None),
    "revocation_proposals.evidence_until": (None, None),
    "revocation_proposals.signed_at": (NOW, NOW + timedelta(hours=1)),
    "responder_keys.state": ("proposed", "proposed"),
    "officer_keys.state": ("enrolled", "enrolled"),
    "officer_keys.suspended_by": (None, None),
    "officer_proposals.state": ("open", "open"),
    "partners.kind": ("foreign", "foreign"),
    "cross_certifications.state": ("issued", "issued"),
    "cross_revocations.cause": ("replaced", "issued_wrongly"),
    "cross_revocations.state": ("done", "done"),
    "service_bridge.state": ("active", "retiring"),
    "governors.state": ("active", "active"),
    "applications.state": ("issued", "issued"),
    "change_notices.state": ("waiting", "waiting"),
    "identity_checks.officer": ("tanaka", "sato"),
    "identity_checks.asked": ("household=1,moving-day=0", "household=0"),
    "identity_checks.evidence": ("photo_document", "photo_document"),
    "refused_revocations.officer": ("tanaka", "sato"),
    "refused_revocations.window_id": ("13101001A", "27100001A"),
    "refused_revocations.cause": ("user_wish", "key_compromise"),
    "refused_revocations.asker": ("holder", "another"),
    "refused_revocations.reason": ("identity_not_shown", "other"),
    "refused_revocations.evidence": ("photo_document", "photo_document"),
    "refused_revocations.asked": ("household=1,moving-day=0", "household=0"),
    "key_attestations.generator": ("key-generator/13101/one", "key-generator/27100/two"),
    "key_attestations.medium": ("card", "card"),
    "key_attestations.medium_serial": ("serial-1", "serial-2"),
    "fee_receipts.officer": ("tanaka", "sato"),
    "fee_receipts.window_id": ("13101001A", "27100001A"),
    "fee_receipts.ground": ("ordinary", "reissue"),
    "fee_receipts.void_reason": ("repaid", "not_paid"),
    "fee_receipts.voided_window_id": ("13101001A", "27100001A"),
    "fee_receipts.voided_by": ("tanaka", "sato"),
    "evidence.act": ("issuance", "issuance"),
    "journal_segments.state": ("open", "open"),
    "journal_segments.digest": (None, None),
    "feeds.digest": DIGESTS,
    "agreements.state": ("in_force", "in_force"),
    "agreements.kind": ("accredited", "approved"),
    "agreements.quota_beyond": ("refuse", "report"),
    "agreements.ways": ("grpc,lists", "grpc"),
    "usage.day": ("2027-04-01", "2027-04-02"),
    "usage_days.day": ("2027-04-01", "2027-04-02"),
    "usage.way": ("grpc", "lists"),
    "quota_taken.period": ("2027-04", "2027-04-01"),
    "quota_leases.day": ("2027-04-01", "2027-04-02"),
    "quota_taken.unit": ("statuses", "downloads"),
    "quota_leases.unit": ("statuses", "downloads"),
}
KEYS = tuple(
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for _ in range(2)
)
OF_TABLE["officer_proposals.public_key"] = KEYS  # type: ignore[assignment]


def _signed(officer: str) -> bytes:
    """One statement, and what would be a signature over it."""
    claims = {"by": officer, "request_id": UUIDS[0], "at": 0}
    header = deterministic({1: -7, 4: DIGESTS[0]})
    message = cbor2.CBORTag(18, [header, {}, None, bytes(64)])
    return together(
        [(cbor2.dumps(["stated", claims], canonical=True), cbor2.dumps(message, canonical=True))]
    )


OF_TABLE["evidence.signed"] = (_signed(OFFICERS[0]), _signed(OFFICERS[1]))


def _agreed(number: int) -> bytes:
    """The digest of what stands in a row of agreements."""
    tables = ocsp_tables.tables["agreements"]
    row: dict[str, Any] = {
        one.name: value_of(tables, one, number)
        for one in tables.columns
        if one.name != "content_sha256"
    }
    of = {kind: {name: row[name] for name in kind.__slots__} for kind in (Notification, Clauses)}
    of[Notification]["kind"] = VerifierKind(row["kind"])
    made = Agreement(
        verifier_id=row["verifier_id"],
        authority_id=row["authority_id"],
        version=row["version"],
        state=AgreementState(row["state"]),
        notification=Notification(**of[Notification]),
        ways=frozenset(Way(text) for text in row["ways"].split(",")),
        period=Period(row["not_before"], row["not_after"]),
        clauses=Clauses(**of[Clauses]),
        quota=Quota(
            statuses_per_day=row["statuses_per_day"],
            statuses_per_month=row["statuses_per_month"],
            downloads_per_day=row["downloads_per_day"],
            downloads_per_month=row["downloads_per_month"],
            beyond=Beyond(row["quota_beyond"]),
        ),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
    )
    digest = content_sha256(made)
    assert digest is not None
    return digest


OTHERWISE: dict[str, list[dict[str, object]]] = {
    "officer_proposals": [
        {"kind": "enrolment", "cause": None},
        {"kind": "revocation", "cause": "left"},
    ],
    "cross_certifications": [{"state": "issued"}, {"state": "revoked"}, {"state": "approved"}],
    "journal_segments": [
        {"state": "open"},
        {"state": "closed"},
        {"state": "sealed", "digest": bytes(32)},
    ],
}
"""Tables with rows of several kinds, of which no reader reads all."""


def value_of(table: Table, column: Column[Any], number: int) -> object:
    of_table = OF_TABLE.get(f"{table.name}.{column.name}")
    if of_table is not None:
        return of_table[number - 1]
    if column.name in NAMED:
        return NAMED[column.name][number - 1]
    if isinstance(column.type, UtcTime):
        begins = {"next_update": 48, "not_after": 9000}.get(column.name, 1)
        return NOW + timedelta(hours=begins, minutes=number)
    if isinstance(column.type, LargeBinary):
        if column.name == "number":
            return number.to_bytes(20, "big")
        return f"{column.name} {number}".encode()
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type.python_type(), str):
        return f"stream-{number}" if column.name == "stream" else f"{column.name} {number}"
    return number


SPOILT: dict[str, tuple[tuple[type, tuple[str, ...]], ...]] = {
    "sqlite": (
        (UtcTime, ("'never'", "x'00ff'", "CAST(x'ff' AS TEXT)", "12")),
        (AuthorityIdColumn, ("'signing-99'", "CAST(x'ff' AS TEXT)")),
        (LargeBinary, ("'no octets'", "x''", "CAST(x'ff' AS TEXT)")),
        (Text, ("'nothing that is known'", "x'00ff'", "CAST(x'ff' AS TEXT)")),
        (Integer, ("'many'", "-1")),
        (Boolean, ("'many'", "-1")),
    ),
    "postgresql": (
        (
            UtcTime,
            (
                "timestamptz 'infinity'",
                "timestamptz '-infinity'",
                "timestamptz '0044-03-15 00:00:00+00 BC'",
            ),
        ),
        (AuthorityIdColumn, ("'signing-99'",)),
        (LargeBinary, ("''::bytea", "'\\x00ff'::bytea")),
        (Text, ("'nothing that is known'",)),
        (SmallInteger, ("-1", "32767")),
        (Integer, ("-1", "9223372036854775807")),
        (Boolean, ()),
    ),
}
"""By kind of database and of column, as SQL has it: what it keeps there and this program has not
written. And ``NULL``, everywhere."""


def spoilt_values(column: Column[Any], dialect: str) -> list[str]:
    """What a column is spoiled with."""
    for kind, values in SPOILT[dialect]:
        if isinstance(column.type, kind):
            return [*values, "NULL"]
    raise AssertionError(f"{column}: of a type without a case")


OF_TABLE["agreements.content_sha256"] = (_agreed(1), _agreed(2))
