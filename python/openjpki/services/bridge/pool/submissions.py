"""What a partner hands in for the pool: authorities' certificates and their revocation lists."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import CERTIFICATE_SUBMITTED, LIST_SUBMITTED
from openjpki.services.bridge.pool.elements import authorities_here, readable
from openjpki.services.bridge.pool.reading import read_certificate, read_list
from openjpki.services.bridge.pool.revocation_lists import keep_list
from openjpki.storage.bridge import partners, pool

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

MOST_CERTIFICATES = 500
"""From one partner: whoever fills the pool makes every search longer."""
_KEY_CERT_SIGN = 5


@by_the_owner
def submit_certificate(
    bridge: BridgeContext, partner_id: str, der: bytes, request_key: RequestKey
) -> None:
    """Take an authority's certificate (X.509 DER) into the pool; it may come again.

    Raises ``PARTNER_NOT_FOUND``, ``MALFORMED_DER``, ``TRAILING_BYTES``,
    ``CROSS_CERTIFICATE_REFUSED``.
    """
    at = bridge.clock.now()
    certificate = read_certificate(der)
    _require_authority(certificate)
    if certificate.not_after < at.timestamp():
        raise _refused("has expired")
    digest = hashlib.sha256(der).digest()

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        _refuse_in_our_name(tx, certificate)
        pool.changing(tx)
        if pool.submitted_by(tx, partner_id) >= MOST_CERTIFICATES:
            raise _refused(f"is one more than the {MOST_CERTIFICATES} taken from one partner")
        if pool.submit(tx, digest, partner_id, der, at):
            enter_in_journal(
                bridge,
                tx,
                act=CERTIFICATE_SUBMITTED,
                actor=request_key.caller,
                subject=partner_id,
                details={"certificate_sha256": digest.hex()},
                at=at,
            )
        return b""

    bridge.requests.once(bridge.writer, request_key, at, keep)


@by_the_owner
def submit_revocation_list(
    bridge: BridgeContext, partner_id: str, der: bytes, request_key: RequestKey
) -> None:
    """Take a revocation list (DER) of an authority in the pool, newer than the one it replaces.

    Raises ``PARTNER_NOT_FOUND``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``.
    """
    at = bridge.clock.now()
    read = read_list(der)

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        refusal: OpenJpkiError | None = None
        # Generations of a key share one name: the list is of that one which signed it.
        for issuer in _named(tx, read.issuer):
            try:
                keep_list(bridge, tx, read, issuer)
            except OpenJpkiError as error:
                refusal = error
                continue
            enter_in_journal(
                bridge,
                tx,
                act=LIST_SUBMITTED,
                actor=request_key.caller,
                subject=partner_id,
                details={"entries": read.entries, "crl_sha256": read.sha256.hex()},
                at=at,
            )
            return b""
        raise refusal or OpenJpkiError(
            Reason.CRL_REFUSED,
            "is of an issuer that is neither a partner nor in the pool",
            field="revocation_list",
        )

    bridge.requests.once(bridge.writer, request_key, at, keep)


def _require_authority(certificate: PathCertificate) -> None:
    if not certificate.is_authority:
        raise _refused("must be an authority's certificate (CA:TRUE)")
    if not certificate.key_usage_allows(_KEY_CERT_SIGN):
        raise _refused("must allow signing certificates (keyCertSign)")
    fault = certificate.key_fault
    if fault is not None:
        raise _refused(fault)


def _refuse_in_our_name(tx: Reading, certificate: PathCertificate) -> None:
    """What authorities here have issued comes from them, never from a partner."""
    ours = authorities_here(tx)
    if certificate.issuer in {one.subject for one in ours}:
        raise _refused("must not be issued in the name of an authority here")


def _named(tx: Reading, name: bytes) -> list[PathCertificate]:
    """Foreign authorities of this name, one certificate for each key."""
    known = [one.certificate for one in partners.all_of(tx) if one.certificate is not None]
    submitted = [one.der for one in pool.submitted(tx)]
    found: dict[bytes, PathCertificate] = {}
    for read in readable([*known, *submitted]):
        if read.subject == name:
            found.setdefault(read.public_key, read)
    return list(found.values())


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field="certificate")
