"""Which revocation lists speak for a path.

The validating library remembers who signed a list by the list's signature value, takes a list whose
signer is the certificate under examination without verifying it, and does not apply the algorithm
policy to lists. So it is handed only lists that one of the path's keys has signed, with an accepted
algorithm: that is checked here.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from openjpki.pki_path.certificate import UNREADABLE
from openjpki.pki_path.dsa_parameters import working_keys
from openjpki.pki_path.signatures import Signature, crl_signature
from openjpki.pki_path.verdict import PathRefusal, RefusalReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from asn1crypto import keys as asn1_keys
    from pyhanko_certvalidator.policy_decl import AlgorithmUsagePolicy

    from openjpki.pki_path.certificate import PathCertificate
    from openjpki.pki_path.pool import CertificatePool

_MAX_SIGNER_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class PathCrl:
    """A revocation list, read but not believed."""

    der: bytes
    digest: bytes
    issuer: str
    """Normalised name, good only for comparing."""


class CrlPool:
    """Revocation lists by issuer. What cannot be parsed is left out and counted."""

    def __init__(self, crls: Iterable[bytes]) -> None:
        by_issuer: dict[str, list[PathCrl]] = defaultdict(list)
        self.unreadable = 0
        self._signatures: dict[tuple[bytes, bytes], Signature] = {}
        for der in crls:
            try:
                strict = x509.load_der_x509_crl(der)
                _ = strict.extensions
                issuer = asn1_crl.CertificateList.load(der, strict=True).issuer.hashable
            except UNREADABLE:
                self.unreadable += 1
                continue
            by_issuer[issuer].append(PathCrl(der, hashlib.sha256(der).digest(), issuer))
        self._by_issuer = dict(by_issuer)

    def of(self, issuer: str) -> Sequence[PathCrl]:
        """Lists whose issuer is this normalised name."""
        return self._by_issuer.get(issuer, ())

    def signature(self, key: asn1_keys.PublicKeyInfo, crl: PathCrl) -> Signature:
        """Whether ``key`` signed ``crl``."""
        pair = (hashlib.sha256(key.dump()).digest(), crl.digest)
        known = self._signatures.get(pair)
        if known is None:
            known = crl_signature(asn1_crl.CertificateList.load(crl.der), key)
            self._signatures[pair] = known
        return known


@dataclass(slots=True)
class Selection:
    """The lists for one path, and who signed those that no key on the path did."""

    crls: list[asn1_crl.CertificateList] = field(default_factory=list)
    signers: list[PathCertificate] = field(default_factory=list)
    refusal: PathRefusal | None = None


def select_crls(
    path: Sequence[PathCertificate],
    pool: CertificatePool,
    crls: CrlPool,
    algorithms: AlgorithmUsagePolicy,
    at: datetime,
    *,
    delegated: bool,
) -> Selection:
    """Lists signed by a key of ``path`` (anchor first).

    Without ``delegated``, every certificate must have a list signed by the very key that issued
    it. With it, lists of other signers named like the list's issuer are taken too, and the library
    validates the path to each.
    """
    selection = Selection()
    weak: set[str] = set()
    taken: set[bytes] = set()

    def take(crl: PathCrl, key: asn1_keys.PublicKeyInfo) -> bool:
        if crls.signature(key, crl) is not Signature.GOOD:
            return False
        parsed = asn1_crl.CertificateList.load(crl.der)
        if not algorithms.signature_algorithm_allowed(parsed["signature_algorithm"], at, key):
            weak.add(crl.issuer)
            return False
        if crl.digest not in taken:
            taken.add(crl.digest)
            selection.crls.append(parsed)
        return True

    keys = working_keys([asn1_x509.Certificate.load(one.der) for one in path])
    for index, certificate in enumerate(path[1:], start=1):
        found = [take(crl, keys[index - 1]) for crl in crls.of(certificate.issuer)]
        if not delegated and not any(found):
            selection.refusal = _missing(certificate, index, weak=certificate.issuer in weak)
            return selection
    if delegated:
        selection.signers = _delegated(path, pool, crls, take)
    return selection


def _delegated(
    path: Sequence[PathCertificate],
    pool: CertificatePool,
    crls: CrlPool,
    take: Callable[[PathCrl, asn1_keys.PublicKeyInfo], bool],
) -> list[PathCertificate]:
    """Signers beside the path, and the signers of the lists that speak of those."""
    signers: dict[bytes, PathCertificate] = {}
    issuers = {certificate.issuer for certificate in path[1:]}
    for certificate in path[1:]:
        issuers |= _named_crl_issuers(certificate)
    for _ in range(_MAX_SIGNER_ROUNDS):
        before = len(signers)
        for issuer in sorted(issuers):
            candidates = [*(one for one in path if one.subject == issuer), *pool.named(issuer)]
            for signer in candidates:
                key = asn1_x509.Certificate.load(signer.der).public_key
                signed = [take(crl, key) for crl in crls.of(issuer)]
                if any(signed):
                    signers[signer.digest] = signer
        issuers |= {signer.issuer for signer in signers.values()}
        if len(signers) == before:
            break
    return list(signers.values())


def _named_crl_issuers(certificate: PathCertificate) -> set[str]:
    points = asn1_x509.Certificate.load(certificate.der).crl_distribution_points_value
    names: set[str] = set()
    for point in points or ():
        for general_name in point["crl_issuer"] or ():
            if general_name.name == "directory_name":
                names.add(general_name.chosen.hashable)
    return names


def _missing(certificate: PathCertificate, index: int, *, weak: bool) -> PathRefusal:
    if weak:
        return PathRefusal(
            certificate.subject_text,
            index,
            RefusalReason.ALGORITHM,
            "the issuer's revocation list is signed with an algorithm that policy refuses",
        )
    return PathRefusal(
        certificate.subject_text,
        index,
        RefusalReason.NO_CRL,
        "there is no revocation list signed by the key that issued the certificate",
    )
