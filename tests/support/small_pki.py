"""Small PKIs for path tests: elliptic keys, because hundreds of RSA keys take minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime(2025, 6, 1, 12, 0, 0, tzinfo=UTC)
DER = serialization.Encoding.DER
POLICY = "1.3.6.1.4.1.32473.1"
_NOTHING = b"\x01" * 20
Key: TypeAlias = str | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""A key, or the label of one."""


class SmallPki:
    """Makes certificates and lists by label; a label is a name and, by default, its key."""

    def __init__(self) -> None:
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._serial = 100

    def key(self, label: str) -> ec.EllipticCurvePrivateKey:
        if label not in self._keys:
            self._keys[label] = ec.generate_private_key(ec.SECP256R1())
        return self._keys[label]

    @staticmethod
    def name(label: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, label)])

    def certificate(
        self,
        subject: str,
        issuer: str,
        *,
        key: Key | None = None,
        signer: Key | None = None,
        ca: bool = True,
        serial: int | None = None,
        not_before: datetime = NOW - timedelta(days=10),
        not_after: datetime = NOW + timedelta(days=10),
        policies: tuple[str, ...] = (POLICY,),
        path_length: int | None = None,
        identifiers: bool = True,
        extra: tuple[tuple[x509.ExtensionType, bool], ...] = (),
        basic_constraints: bool = True,
        hashed_with: hashes.SHA224 | hashes.SHA256 | None = None,
    ) -> bytes:
        """``key`` and ``signer`` are labels or keys; by default those of the names. Without
        ``identifiers``, key identifiers are there and tell nothing."""
        own = self._resolve(key or subject)
        signing = self._resolve(signer or issuer)
        self._serial += 1
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name(subject))
            .issuer_name(self.name(issuer))
            .public_key(own.public_key())
            .serial_number(serial or self._serial)
            .not_valid_before(not_before)
            .not_valid_after(not_after)
        )
        if basic_constraints:
            builder = builder.add_extension(
                x509.BasicConstraints(ca=ca, path_length=path_length if ca else None),
                critical=True,
            )
        if policies:
            builder = builder.add_extension(
                x509.CertificatePolicies(
                    [x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in policies]
                ),
                critical=False,
            )
        subject_key = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        if not identifiers:
            subject_key = x509.SubjectKeyIdentifier(_NOTHING)
            authority_key = x509.AuthorityKeyIdentifier(_NOTHING, None, None)
        builder = builder.add_extension(subject_key, critical=False)
        builder = builder.add_extension(authority_key, critical=False)
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signing, hashed_with or hashes.SHA256()).public_bytes(DER)

    def crl(
        self,
        issuer: str,
        *,
        signer: Key | None = None,
        revoked: dict[int, datetime] | None = None,
        this_update: datetime = NOW - timedelta(hours=1),
        next_update: datetime = NOW + timedelta(hours=47),
        number: int = 1,
    ) -> bytes:
        signing = self._resolve(signer or issuer)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name(issuer))
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
                critical=False,
            )
        )
        for serial, moment in (revoked or {}).items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(moment)
                .build()
            )
        return builder.sign(signing, hashes.SHA256()).public_bytes(DER)

    def _resolve(self, key: Key) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
        return self.key(key) if isinstance(key, str) else key
