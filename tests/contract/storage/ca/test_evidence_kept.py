"""What officers signed is kept if their keys are enrolled at that moment, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import Occasion, OfficerSignature
from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.storage.ca import authorities, evidence, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.evidence import KeptEvidence
from openjpki.storage.migrations import upgrade
from openjpki.storage.officers import keys

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database

TOKYO = AuthorityId.signing("13")
AT = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
SERIAL = b"\x41"
FIRST, SECOND, NOBODY = (
    Officer.parse(f"window-officer/13101/{name}") for name in ("tanaka", "suzuki", "nobody")
)
KEYS = {FIRST: b"\x01" * 32, SECOND: b"\x02" * 32, NOBODY: b"\x03" * 32}


@pytest.fixture
def database(empty_database: Database) -> Database:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        authorities.add(
            tx, AuthorityRecord(authority_id=TOKYO, active=True, policy_json="{}", created_at=AT)
        )
        serials.reserve(tx, TOKYO, SERIAL, AT)
        for officer in (FIRST, SECOND):
            key_sha256 = KEYS[officer]
            keys.queue_for(tx, officer)
            keys.add(
                tx,
                EnrolledKey(
                    officer=officer,
                    spki_der=key_sha256,
                    key_sha256=key_sha256,
                    state=KeyState.ENROLLED,
                    not_before=AT,
                    not_after=AT + timedelta(days=1),
                ),
            )
    return empty_database


def signed(kind: str, officer: Officer) -> KeptEvidence:
    return KeptEvidence(
        kind=kind,
        statement=kind.encode(),
        signature=OfficerSignature(
            occasion=Occasion(
                officer=officer, request_id="00000000-0000-4000-8000-000000000001", signed_at=AT
            ),
            key_sha256=KEYS[officer],
            signature=b"signature",
        ),
    )


ALL = [signed("checked", FIRST), signed("decided", SECOND), signed("submitted", FIRST)]


def test_everything_is_kept_as_it_was_signed(database: Database) -> None:
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, ALL) == []
    with database.reading() as tx:
        assert evidence.of_certificate(tx, TOKYO, SERIAL) == ALL


def test_nothing_is_kept_of_a_key_that_is_suspended_or_unknown(database: Database) -> None:
    with database.transaction() as tx:
        keys.suspend(tx, SECOND, "proposal", now=AT)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, ALL) == [ALL[1]]
    unknown = signed("other", NOBODY)
    with database.transaction() as tx:
        assert evidence.add(tx, TOKYO, SERIAL, [unknown]) == [unknown]
