"""What a file of a status index says besides the certificates: whose they are, how far they were
told, and as of when. It names nobody."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.domain import feed_digest
from openjpki.services.ocsp.micros import micros
from openjpki.services.ocsp.status.statuses import Position

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.signer_core import StatusIndex

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**63
"""Above each position that a feed can have."""
_MOST_AHEAD = timedelta(days=1)
"""That a clock may have been set back since."""
_TYPES = {
    "authority": str,
    "sequence": int,
    "digest": str,
    "as_of": int,
    "boot": str,
    "heard": float,
}


class UnfitFileError(Exception):
    """A file that is not taken; the rule it breaks."""


def boot_id() -> str:
    """Tells one run of the machine from another; empty where it does not say."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPosition:
    """As :class:`~openjpki.services.ocsp.status.statuses.Position`, without the index."""

    authority: str
    sequence: int
    digest: bytes
    as_of: datetime
    boot: str
    """Of which run of the machine ``heard`` is."""
    heard: float

    @classmethod
    def of(cls, authority_id: AuthorityId, position: Position, boot: str) -> SavedPosition:
        """Of what is known now."""
        return cls(
            authority=str(authority_id),
            sequence=position.sequence,
            digest=position.digest,
            as_of=position.as_of,
            boot=boot,
            heard=position.heard,
        )

    def encoded(self) -> bytes:
        """For :meth:`parse`."""
        return json.dumps(
            {
                "authority": self.authority,
                "sequence": self.sequence,
                "digest": self.digest.hex(),
                "as_of": micros(self.as_of),
                "boot": self.boot,
                "heard": self.heard,
            }
        ).encode()

    @classmethod
    def parse(cls, octets: bytes) -> SavedPosition:
        """Raises :class:`UnfitFileError`."""
        try:
            said = json.loads(octets)
            if type(said) is not dict or {one: type(said[one]) for one in said} != _TYPES:
                raise UnfitFileError("it does not say what it is of")
            digest = bytes.fromhex(said["digest"])
            as_of = _EPOCH + timedelta(microseconds=said["as_of"])
        except (ValueError, OverflowError, RecursionError) as error:
            raise UnfitFileError("it does not say what it is of") from error
        is_position = 0 <= said["sequence"] < _MOST and len(digest) in (0, feed_digest.LENGTH)
        if not (is_position and math.isfinite(said["heard"])):
            raise UnfitFileError("it says a position that can't be")
        return cls(
            authority=said["authority"],
            sequence=said["sequence"],
            digest=digest,
            as_of=as_of,
            boot=said["boot"],
            heard=said["heard"],
        )

    def position(self, index: StatusIndex, now: datetime, boot: str) -> Position:
        """What is known by it. It grows old by the time that has passed since, as the machine
        counts it while it runs, or as the clock says, whichever says more. Raises
        :class:`UnfitFileError` where neither can say how old it is."""
        heard = monotonic()
        is_counted = bool(boot) and boot == self.boot and self.heard <= heard
        if is_counted and self.as_of - now <= _MOST_AHEAD:
            heard = self.heard
        elif self.as_of > now:
            raise UnfitFileError("it is true as of later than now")
        return Position(index, self.sequence, heard, self.as_of, self.digest)
