"""Who comes in: whoever has the link on the officer's terminal, once; then who has its cookie.

A link and a session at a time; neither is kept anywhere but in this process.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.console.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from openjpki.errors import Language


@dataclass(slots=True, repr=False)
class Session:
    """An officer at work. No ``repr``: whoever has ``cookie`` is in."""

    cookie: str
    form_key: bytes
    """Forms are told from forged ones with it."""
    language: Language
    began: float
    seen: float
    """Seconds, as the entrance's clock has them."""
    sent: Sent = field(default_factory=Sent)

    def form_token(self, action: str) -> str:
        """What a form that is sent to this path carries."""
        return hmac.new(self.form_key, action.encode(), "sha256").hexdigest()

    def __repr__(self) -> str:
        return "Session(hidden)"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a session lasts, in seconds."""

    idle: float
    """After the last page."""
    longest: float
    """In all."""


class Entrance:
    """Gives out links, and knows the session. Safe from several threads.

    ``secret``: 32 random octets each time, as text that may stand in a URL. ``announce`` is told
    each new link's token.
    """

    def __init__(
        self,
        *,
        secret: Callable[[], str],
        clock: Callable[[], float],
        patience: Patience,
        language: Language,
        announce: Callable[[str], None],
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._patience = patience
        self._language = language
        self._announce = announce
        self._lock = Lock()
        self._link: str | None = None
        self._session: Session | None = None

    def invite(self) -> None:
        """Announces a link, unless one that was announced is still good."""
        with self._lock:
            if self._link is not None:
                return
            self._link = link = self._secret()
        self._announce(link)

    def enter(self, token: str) -> Session | None:
        """The new session of whoever has the link, which is then used up; the one before ends.
        None for any other."""
        with self._lock:
            if self._link is None or not hmac.compare_digest(self._link.encode(), token.encode()):
                return None
            now = self._clock()
            self._link = None
            self._session = Session(
                cookie=self._secret(),
                form_key=self._secret().encode(),
                language=self._language,
                began=now,
                seen=now,
            )
            return self._session

    def session(self, cookie: str) -> Session | None:
        """Whose cookie it is, and that they were just seen; None once it is over."""
        with self._lock:
            known = self._session
            if known is None or not hmac.compare_digest(known.cookie.encode(), cookie.encode()):
                return None
            now = self._clock()
            if now - known.seen > self._patience.idle or now - known.began > self._patience.longest:
                self._session = None
                return None
            known.seen = now
            return known

    def leave(self) -> None:
        """The session is over."""
        with self._lock:
            self._session = None


def session_of(request: Request) -> Session:
    """Whose request it is, as the guard found."""
    found: Session = request.state.session
    return found
