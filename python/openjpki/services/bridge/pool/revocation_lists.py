"""Taking a revocation list into the pool: checked, and newer than the one it replaces."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.find_partner import identity_of
from openjpki.storage.bridge import pool
from openjpki.storage.bridge.pool import PoolList
from openjpki.x509.crl.check import check_crl

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.x509.crl.check import CrlFacts

MAX_LIST = 1 << 20
"""Octets."""
_SKEW = timedelta(minutes=5)
"""By so much another infrastructure's clock may be ahead of ours."""


def take_list(
    bridge: BridgeContext,
    der: bytes,
    issuer: bytes,
    *,
    scope_der: bytes | None = None,
    known_may_return: bool = False,
    field: str = "revocation_list",
) -> CrlFacts:
    """Keep a list of ``issuer`` (X.509 DER), in a transaction of its own; see :func:`keep_list`."""
    return bridge.writer.run(
        lambda tx: keep_list(
            bridge,
            tx,
            der,
            issuer,
            scope_der=scope_der,
            known_may_return=known_may_return,
            field=field,
        )
    )


def keep_list(
    bridge: BridgeContext,
    tx: Transaction,
    der: bytes,
    issuer: bytes,
    *,
    scope_der: bytes | None = None,
    known_may_return: bool = False,
    field: str = "revocation_list",
) -> CrlFacts:
    """Check a list and keep it in place of the one of the same issuer and scope.

    ``known_may_return``: the very list that is kept changes nothing and is no refusal. Raises
    ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    facts = check_crl(der, issuer, scope_der=scope_der, max_bytes=MAX_LIST, field=field)
    identity = identity_of(x509.load_der_x509_certificate(issuer))
    scope = hashlib.sha256(facts.scope_der or b"").digest()
    known = pool.find_list(tx, identity, scope)
    if known is not None and known.der == der and known_may_return:
        return facts
    # From here on other writers wait. The list kept before may have been replaced until now, so
    # it is read again.
    pool.changing(tx)
    known = pool.find_list(tx, identity, scope)
    now = bridge.clock.now()
    if facts.next_update <= now:
        raise OpenJpkiError(Reason.CRL_REFUSED, "has expired", field=field)
    if facts.this_update > now + _SKEW:
        raise OpenJpkiError(Reason.CRL_REFUSED, "is not valid yet", field=field)
    if known is not None:
        replaces = check_crl(known.der, issuer, max_bytes=MAX_LIST, field=field)
        check_crl(der, issuer, replaces=replaces, max_bytes=MAX_LIST, field=field)
    pool.put_list(
        tx, PoolList(issuer=identity, scope=scope, next_update=facts.next_update, der=der)
    )
    return facts
