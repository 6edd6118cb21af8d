"""As of when a replica's status is true, and what may be told of it then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.conversions import news_of, snapshot_page
from openjpki.services.ocsp.status.events import take_events
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position, Statuses
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import until
from tests.support.status_bounds import bounds
from tests.support.told_feeds import (
    KANAGAWA,
    MOST,
    TOKYO,
    A,
    Ca,
    following,
    page,
    sequence_of,
    status_of,
    told,
)


def test_an_authority_that_is_not_heard_of_is_not_current() -> None:
    """Freshness is each authority's own: what is said of one says nothing of another."""
    ca = Ca(
        {TOKYO: [[page(1)]], KANAGAWA: [[page(1)]]},
        [[told(1, of=TOKYO)] + [told(1, of=TOKYO)] * 3],
    )
    with following(ca, TOKYO, KANAGAWA) as [tokyo, kanagawa]:
        until(lambda: ca.asked_after and len(ca.asked_after[-1]) == 2)
        assert kanagawa.position is not None
        began = kanagawa.position.heard
        until(lambda: tokyo.position and tokyo.position.heard > began)
        assert kanagawa.position.heard == began


def test_not_current_while_events_are_still_to_come() -> None:
    ca = Ca([[page(1)]], [[told(9, (2, A, 1))]])
    with following(ca) as [one]:
        until(lambda: sequence_of(one) == 2)
        position = one.position
        assert position is not None
        began = position.heard
        # Nothing says so far that this is all: the lag runs from the snapshot on.
        until(lambda: one.seconds_behind() > 0.2)
        assert one.position is not None
        assert one.position.heard == began


def test_what_waited_on_its_way_is_as_old_as_ca_said() -> None:
    """A process that stood still finds hours of heartbeats in its buffer."""
    status = AuthorityStatus(TOKYO, SystemClock(), bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)
    now = datetime.now(UTC)
    began = now - timedelta(hours=2)
    status.position = Position(loaded.index, 1, monotonic() - 7200, began)

    def hear(as_of: datetime) -> datetime:
        message = told(1)
        message.as_of.FromDatetime(as_of)
        for news in news_of(message):
            take_events(status, news, now, MOST)
        assert status.position is not None
        return status.position.as_of

    an_hour_ago = now - timedelta(hours=1)
    assert hear(an_hour_ago) == an_hour_ago
    assert status.seconds_behind() >= 3600
    # What was known as of a moment is known as of it still, whatever ca's clock says then.
    assert hear(began) == an_hour_ago
    # And nothing is known of the future.
    assert hear(now + timedelta(hours=1)) == now


def test_status_ends_with_its_bound() -> None:
    status = AuthorityStatus(TOKYO, SystemClock(), bounds(5, 3600))
    loaded = load_snapshot([snapshot_page(page(2, (A, 1, 0, 0)))], MOST)
    assert not status.has_ended
    for age in (0, 60, 3601):
        as_of = datetime.now(UTC) - timedelta(seconds=age)
        status.position = Position(loaded.index, 2, monotonic(), as_of)
        assert status.has_ended is (age > 3600)


def test_nothing_is_known_before_ca_has_said_what_there_is() -> None:
    known = Statuses()
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.FEED_NOT_READY
    known.replace({KANAGAWA: AuthorityStatus(KANAGAWA, SystemClock(), bounds())})
    with pytest.raises(OpenJpkiError) as refusal:
        known.require(TOKYO)
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(days=30)], ids=["ahead", "behind"])
def test_a_moment_heard_by_a_wrong_clock_gives_way_to_the_right_one(jump: timedelta) -> None:
    """Of ca and replica both: what was dated ahead does not stay the latest for a month."""
    clock = SettableClock()
    status = AuthorityStatus(TOKYO, clock, bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)

    def hear() -> None:
        message = told(1)
        message.as_of.FromDatetime(clock.now() - timedelta(seconds=2))
        for news in news_of(message):
            take_events(status, news, clock.now(), MOST)

    status.position = Position(loaded.index, 1, monotonic(), clock.now())
    hear()
    clock.offset = jump
    hear()
    clock.offset = timedelta(0)
    hear()
    assert status.position is not None
    age = clock.now() - status.position.as_of
    assert timedelta(0) <= age < timedelta(minutes=5)
    assert status_of(status, A)[0] == CertificateStatus.GOOD


def test_what_was_heard_by_a_clock_ahead_grows_old_by_the_time_that_passes() -> None:
    """The feed is silent since."""
    clock = SettableClock()
    status = AuthorityStatus(TOKYO, clock, bounds())
    loaded = load_snapshot([snapshot_page(page(1, (A, 1, 0, 0)))], MOST)
    ahead = clock.now() + timedelta(days=30)
    status.position = Position(loaded.index, 1, monotonic() - 7200, ahead)
    assert 7200 <= status.seconds_behind() < 7260
