"""Write the example objects of docs/profile.md: docs/profile/examples.

Each is made by the code that makes the real ones, with a clock that stands still and with keys that
anybody can make again: their primes come from a public label, so that the same octets come out at
every run. Never trust anything signed by them. The mesh's examples have keys of their own and are
written only where they are missing, because ECDSA signs with random numbers.

Run ``python scripts/generate_profile_examples.py`` after a deliberate change of the profile; with
``--check`` nothing is written and a difference makes the exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import math
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp as asked

from openjpki.domain.municipality import Municipality
from openjpki.domain.policy.authority import AuthorityPolicy
from openjpki.domain.policy.revocation import CrlPolicy, RevocationCause
from openjpki.domain.policy.validity import validity
from openjpki.domain.serial import serial_from_random
from openjpki.domain.window import MAX_SEQUENCE, SubjectCommonName, WindowId
from openjpki.rpc.identity.roles import PeerRole
from openjpki.signer_core import SoftwareKey
from openjpki.x509 import ocsp
from openjpki.x509.crl.encoding import (
    CrlProfile,
    Revocation,
    RevocationColumns,
    make_crl,
    make_delta,
)
from openjpki.x509.crl.scope import Covers, freshest_der, issuing_distribution_point_der
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority import authority_to_sign
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross import cross_to_sign
from openjpki.x509.profiles.cross_profile import CrossProfile
from openjpki.x509.profiles.engine import Issuer
from openjpki.x509.profiles.link import (
    LinkProfile,
    new_with_old_to_sign,
    old_with_new_to_sign,
)
from openjpki.x509.profiles.responder import responder_to_sign
from openjpki.x509.profiles.responder_profile import ResponderProfile
from openjpki.x509.profiles.user_certificate import (
    AuthorityConstants,
    UserCertificateFields,
    UserCertificateIssuer,
)
from openjpki_devkit.mesh.authority import MeshAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.x509.crl.check import CrlFacts

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "profile" / "examples"

NOW = datetime(2026, 4, 1, 0, 0, 0, tzinfo=UTC)
"""When everything here is made: nine in the morning in Japan."""
FIRST_GENERATION = datetime(2021, 4, 1, 0, 0, 0, tzinfo=UTC)
POLICY = AuthorityPolicy(
    crl=CrlPolicy(delta_period=timedelta(hours=1)),
    crl_uri="http://repository.openjpki.example/13/{generation}/{partition}.crl",
    delta_crl_uri="http://repository.openjpki.example/13/{generation}/{partition}.delta.crl",
    ocsp_uri="http://ocsp.openjpki.example/",
)
BRIDGE_POLICY = "1.3.6.1.4.1.32473.8.2.1"
TRUST_DOMAIN = "openjpki.example"

NAME = "高橋　美咲"
"""Registered as 髙橋　美咲: the first character was substituted."""
ADDRESS = "東京都千代田区霞が関二丁目１番２号"

_PRIME_BITS = 1024
_EXPONENT = 65537
_SMALL = math.prod(n for n in range(3, 2000, 2) if all(n % d for d in range(3, n, 2)))


@dataclass(frozen=True)
class ExampleKey:
    """An RSA key whose primes follow from a public label."""

    private: rsa.RSAPrivateKey

    @classmethod
    @cache
    def of(cls, label: str) -> ExampleKey:
        """The key of this label, the same at every call."""
        p, q = itertools.islice(_primes(label), 2)
        d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
        public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
        numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
        return cls(numbers.private_key())

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def core(self) -> SoftwareKey:
        """The same key in the compiled module."""
        return SoftwareKey.from_pkcs8(
            self.private.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _primes(label: str) -> Iterator[int]:
    for counter in itertools.count():
        seed = f"OpenJPKI example key, not secret: {label} {counter}".encode()
        octets = hashlib.shake_256(seed).digest(_PRIME_BITS // 8)
        # Odd, and large enough that the product of two has all its bits.
        candidate = int.from_bytes(octets, "big") | 0b11 << (_PRIME_BITS - 2) | 1
        if (
            math.gcd(candidate, _SMALL) == 1
            and math.gcd(candidate - 1, _EXPONENT) == 1
            and pow(2, candidate - 1, candidate) == 1
        ):
            yield candidate


class _Still:
    def now(self) -> datetime:
        return NOW


def _serial(label: str) -> int:
    return serial_from_random(hashlib.shake_256(label.encode()).digest(20))


def _constants(authority: bytes) -> AuthorityConstants:
    issuer = Issuer.of(authority)
    return AuthorityConstants(
        issuer_der=issuer.name_der,
        issuer_spki_der=issuer.spki_der,
        authority_key_identifier=issuer.key_id,
        policy_oid=POLICY.certificate_policy_oid,
        cps_url=POLICY.cps_uri,
        issuer_alt_name_der=names.authority_name_ja("東京都").public_bytes(),
        ocsp_url=POLICY.ocsp_uri,
    )


def _user() -> UserCertificateFields:
    not_before, not_after = validity(NOW, POLICY.validity)
    serial = _serial("user")
    partition = POLICY.partitions.assign(Municipality("13101"), serial).text
    name = names.partition_name(names.authority_name("Tokyo"), partition)
    return UserCertificateFields(
        serial=serial,
        not_before=int(not_before.timestamp()),
        not_after=int(not_after.timestamp()),
        prefecture="Tokyo",
        municipality="Chiyoda-ku",
        common_name=SubjectCommonName(NOW, serial % (MAX_SEQUENCE + 1), WindowId("13101001A")).text,
        spki_der=ExampleKey.of("user").spki_der,
        name=NAME,
        birth_date="319800217",
        sex="2",
        address=ADDRESS,
        name_substitutions="10000",
        address_substitutions="0" * len(ADDRESS),
        partition_der=name.public_bytes(),
        partition_url=POLICY.list_address(partition, generation=1),
    )


def user_certificate(authority: bytes) -> bytes:
    """Section 2."""
    (checked,) = UserCertificateIssuer(_constants(authority)).to_be_signed([_user()])
    return checked.sign(ExampleKey.of("authority 1").core)


def authority_certificate(generation: int) -> bytes:
    """Section 3: the first or the second generation of one authority."""
    profile = AuthorityProfile(
        name=names.authority_name("Tokyo"),
        alternative_name=names.authority_name_ja("東京都"),
        serial=_serial(f"authority {generation}"),
        not_before=FIRST_GENERATION if generation == 1 else NOW,
        years=POLICY.authority_key.valid_years,
    )
    key = ExampleKey.of(f"authority {generation}")
    return authority_to_sign(profile, key.spki_der).sign(key.core)


def link_certificates(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Section 4: NewWithOld and OldWithNew."""
    until = x509.load_der_x509_certificate(old).not_valid_after_utc

    def profile(label: str) -> LinkProfile:
        return LinkProfile(serial=_serial(label), not_before=NOW, not_after=until)

    return (
        new_with_old_to_sign(profile("new with old"), old=old, new=new).sign(
            ExampleKey.of("authority 1").core
        ),
        old_with_new_to_sign(profile("old with new"), old=old, new=new).sign(
            ExampleKey.of("authority 2").core
        ),
    )


