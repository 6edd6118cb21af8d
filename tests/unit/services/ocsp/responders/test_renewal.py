"""When a responder's certificate is renewed: while it still holds through an absence of ca."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, Baseline, OcspPolicy, violations
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.named_authorities import AuthorityGeneration
from openjpki.services.ocsp.responders import keeping
from openjpki.services.ocsp.responders.keeping import MARGIN, ResponderKeeper, renew_at
from openjpki.services.ocsp.responders.responder import Responder, Responders
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.ocsp import IssuerHashes
from tests.support.captured_logs import captured_logs
from tests.support.mesh import SettableClock

TOKYO = AuthorityId.signing("13")
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

nothing: Any = SimpleNamespace()

staleness = st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))
lives = st.integers(120, 90 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
renewals = st.integers(30, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def responder(life: timedelta, begin: datetime = BEGIN) -> Responder:
    return Responder(nothing, nothing, b"issuer", b"\x01", begin, begin + life)


@given(lives, renewals, staleness)
def test_as_long_as_policy_lets_ca_be_away(
    life: timedelta, renewal: timedelta, max_staleness: timedelta
) -> None:
    """Whenever ca goes away, a certificate that was renewed in time holds for ``max_staleness``."""
    one = responder(life)
    due = renew_at(one, renewal, max_staleness)
    # Renewing ends: a new certificate isn't due at once.
    assert one.not_before + life / 2 <= due < one.not_after
    policy = AuthorityPolicy(ocsp=OcspPolicy(max_staleness=max_staleness, responder_lifetime=life))
    if not violations(policy, Baseline()):
        assert one.not_after - due > max_staleness
        if life >= 2 * (max_staleness + MARGIN):
            assert one.not_after - due >= max_staleness + MARGIN
            assert one.not_after - due >= min(renewal, life / 2)


def test_lives_too_short_for_an_absence_are_no_policy() -> None:
    policy = OcspPolicy(max_staleness=6 * HOUR, responder_lifetime=12 * HOUR)
    (broken,) = violations(AuthorityPolicy(ocsp=policy), Baseline())
    assert broken.field == "ocsp.responder_lifetime"


class Authority:
    """Certifies responders for two days, or is away; and a keeper that asks it."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.responders = Responders()
        self.made = 0
        self.is_away = False
        self.revoked: set[bytes] = set()
        self.keeper = ResponderKeeper(
            self.responders, self._make, self.clock, 30 * HOUR / 60, self._is_revoked
        )

    def _is_revoked(self, _issuer: AuthorityGeneration, serial: bytes) -> bool:
        return serial in self.revoked

    def _make(self, _issuer: AuthorityGeneration) -> Responder:
        if self.is_away:
            raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away")
        self.made += 1
        return responder(48 * HOUR, self.clock.now())

    def keep(self, max_staleness: timedelta) -> timedelta:
        """One look; how long the responder holds then."""
        issuer = AuthorityGeneration(
            authority_id=TOKYO,
            generation=1,
            certificate=b"issuer",
            hashes=IssuerHashes({}),
            active=True,
            response_lifetime=HOUR,
            max_staleness=max_staleness,
        )
        self.keeper.keep([issuer])
        kept = self.responders.get(TOKYO, 1)
        assert kept is not None
        return kept.not_after - self.clock.now()

    def answers(self) -> bool:
        """Whether it has a responder that holds now."""
        kept = self.responders.get(TOKYO, 1)
        return kept is not None and kept.not_before <= self.clock.now() < kept.not_after


def test_at_every_hour_it_holds_for_max_staleness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    for hour in range(200):
        authority.clock.offset = hour * HOUR
        assert authority.keep(6 * HOUR) >= 6 * HOUR
    assert 4 <= authority.made <= 6


def test_a_longer_staleness_renews_what_was_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    authority.keep(6 * HOUR)
    authority.clock.offset = 30 * HOUR
    assert authority.keep(6 * HOUR) < 18 * HOUR + HOUR
    assert authority.made == 1
    assert authority.keep(20 * HOUR) > 47 * HOUR
    assert authority.made == 2


