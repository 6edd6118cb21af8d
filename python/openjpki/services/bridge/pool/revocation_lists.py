"""Taking a revocation list into the pool: checked, and newer than the one it replaces.

What of a list's content counts for a certificate is decided where paths are validated. Here it is
only kept from taking the place of what is newer, or of another's.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.find_partner import identity_of
from openjpki.services.bridge.pool.reading import MAX_LIST, read_certificate, read_list
from openjpki.storage.bridge import numberings, pool, pool_lists
from openjpki.storage.bridge.pool_lists import KeptList
from openjpki.x509.crl.check import check_crl

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.signer_core import PathCertificate, PathRevocationList
    from openjpki.storage.kernel.transaction import Transaction

_FIELD = "revocation_list"
_SKEW = timedelta(minutes=5)
"""By so much another infrastructure's clock may be ahead of ours."""
_MAX_NUMBER_BITS = 159


def take_own_list(bridge: BridgeContext, der: bytes, issuer: bytes, *, scope_der: bytes) -> None:
    """Keep an authority list of ``issuer``, a governor (X.509 DER), in a transaction of its own;
    the one that is kept may come again.

    Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    # Our own are held to our own profile too.
    check_crl(der, issuer, scope_der=scope_der, max_bytes=MAX_LIST, field=_FIELD)
    read, signer = read_list(der), read_certificate(issuer, field="issuer_certificate")

    def keep(tx: Transaction) -> None:
        known = pool_lists.find_newest(tx, identity_of(signer), _scope(read))
        if known is None or known.sha256 != read.sha256:
            keep_list(bridge, tx, read, signer)

    bridge.writer.run(keep)


def keep_list(
    bridge: BridgeContext,
    tx: Transaction,
    read: PathRevocationList,
    issuer: PathCertificate,
    partner_id: str | None = None,
) -> None:
    """Check a list and keep it as the newest of its issuer and scope; the one before it stays, for
    its time.

    ``issuer``: whose key signed it; ``partner_id``: who handed it in. Raises ``CRL_REFUSED``.
    """
    ends = _require_usable(read, issuer)
    # From here on other writers wait: what is read now is what is replaced.
    pool.changing(tx)
    now = bridge.clock.now()
    if ends <= now:
        raise _refused("has expired")
    if datetime.fromtimestamp(read.this_update, UTC) > now + _SKEW:
        raise _refused("is not valid yet")
    identity, scope = identity_of(issuer), _scope(read)
    known = pool_lists.find_newest(tx, identity, scope)
    if known is not None:
        _require_newer(tx, read, known, partner_id)
    pool_lists.keep(
        tx,
        KeptList(
            sha256=read.sha256,
            issuer=identity,
            scope=scope,
            number=read.number or 0,
            this_update=datetime.fromtimestamp(read.this_update, UTC),
            next_update=ends,
            retained_from=RetentionClass.AUTHORITY_KEYS.begins(
                ends, datetime.fromtimestamp(issuer.not_after, UTC)
            ),
            partner_id=partner_id,
            octets=read.size,
        ),
        read.octets,
    )


def _require_usable(read: PathRevocationList, issuer: PathCertificate) -> datetime:
    """The end of the list."""
    if read.issuer != issuer.subject:
        raise _refused("is another issuer's")
    if not issuer.key_usage_allows(_CRL_SIGN):
        raise _refused("is signed with a key that may not sign lists")
    fault = read.signature_fault(issuer)
    if fault is not None:
        raise _refused(f"has a signature that is not its issuer's, or not accepted: {fault}")
    if read.number is None or read.number.bit_length() > _MAX_NUMBER_BITS:
        raise _refused("must have a cRLNumber of at most 20 octets")
    if read.next_update is None or read.next_update <= read.this_update:
        raise _refused("must have a nextUpdate after its thisUpdate")
    return datetime.fromtimestamp(read.next_update, UTC)


_CRL_SIGN = 6


def _require_newer(
    tx: Transaction, read: PathRevocationList, known: KeptList, partner_id: str | None
) -> None:
    if (read.number or 0) > known.number:
        return
    if partner_id is None or not numberings.is_accepted(tx, read.sha256, partner_id):
        raise _refused("must have a higher cRLNumber than the one it replaces")
    # Whoever counts anew has made the list later: an older one of theirs is no new count.
    if read.this_update <= known.this_update.timestamp():
        raise _refused("must be later than the one it replaces")
    numberings.made_use_of(tx, read.sha256, known.sha256)


def _scope(read: PathRevocationList) -> bytes:
    """What is kept apart: lists about different certificates, and those that only add to others."""
    return hashlib.sha256(read.row + (b"delta" if read.is_delta else b"")).digest()


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=_FIELD)
