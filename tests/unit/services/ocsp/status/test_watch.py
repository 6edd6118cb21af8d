"""A stream of changes: nothing missed, nothing piled up, slow readers let go."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status import watch, watchers
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position
from openjpki.services.ocsp.status.watchers import Watcher
from openjpki.signer_core import StatusIndex
from tests.support.status_bounds import bounds
from tests.support.status_index import issue, revoke

A, B = b"\x0a", b"\x0b"


def current(index: StatusIndex) -> Position:
    return Position(index, 1, time.monotonic(), datetime.now(UTC))


class Followed:
    """An authority with one good certificate, and a stream that watches two serials."""

    def __init__(self) -> None:
        self.index = StatusIndex()
        issue(self.index, A)
        self.authority = AuthorityStatus(AuthorityId.signing("13"), SystemClock(), bounds())
        self.authority.position = current(self.index)
        self.cancelled = 0
        self.stopping = False

    def stream(self) -> Any:
        context = SimpleNamespace(is_active=lambda: True, cancel=self._cancel)
        return watch.watch(
            self.authority,
            [A, B],
            context,
            lambda: None,
            lambda: self.stopping,
        )

    def revoke(self, serial: bytes) -> None:
        revoke(self.index, serial, 1, 5)
        self.authority.watchers.changed([serial])

    def _cancel(self) -> None:
        self.cancelled += 1


def said(message: Any) -> tuple[bytes, int]:
    return message.serial, message.status.status


def test_a_change_between_two_messages_is_not_missed_nor_told_twice() -> None:
    followed = Followed()
    stream = followed.stream()
    assert said(next(stream)) == (A, CertificateStatus.GOOD)
    # B is looked up only now, and its change was told as well.
    followed.revoke(B)
    followed.revoke(A)
    assert said(next(stream)) == (B, CertificateStatus.REVOKED)
    assert said(next(stream)) == (A, CertificateStatus.REVOKED)
    followed.authority.watchers.changed([A, B])
    followed.stopping = True
    with pytest.raises(OpenJpkiError) as refusal:
        next(stream)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    assert not followed.authority.watchers._by_serial


def test_a_new_snapshot_tells_what_changed_only() -> None:
    followed = Followed()
    stream = followed.stream()
    assert [said(next(stream)) for _ in range(2)] == [
        (A, CertificateStatus.GOOD),
        (B, CertificateStatus.UNKNOWN),
    ]
    index = StatusIndex()
    revoke(index, A, 1, 5)
    followed.authority.position = current(index)
    followed.authority.watchers.all_may_have_changed()
    assert said(next(stream)) == (A, CertificateStatus.REVOKED)


def test_slow_reader_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = Followed()
    stream = followed.stream()
    next(stream)
    followed.revoke(A)
    # Any time at all is too long.
    monkeypatch.setattr(watch, "MAX_SECONDS_BEHIND", -1)
    with pytest.raises(OpenJpkiError) as refusal:
        next(stream)
    assert refusal.value.reason is Reason.READER_TOO_SLOW
    assert not followed.authority.watchers._by_serial


def test_reader_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = Followed()
    stream = followed.stream()
    next(stream)
    followed.authority.watchers.end_stuck()
    assert followed.cancelled == 0
    monkeypatch.setattr(watchers, "STUCK_AFTER_SECONDS", -1)
    followed.authority.watchers.end_stuck()
    assert followed.cancelled == 1


def test_what_waits_never_exceeds_what_is_watched() -> None:
    watcher = Watcher([A, B, A], cancel=lambda: None)
    for _ in range(10_000):
        watcher.notify([A])
    assert watcher.take(0) == [A]
    assert watcher.take(0) == []
    assert watcher.behind == 0
