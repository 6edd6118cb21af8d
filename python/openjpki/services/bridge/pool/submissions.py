"""What a partner hands in for the pool: authorities' certificates and their revocation lists."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.find_partner import require_partner
from openjpki.services.bridge.journal import CERTIFICATE_SUBMITTED, LIST_SUBMITTED
from openjpki.services.bridge.pool.elements import authorities_here, readable
from openjpki.services.bridge.pool.reading import ReadCertificate, read_certificate, read_list
from openjpki.services.bridge.pool.revocation_lists import keep_list
from openjpki.storage.bridge import partners, pool
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.public_key import spki_of
from openjpki.x509.signature_hash import has_accepted_hash

if TYPE_CHECKING:
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

MOST_CERTIFICATES = 500
"""From one partner: whoever fills the pool makes every search longer."""


@by_the_owner
def submit_certificate(
    bridge: BridgeContext, partner_id: str, der: bytes, request_key: RequestKey
) -> None:
    """Take an authority's certificate (X.509 DER) into the pool; it may come again.

    Raises ``PARTNER_NOT_FOUND``, ``MALFORMED_DER``, ``TRAILING_BYTES``,
    ``CROSS_CERTIFICATE_REFUSED``.
    """
    at = bridge.clock.now()
    read = read_certificate(der)
    certificate = foreign_certificate.load(der, field="certificate")
    _require_authority(certificate)
    if certificate.not_valid_after_utc < at:
        raise _refused("has expired")
    digest = hashlib.sha256(der).digest()

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        _refuse_in_our_name(tx, read)
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
    field = "revocation_list"
    issuer_name = read_list(der, field=field).issuer

    def keep(tx: Transaction) -> bytes:
        require_partner(tx, partner_id)
        refusal: OpenJpkiError | None = None
        # Generations of a key share one name: the list is of that one which signed it.
        for issuer in _named(tx, issuer_name):
            try:
                facts = keep_list(bridge, tx, der, issuer)
            except OpenJpkiError as error:
                refusal = error
                continue
            enter_in_journal(
                bridge,
                tx,
                act=LIST_SUBMITTED,
                actor=request_key.caller,
                subject=partner_id,
                details={
                    "entries": facts.entries,
                    "crl_sha256": hashlib.sha256(der).hexdigest(),
                },
                at=at,
            )
            return b""
        raise refusal or OpenJpkiError(
            Reason.CRL_REFUSED,
            "is of an issuer that is neither a partner nor in the pool",
            field=field,
        )

    bridge.requests.once(bridge.writer, request_key, at, keep)


def _require_authority(certificate: x509.Certificate) -> None:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = x509.BasicConstraints(ca=False, path_length=None)
    if not constraints.ca:
        raise _refused("must be an authority's certificate (CA:TRUE)")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.key_cert_sign:
        raise _refused("must allow signing certificates (keyCertSign)")
    if not has_accepted_hash(certificate):
        raise _refused("must be signed with SHA-256 or longer")
    try:
        stated_key_id(certificate)
        spki_of(certificate)
    except UNREADABLE as error:
        raise _refused("holds a key that can't be read") from error


def _refuse_in_our_name(tx: Reading, certificate: ReadCertificate) -> None:
    """What authorities here have issued comes from them, never from a partner."""
    ours = authorities_here(tx)
    if certificate.issuer in {one.subject for one in ours}:
        raise _refused("must not be issued in the name of an authority here")


def _named(tx: Reading, name: bytes) -> list[bytes]:
    """Foreign authorities of this name, one certificate for each key."""
    known = [one.certificate for one in partners.all_of(tx) if one.certificate is not None]
    found: dict[bytes, bytes] = {}
    submitted = [one.der for one in pool.submitted(tx)]
    for read in readable([*known, *submitted]):
        if read.subject == name:
            found.setdefault(read.key, read.der)
    return list(found.values())


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field="certificate")
