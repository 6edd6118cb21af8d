"""Making responders: a key of its own for each authority, certified by it, renewed in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openjpki.domain.authority import all_authority_ids
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.label import KeyLabel
from openjpki.services.ocsp.responders.responder import Responder
from openjpki.telemetry.metrics import SIGNATURES
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import is_issued_by
from openjpki.x509.ocsp import OcspResponder
from openjpki.x509.profiles.engine import build_request

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.keys.port import KeyBackend, SigningKey
    from openjpki.services.ocsp.ca_client import CaClient
    from openjpki.services.ocsp.named_authorities import AuthorityGeneration
    from openjpki.signer_core import PathCertificate, PathCertificationRequest

KEY_BITS = 2048
SUBJECT = "OCSP responder "
"""Before the authority's id, in the common name of a request."""
_FIELD = "responder_certificate"


@dataclass(frozen=True, slots=True)
class ResponderMaker:
    """Makes the responder of a generation of an authority's key, with a key that is made once and
    kept, the same for all generations."""

    backend: KeyBackend
    ca: CaClient
    clock: Clock

    def make(self, issuer: AuthorityGeneration) -> Responder:
        """A responder with a new certificate; the private key stays what it was.

        Raises ``KEY_*``, ``CERTIFICATE_REFUSED``, and what ca refuses with.
        """
        key = key_of(self.backend, issuer.authority_id)
        der = self.ca.issue_responder_certificate(
            issuer.authority_id, issuer.generation, key_request(key, issuer.authority_id)
        )
        certificate = read_certificate(der, field=_FIELD)
        _require_ours(certificate, issuer.certificate, key, self.clock.now())
        # A series that begins with its first failure can't be alerted on.
        SIGNATURES.labels(key.label, "error").inc(0)
        return Responder(
            key=key,
            encoder=OcspResponder(der),
            issuer=issuer.certificate,
            serial=serial_to_bytes(certificate.serial),
            not_before=moment(certificate.not_before),
            not_after=moment(certificate.not_after),
        )


def key_of(backend: KeyBackend, authority_id: AuthorityId) -> SigningKey:
    """The key that answers for an authority; made if it is not there. Raises ``KEY_*``."""
    label = str(KeyLabel("responder", str(authority_id), 1))
    try:
        return backend.open(label)
    except OpenJpkiError as missing:
        if missing.reason is not Reason.KEY_NOT_FOUND:
            raise
    try:
        return backend.generate(label, KEY_BITS)
    except OpenJpkiError as taken:
        # Another replica with the same device was faster.
        if taken.reason is not Reason.KEY_EXISTS:
            raise
        return backend.open(label)


def key_request(key: SigningKey, authority_id: AuthorityId) -> bytes:
    """PKCS#10, DER, for ca's operators and for each certificate; its subject says for which
    authority the key is to answer, and nothing that the certificate repeats."""
    return key.sign_checked(build_request(_name(authority_id), key.spki_der, authority=False))


def named_in(request: PathCertificationRequest) -> AuthorityId | None:
    """The authority that a request of :func:`key_request` is for; None when it is no such one."""
    return _authorities().get(request.subject_der)


@cache
def _authorities() -> dict[bytes, AuthorityId]:
    # There are so few that no name need be taken apart.
    return {_name(one).public_bytes(): one for one in all_authority_ids()}


def _name(authority_id: AuthorityId) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{SUBJECT}{authority_id}")])


def _require_ours(
    certificate: PathCertificate, issuer_der: bytes, key: SigningKey, now: datetime
) -> None:
    """Answers that no verifier would take must not be given at all."""
    issuer = read_certificate(issuer_der, field="authority_certificate")
    purposes = certificate.extended_key_usage
    if purposes is None or not is_issued_by(certificate, issuer):
        raise _refused("must be issued by the authority, for OCSP signing")
    if ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string not in purposes:
        raise _refused("must be for OCSP signing")
    if certificate.public_key != key.spki_der:
        raise _refused("must be of the responder's key")
    if not moment(certificate.not_before) <= now < moment(certificate.not_after):
        raise _refused("must hold now, by this replica's clock")


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CERTIFICATE_REFUSED, rule, field=_FIELD)