def test_while_ca_is_away_it_goes_on_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    authority.keep(6 * HOUR)
    # It goes at the worst moment: just before a new certificate would have been asked for.
    authority.clock.offset, authority.is_away = 41 * HOUR, True
    for hour in (42, 45, 47):
        authority.clock.offset = hour * HOUR
        with pytest.raises(OpenJpkiError):
            authority.keep(6 * HOUR)
        assert authority.answers()


def test_a_revoked_certificate_is_used_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is none in its place."""
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    authority.keep(6 * HOUR)
    authority.revoked.add(b"\x01")
    authority.is_away = True
    with pytest.raises(OpenJpkiError):
        authority.keep(6 * HOUR)
    assert authority.responders.get(TOKYO, 1) is None


def test_its_end_is_shown_while_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while no other can be had; not when its generation's time is over."""
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)

    def shown() -> float | None:
        return REGISTRY.get_sample_value(
            "openjpki_responder_certificate_expiry_timestamp_seconds",
            {"authority": str(TOKYO), "generation": "1"},
        )

    authority = Authority()
    left = authority.keep(6 * HOUR)
    end = (authority.clock.now() + left).timestamp()
    assert shown() == pytest.approx(end)
    authority.clock.offset, authority.is_away = 47 * HOUR, True
    with pytest.raises(OpenJpkiError):
        authority.keep(6 * HOUR)
    assert shown() == pytest.approx(end)
    authority.keeper.keep([])
    assert shown() is None


def test_that_it_has_ended_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While no other can be had: from then on verifiers are told to try later."""
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    with captured_logs(service="ocsp") as log:
        authority.keep(6 * HOUR)
        authority.is_away = True
        said = []
        for hours in (47, 48, 49):
            authority.clock.offset = hours * HOUR
            with pytest.raises(OpenJpkiError):
                authority.keep(6 * HOUR)
            said.append(log.getvalue().count("responder certificate has ended"))
        assert said == [0, 1, 1]
        assert not authority.answers()
        # Another is made, and ends.
        authority.is_away = False
        assert authority.keep(6 * HOUR) > timedelta(0)
        authority.clock.offset, authority.is_away = 100 * HOUR, True
        with pytest.raises(OpenJpkiError):
            authority.keep(6 * HOUR)
        assert log.getvalue().count("responder certificate has ended") == 2


@pytest.mark.parametrize("jump", [timedelta(days=30), -timedelta(days=30)], ids=["ahead", "behind"])
def test_a_clock_that_was_wrong_leaves_a_responder_that_holds(
    monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """One made then is of the future, or long over: another is made, and the first never used."""
    monkeypatch.setattr(keeping, "RETRY_SECONDS", 0)
    authority = Authority()
    authority.keep(6 * HOUR)
    authority.clock.offset = jump
    authority.keep(6 * HOUR)
    assert authority.answers()
    authority.clock.offset = timedelta(0)
    assert not authority.answers()
    authority.keep(6 * HOUR)
    assert authority.answers()
    assert authority.made == 3


def test_who_could_not_be_told_is_told_again() -> None:
    """Or one that was revoked would go on answering over HTTP."""
    authority, told = Authority(), list[Responder | None]()

    def tell(_: AuthorityId, __: int, responder: Responder | None) -> None:
        told.append(responder)
        if len(told) in {1, 3}:
            raise MemoryError

    authority.keep(6 * HOUR)
    kept = authority.responders.get(TOKYO, 1)
    assert kept is not None
    responders = Responders(told=tell)
    with pytest.raises(MemoryError):
        responders.put(TOKYO, 1, kept)
    assert responders.get(TOKYO, 1) is None
    responders.put(TOKYO, 1, kept)
    with pytest.raises(MemoryError):
        responders.drop(TOKYO, 1)
    assert responders.get(TOKYO, 1) is kept
    responders.drop(TOKYO, 1)
    assert responders.get(TOKYO, 1) is None
    assert told == [kept, kept, None, None]