def bridge_certificate() -> bytes:
    """The service bridge's self-signed certificate, the subject of the cross certificate."""
    profile = AuthorityProfile(
        name=_name("OpenJPKI", "Service Bridge CA"),
        alternative_name=_name("オープン公的個人認証", "公的個人認証サービス相互認証局"),
        serial=_serial("bridge"),
        not_before=FIRST_GENERATION,
    )
    key = ExampleKey.of("bridge")
    return authority_to_sign(profile, key.spki_der).sign(key.core)


def cross_certificate(authority: bytes) -> bytes:
    """Section 5: the governor's authority trusts the service bridge, with every extension but
    nameConstraints."""
    profile = CrossProfile(
        serial=_serial("cross"),
        not_before=NOW - POLICY.validity.backdated,
        not_after=NOW - POLICY.validity.backdated + timedelta(days=3 * 365),
        policies=(POLICY.certificate_policy_oid,),
        mappings=((POLICY.certificate_policy_oid, BRIDGE_POLICY),),
        cps_uri=POLICY.cps_uri,
    )
    partner = partner_from_certificate(bridge_certificate())
    return cross_to_sign(profile, partner, authority).sign(ExampleKey.of("authority 1").core)


def responder_certificate(authority: bytes) -> bytes:
    """Section 6."""
    profile = ResponderProfile(
        name=names.responder_name(names.authority_name("Tokyo")),
        spki_der=ExampleKey.of("responder").spki_der,
        serial=_serial("responder"),
        not_before=NOW - POLICY.validity.backdated,
        lifetime=POLICY.ocsp.responder_lifetime,
    )
    return responder_to_sign(profile, authority).sign(ExampleKey.of("authority 1").core)


def revocation_list(authority: bytes, covers: Covers) -> tuple[bytes, CrlFacts]:
    """Section 7: two revoked users, or an authority list without an entry."""
    own = names.authority_name("Tokyo")
    freshest = None
    if covers is Covers.USERS:
        scope = _users_scope()
        point = names.partition_name(own, "13101")
        freshest = freshest_der(point, uri=POLICY.delta_list_address("13101", generation=1))
        revoked = [
            Revocation(_serial(cause.name), NOW - timedelta(hours=hours), reason)
            for hours, cause in (
                (30, RevocationCause.CHANGE_NOTICE),
                (2, RevocationCause.USER_WISH),
            )
            if (reason := POLICY.crl.reason_for(cause))
        ]
    else:
        scope, revoked = issuing_distribution_point_der(own, covers), []
    profile = CrlProfile(
        number=2047,
        this_update=NOW,
        next_update=NOW + POLICY.crl.next_update,
        scope_der=scope,
        freshest_der=freshest,
    )
    columns = RevocationColumns.of(revoked)
    return make_crl(profile, columns, authority, ExampleKey.of("authority 1").core)


