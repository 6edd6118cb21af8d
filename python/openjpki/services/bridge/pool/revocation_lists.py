"""Taking a revocation list into the pool: checked, and newer than the one it replaces.

What of a list's content counts for a certificate is decided where paths are validated. Here it is
only kept from taking the place of what is newer, or of another's.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.find_partner import identity_of
from openjpki.services.bridge.pool.reading import MAX_LIST, read_certificate, read_list
from openjpki.storage.bridge import pool
from openjpki.storage.bridge.pool import PoolList
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
        known = pool.find_list(tx, identity_of(signer), _scope(read))
        if known is None or known.der != der:
            keep_list(bridge, tx, read, signer)

    bridge.writer.run(keep)


def keep_list(
    bridge: BridgeContext, tx: Transaction, read: PathRevocationList, issuer: PathCertificate
) -> None:
    """Check a list and keep it in place of the one of the same issuer and scope. Raises
    ``CRL_REFUSED``."""
    ends = _require_usable(read, issuer)
    # From here on other writers wait: what is read now is what is replaced.
    pool.changing(tx)
    now = bridge.clock.now()
    if ends <= now:
        raise _refused("has expired")
    if datetime.fromtimestamp(read.this_update, UTC) > now + _SKEW:
        raise _refused("is not valid yet")
    identity, scope = identity_of(issuer), _scope(read)
    known = pool.find_list(tx, identity, scope)
    if known is not None:
        _require_newer(read, known.der)
    pool.put_list(tx, PoolList(issuer=identity, scope=scope, next_update=ends, der=read.octets))


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


def _require_newer(read: PathRevocationList, known: bytes) -> None:
    try:
        replaced = read_list(known)
    except OpenJpkiError:
        # What can't be read any more holds nothing up.
        return
    if (read.number or 0) <= (replaced.number or 0):
        raise _refused("must have a higher cRLNumber than the one it replaces")


def _scope(read: PathRevocationList) -> bytes:
    """What is kept apart: lists about different certificates, and those that only add to others."""
    return hashlib.sha256(read.row + (b"delta" if read.is_delta else b"")).digest()


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CRL_REFUSED, rule, field=_FIELD)
