"""Readings of the list of denied credentials, of which two may be under way at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import CertifiedPeer, parse_spiffe_id
from openjpki.services.common.denials import Denials
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.denied_credentials import DeniedCredential
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog
from tests.support.schemas import put_schema
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOMAIN = "openjpki.example"
LEAVER = f"spiffe://{DOMAIN}/verifier/leaver"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Turn:
    """A lock that counts who has asked for it."""

    def __init__(self) -> None:
        self.asked = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        self.asked += 1
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'ocsp.db'}")
    put_schema(database, "ocsp")
    yield database
    database.close()


def test_an_older_reading_never_takes_the_place_of_a_newer_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that goes on all the time has read, and not yet told, when a credential is denied;
    whoever denied it is answered after a reading of theirs, and from then on it is refused."""
    denials = Denials(database, SqlJournal(), RequestLog(), SystemClock(), max_age=3600.0)
    turn = Turn()
    monkeypatch.setattr(denials, "_turn", turn, raising=False)
    has_read, may_tell, ask = Event(), Event(), database.ask

    def slowly_once(work: Any) -> Any:
        found = ask(work)
        if not has_read.is_set():
            has_read.set()
            may_tell.wait(90)
        return found

    monkeypatch.setattr(database, "ask", slowly_once)
    with ThreadPoolExecutor(2) as pool:
        older = pool.submit(denials.reload)
        try:
            wait_until(has_read.is_set)
            entry = DeniedCredential(
                credential=LEAVER, cause="LEFT", denied_by="operator", denied_at=NOW
            )
            database.run(lambda tx: denied_credentials.add(tx, entry))
            newer = pool.submit(denials.reload)
            # It waits for its turn, or would be done before the other one goes on.
            wait_until(lambda: turn.asked == 2 or newer.done())
        finally:
            may_tell.set()
        older.result()
        newer.result()
    identity = parse_spiffe_id(LEAVER, DOMAIN)
    peer = CertifiedPeer(identity, NOW + timedelta(days=1), "sha256:of-nobody")
    with pytest.raises(OpenJpkiError) as refusal:
        denials.deny_list.check(peer)
    assert refusal.value.reason is Reason.CREDENTIAL_DENIED
