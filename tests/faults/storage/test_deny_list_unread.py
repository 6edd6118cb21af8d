"""The list of denied credentials can't be read: it stands for a while, then nobody is served."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import CertifiedPeer, parse_spiffe_id
from openjpki.services.common.denials import Denials
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.denied_credentials import DeniedCredential
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog
from openjpki.storage.migrations import upgrade
from tests.support.ocsp_service import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOMAIN = "openjpki.example"
LEAVER = f"spiffe://{DOMAIN}/verifier/leaver"


def peer(path: str) -> CertifiedPeer:
    identity = parse_spiffe_id(f"spiffe://{DOMAIN}/{path}", DOMAIN)
    return CertifiedPeer(identity, datetime.now(UTC) + timedelta(days=1), "sha256:of-nobody")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'ocsp.db'}")
    upgrade(database, "ocsp")
    entry = DeniedCredential(
        credential=LEAVER, cause="LEFT", denied_by="operator", denied_at=datetime.now(UTC)
    )
    database.run(lambda tx: denied_credentials.add(tx, entry))
    yield database
    database.close()


def rename(database: Database, old: str, new: str) -> None:
    with database.transaction() as tx:
        tx.connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def reason(denials: Denials, path: str) -> Reason | None:
    try:
        denials.deny_list.check(peer(path))
    except OpenJpkiError as error:
        return error.reason
    return None


def made(database: Database, max_age: float) -> Denials:
    return Denials(database, SqlJournal(), RequestLog(), SystemClock(), max_age=max_age)


def test_it_stands_until_it_is_too_old_and_holds_again_once_read(database: Database) -> None:
    denials = made(database, max_age=2.0)
    denials.start()
    try:
        until(lambda: reason(denials, "verifier/other") is None)
        until(lambda: reason(denials, "verifier/leaver") is Reason.CREDENTIAL_DENIED)
        rename(database, "denied_credentials", "away")
        until(lambda: reason(denials, "verifier/other") is Reason.SERVICE_UNAVAILABLE)
        assert reason(denials, "verifier/leaver") is Reason.SERVICE_UNAVAILABLE
        rename(database, "away", "denied_credentials")
        until(lambda: reason(denials, "verifier/other") is None)
        until(lambda: reason(denials, "verifier/leaver") is Reason.CREDENTIAL_DENIED)
    finally:
        denials.stop()


def test_the_last_reading_stands_meanwhile(database: Database) -> None:
    denials = made(database, max_age=3600.0)
    denials.reload()
    rename(database, "denied_credentials", "away")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever a database says
        denials.reload()
    assert reason(denials, "verifier/other") is None
    assert reason(denials, "verifier/leaver") is Reason.CREDENTIAL_DENIED


def test_nobody_is_served_before_the_first_reading(database: Database) -> None:
    denials = made(database, max_age=3600.0)
    assert reason(denials, "verifier/other") is Reason.SERVICE_UNAVAILABLE
    rename(database, "denied_credentials", "away")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever a database says
        denials.start()
