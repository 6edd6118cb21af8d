"""Two instances and their leases on two authorities, for the tests of storage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.domain.lease import Instance
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.lease import Lease, LeaseState
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.leases import Leases

TOKYO, OSAKA, KYOTO = map(AuthorityId.signing, ("13", "27", "26"))
"""KYOTO has no lease until a test makes it."""
ONE, OTHER = Instance("ca-0", "127.0.0.1:7110"), Instance("ca-1", "127.0.0.1:7210")
LONG, OVER = timedelta(minutes=1), timedelta(seconds=-1)
"""Durations of leases that last for the test, and of such as are over when they begin."""


def state(leases: Leases, database: Database, authority: AuthorityId = TOKYO) -> LeaseState:
    """How an authority's lease stands."""
    with database.reading() as tx:
        found = leases.state_of(tx, authority)
    assert found is not None
    return found


def taken(leases: Leases, database: Database, who: Instance, duration: timedelta = LONG) -> Lease:
    """Tokyo's lease, which nobody has, taken by an instance."""
    lease = leases.take(who, state(leases, database), duration)
    assert lease is not None
    return lease


def written(leases: Leases, database: Database, who: Instance, lease: Lease) -> bool:
    """Whether a transaction under the lease gets past the fence."""
    try:
        with database.transaction() as tx:
            leases.require(tx, who, lease)
    except OpenJpkiError as error:
        if error.reason is not Reason.NOT_THE_OWNER:
            raise
        return False
    return True
