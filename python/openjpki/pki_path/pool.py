"""The certificates that paths may be built from."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1_x509

from openjpki.errors import OpenJpkiError
from openjpki.pki_path.certificate import PathCertificate, read_certificate
from openjpki.pki_path.signatures import Signature, certificate_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CertificatePool:
    """Authorities' certificates, indexed by name; signatures between them are checked once.

    Immutable but for that memory, so threads may share it. What cannot be parsed is left out and
    counted in ``unreadable``: one broken entry must not stop validation for everyone.
    """

    def __init__(self, certificates: Iterable[bytes]) -> None:
        by_subject: dict[str, list[PathCertificate]] = defaultdict(list)
        by_issuer: dict[str, list[PathCertificate]] = defaultdict(list)
        self.unreadable = 0
        self._signatures: dict[tuple[bytes, bytes], Signature] = {}
        seen: set[bytes] = set()
        for der in certificates:
            try:
                certificate = read_certificate(der)
            except OpenJpkiError:
                self.unreadable += 1
                continue
            if certificate.digest in seen:
                continue
            seen.add(certificate.digest)
            by_subject[certificate.subject].append(certificate)
            by_issuer[certificate.issuer].append(certificate)
        self._by_subject = dict(by_subject)
        self._by_issuer = dict(by_issuer)

    def named(self, subject: str) -> Sequence[PathCertificate]:
        """Certificates whose subject is this normalised name."""
        return self._by_subject.get(subject, ())

    def issued_by(self, issuer: str) -> Sequence[PathCertificate]:
        """Certificates whose issuer is this normalised name."""
        return self._by_issuer.get(issuer, ())

    def signature(self, issuer: PathCertificate, subject: PathCertificate) -> Signature:
        """Whether ``issuer``'s key signed ``subject``."""
        pair = (issuer.key_digest, subject.digest)
        known = self._signatures.get(pair)
        if known is None:
            # Parsed afresh: asn1crypto's objects fill themselves in while they are read, which
            # threads must not share.
            known = certificate_signature(
                asn1_x509.Certificate.load(subject.der),
                asn1_x509.Certificate.load(issuer.der).public_key,
            )
            self._signatures[pair] = known
        return known