def delta_list(authority: bytes, base: CrlFacts) -> bytes:
    """Section 7: who was revoked half an hour after that list was made, in the next hour's."""
    period, life = POLICY.crl.delta_period, POLICY.crl.delta_life
    if period is None or life is None:
        raise ValueError
    at = NOW + period
    profile = CrlProfile(
        number=base.number + 1, this_update=at, next_update=at + life, scope_der=_users_scope()
    )
    cause = RevocationCause.KEY_COMPROMISE
    one = Revocation(_serial(cause.name), at - period / 2, POLICY.crl.reason_for(cause))
    key = ExampleKey.of("authority 1").core
    return make_delta(profile, RevocationColumns.of([one]), authority, key, base=base)[0]


def _users_scope() -> bytes:
    return issuing_distribution_point_der(
        names.partition_name(names.authority_name("Tokyo"), "13101"),
        Covers.USERS,
        uri=POLICY.list_address("13101", generation=1),
    )


def ocsp_request(authority: bytes, user: bytes) -> bytes:
    """Section 8: what any verifier may ask, with a CertID in SHA-256 and a nonce."""
    builder = asked.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(user),
        x509.load_der_x509_certificate(authority),
        hashes.SHA256(),
    )
    nonce = x509.OCSPNonce(hashlib.sha256(b"example nonce").digest())
    request = builder.add_extension(nonce, critical=False).build()
    return request.public_bytes(serialization.Encoding.DER)


def ocsp_response(responder: bytes, request: bytes) -> bytes:
    """Section 8: the answer to that request, good."""
    parsed = ocsp.parse_request(request)
    seconds = int(NOW.timestamp())
    until = seconds + int(POLICY.ocsp.response_lifetime.total_seconds())
    answers = [
        ocsp.SingleResponse.good(cert_id, this_update=seconds, next_update=until)
        for cert_id in parsed.cert_ids
    ]
    content = ocsp.ResponseData(produced_at=seconds, responses=answers, nonce=parsed.nonce)
    encoder = ocsp.OcspResponder(responder)
    tbs = encoder.to_be_signed(content)
    return encoder.assemble(tbs, ExampleKey.of("responder").sign(tbs))


def mesh_certificates() -> dict[str, bytes]:
    """Section 9: an authority, a service's certificate and an officer's, with new keys (PEM)."""
    mesh = MeshAuthority.create(clock=_Still(), trust_domain=TRUST_DOMAIN)
    officer = mesh.issue(PeerRole.WINDOW_OFFICER, "13101", "sato")
    return {
        "mesh-authority.pem": mesh.trust_bundle,
        "mesh-service.pem": mesh.issue(PeerRole.CA).certificate,
        "mesh-officer.pem": officer.certificate,
    }


def signed_objects() -> dict[str, bytes]:
    """Every example but the mesh's by file name: the same octets at each call."""
    old, new = authority_certificate(1), authority_certificate(2)
    new_with_old, old_with_new = link_certificates(old, new)
    user, responder = user_certificate(old), responder_certificate(old)
    request = ocsp_request(old, user)
    users, facts = revocation_list(old, Covers.USERS)
    certificates = {
        "user": user,
        "authority": old,
        "authority-next": new,
        "new-with-old": new_with_old,
        "old-with-new": old_with_new,
        "bridge": bridge_certificate(),
        "cross": cross_certificate(old),
        "responder": responder,
    }
    return {
        **{f"{name}.pem": _pem(der) for name, der in certificates.items()},
        "users.crl": users,
        "users-delta.crl": delta_list(old, facts),
        "authorities.crl": revocation_list(old, Covers.AUTHORITIES)[0],
        "ocsp-request.der": request,
        "ocsp-response.der": ocsp_response(responder, request),
    }


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, tell differences")
    check = parser.parse_args().check
    made = signed_objects()
    kept = {
        name: octets
        for name, octets in mesh_certificates().items()
        if not (EXAMPLES / name).exists()
    }
    different = [
        name
        for name, octets in (made | kept).items()
        if not (EXAMPLES / name).exists() or (EXAMPLES / name).read_bytes() != octets
    ]
    if check:
        for name in different:
            sys.stderr.write(f"docs/profile/examples/{name} is not what is made today\n")
        return 1 if different else 0
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    for name in different:
        (EXAMPLES / name).write_bytes((made | kept)[name])
    return 0


def _pem(der: bytes) -> bytes:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_bytes(serialization.Encoding.PEM)


def _name(organization: str, unit: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
