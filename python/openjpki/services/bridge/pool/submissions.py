"""What a partner hands in for the pool: authorities' certificates and their revocation lists."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import CERTIFICATE_SUBMITTED, LIST_SUBMITTED
from openjpki.services.bridge.pool.elements import authorities_here, readable
from openjpki.services.bridge.pool.revocation_lists import keep_list
from openjpki.services.bridge.pool.uploads import uploaded
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.bridge import partners, pool, pool_lists, uploads
from openjpki.storage.kernel.beginning import Turn
from openjpki.x509.foreign.reading import read_certificate, read_list

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.known_lists import KnownLists
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

MOST_CERTIFICATES = 500
"""From one partner: whoever fills the pool makes every search longer."""
MOST_LIST_OCTETS = 64 << 30
"""Of lists that are kept of one partner, superseded ones among them: three years of a list of 64
MiB a day. Officers make room by taking old ones out."""
_KEY_CERT_SIGN = 5
_CRL_SIGN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A list, as a partner hands it in: itself, or named where its parts were uploaded."""

    der: bytes
    """Empty where it was uploaded."""
    uploaded_sha256: bytes


@by_the_owner
def submit_certificate(
    bridge: BridgeContext, partner_id: str, der: bytes, request_key: RequestKey
) -> None:
    """Take the certificate (X.509 DER) of an authority, or of a key that signs lists, into the
    pool; it may come again.

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
    bridge: BridgeContext,
    partner_id: str,
    given: HandedIn,
    request_key: RequestKey,
    known: KnownLists,
) -> None:
    """Take a revocation list of an authority in the pool, or of a key there that may sign lists,
    newer than the one it replaces. It is ``known`` from then on: the first question about it does
    not read it again. One with a critical extension that is not processed replaces none: it is kept
    beside the one that counts, and nobody whom it says is revoked is good.

    Raises ``PARTNER_NOT_FOUND``, ``MALFORMED_DER``, ``TRAILING_BYTES``, ``CRL_REFUSED``,
    ``LIST_UPLOAD_INCOMPLETE``.
    """
    at = bridge.clock.now()
    with bridge.database.reading() as tx:
        if bridge.requests.find(tx, request_key) is not None:
            return
        # Kept by the reader alone from here on: it may have 64 MiB.
        read = read_list(
            given.der or uploaded(tx, partner_id, given.uploaded_sha256),
            whatever_is_critical=True,
        )

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        _require_room(tx, partner_id, read.size)
        refusal: OpenJpkiError | None = None
        # Generations of a key share one name: the list is of that one which signed it.
        for issuer in _named(tx, read.issuer):
            try:
                keep_list(bridge, tx, read, issuer, partner_id)
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
            uploads.drop(tx, partner_id, read.sha256)
            return b""
        raise refusal or OpenJpkiError(
            Reason.CRL_REFUSED,
            "is of an issuer that is neither a partner nor in the pool",
            field="revocation_list",
        )

    # In turn: it may rest on what an officer signed.
    bridge.requests.once(bridge.writer, request_key, at, keep, turn=Turn.COUNTS)
    known.keep(read)


def _require_room(tx: Reading, partner_id: str, octets: int) -> None:
    """Superseded lists are kept for years: one partner must not fill the disk for all."""
    if pool_lists.octets_of(tx, partner_id) + octets > MOST_LIST_OCTETS:
        raise OpenJpkiError(
            Reason.CRL_REFUSED,
            f"is more than the {MOST_LIST_OCTETS} octets of lists kept of one partner",
            field="revocation_list",
        )


def _require_authority(certificate: PathCertificate) -> None:
    if not certificate.is_authority:
        if not _signs_lists_alone(certificate):
            raise _refused("must be an authority's (CA:TRUE) or of a key for lists (cRLSign)")
    elif not certificate.key_usage_allows(_KEY_CERT_SIGN):
        raise _refused("must allow signing certificates (keyCertSign)")
    fault = certificate.key_fault
    if fault is not None:
        raise _refused(fault)


def _signs_lists_alone(certificate: PathCertificate) -> bool:
    """A key that is no authority's, and is said to sign lists (RFC 5280 6.3.3 (f))."""
    return (
        certificate.has_key_usage
        and certificate.key_usage_allows(_CRL_SIGN)
        and not certificate.key_usage_allows(_KEY_CERT_SIGN)
    )


def _refuse_in_our_name(tx: Reading, certificate: PathCertificate) -> None:
    """What authorities here have issued comes from them, never from a partner."""
    ours = authorities_here(tx)
    if certificate.issuer in {one.subject for one in ours}:
        raise _refused("must not be issued in the name of an authority here")


def _named(tx: Reading, name: bytes) -> list[PathCertificate]:
    """Foreign authorities of this name, one certificate for each key."""
    registered = partners.all_of(tx, left_out=tell_left_out)
    known = [one.certificate for one in registered if one.certificate is not None]
    submitted = [one.der for one in pool.submitted(tx, left_out=tell_left_out)]
    found: dict[bytes, PathCertificate] = {}
    for read in readable([*known, *submitted]):
        if read.subject == name:
            found.setdefault(read.public_key, read)
    return list(found.values())


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field="certificate")
