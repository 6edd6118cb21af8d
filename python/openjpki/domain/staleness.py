"""How long what is known of a certificate may still be told (RFC 6960 2.4, 4.2.2.1).

A status service knows what an authority told it, as of a moment. Each answer says that moment
(thisUpdate), and until when it may be relied on (nextUpdate). How long it may be given depends on
what could have happened since:

===========  =====================================  =============================================
status       what may have happened                 told for
===========  =====================================  =============================================
``REVOKED``  nothing: a revocation is for good      ever
``GOOD``     it was revoked                         ``max_staleness``, which its authority decides
``UNKNOWN``  it was issued                          ``freshness``, seconds: who holds it would be
                                                    turned away for a certificate that is good
===========  =====================================  =============================================

The signing core holds each answer to it (``signer_core/dataplane/src/known.rs``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Staleness:
    """The bounds for one authority's status. Moments are aware; what answers say is whole
    seconds, so bounds count from the whole second."""

    freshness: timedelta
    """Since it last heard the authority, a service is current for so long."""
    max_staleness: timedelta
    """Since then, it answers for so long. Where it is shorter than ``freshness``, it holds there
    too."""

    def end(self, as_of: datetime) -> datetime:
        """From when on nothing but revocations is told of what is known as of a moment."""
        return whole_second(as_of) + self.max_staleness


def whole_second(moment: datetime) -> datetime:
    """The second that it lies in: times in certificates and answers have no fractions."""
    return moment.replace(microsecond=0)
