"""The national topology with real keys, good or with one thing wrong.

governor's authority <-> service bridge <-> government bridge <-> ministry -> official
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
from openjpki.x509.profiles.link import LinkProfile
from tests.support.made_certificates import (
    make_authority_certificate,
    make_cross_certificate,
    make_old_with_new,
)
from tests.support.memory_key import MemoryKey
from tests.support.x509_samples import key_usage

NOW = datetime(2025, 6, 1, 3, 4, 5, tzinfo=UTC)
DER = serialization.Encoding.DER

POLICIES = {
    "governor": "1.3.6.1.4.1.32473.8.1.1",
    "service bridge": "1.3.6.1.4.1.32473.8.2.1",
    "government bridge": "1.3.6.1.4.1.32473.8.3.1",
    "ministry": "1.3.6.1.4.1.32473.8.4.1",
}


@dataclass
class Hop:
    """One cross certificate of the way, and what may be wrong with it."""

    issuer: str
    subject: str
    not_before: datetime = NOW - timedelta(days=30)
    not_after: datetime = NOW + timedelta(days=700)
    policies: tuple[str, ...] | None = None
    mappings: tuple[tuple[str, str], ...] | None = None
    path_length: int | None = None
    signer: str | None = None
    names: NameSpace | None = None


@dataclass
class Plan:
    """What to build; tests change one thing at a time."""

    hops: list[Hop] = field(
        default_factory=lambda: [
            Hop("governor", "service bridge"),
            Hop("service bridge", "government bridge"),
            Hop("government bridge", "ministry", path_length=0),
        ]
    )
    revoked: dict[str, int] = field(default_factory=dict)
    """Issuer -> serial on its list."""
    without_crl: set[str] = field(default_factory=set)
    crl_signer: dict[str, str] = field(default_factory=dict)
    stale_crl: set[str] = field(default_factory=set)
    official_policies: tuple[str, ...] = (POLICIES["ministry"],)
    official_not_after: datetime = NOW + timedelta(days=300)


@dataclass
class Topology:
    """Everything in DER."""

    anchor: bytes
    official: bytes
    forward: list[bytes]
    """The three cross certificates on the way."""
    beside: list[bytes]
    """What a real pool holds besides: the other direction, and self-signed certificates."""
    crls: list[bytes]


class Builder:
    """Builds topologies; keys are made once."""

    def __init__(self) -> None:
        self._keys: dict[str, MemoryKey] = {}

    def key(self, name: str) -> MemoryKey:
        if name not in self._keys:
            self._keys[name] = MemoryKey(rsa.generate_private_key(65537, 2048))
        return self._keys[name]

    def authority(self, name: str, key: str | None = None) -> bytes:
        return make_authority_certificate(
            AuthorityProfile(
                name=self.dn(name),
                alternative_name=names.authority_name_ja("東京都"),
                serial=(1 << 64) + 1000 + list(POLICIES).index(name),
                not_before=NOW - timedelta(days=400),
            ),
            self.key(key or name),
        )

    @staticmethod
    def dn(name: str) -> x509.Name:
        if name == "governor":
            return names.authority_name("Tokyo")
        return x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Government"),
                x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, name.title()),
            ]
        )

    def cross(self, hop: Hop, serial: int) -> bytes:
        profile = CrossProfile(
            serial=(1 << 64) + serial,
            not_before=hop.not_before,
            not_after=hop.not_after,
            policies=hop.policies or (POLICIES[hop.issuer],),
            mappings=((POLICIES[hop.issuer], POLICIES[hop.subject]),)
            if hop.mappings is None
            else hop.mappings,
            path_length=hop.path_length,
            names=hop.names,
        )
        partner = partner_from_certificate(self.authority(hop.subject))
        signer = hop.signer or hop.issuer
        issuer = self.authority(hop.issuer, signer)
        return make_cross_certificate(profile, partner, issuer, self.key(signer))

    def official(self, plan: Plan) -> bytes:
        key = self.key("ministry").private
        issuer = x509.load_der_x509_certificate(self.authority("ministry"))
        name = x509.Name(
            [
                *self.dn("ministry"),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, "Minister"),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.subject)
            .public_key(self.key("official").private.public_key())
            .serial_number(4242)
            .not_valid_before(NOW - timedelta(days=20))
            .not_valid_after(plan.official_not_after)
            .add_extension(key_usage(digital_signature=True), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(
                    self.key("official").private.public_key()
                ),
                critical=False,
            )
        )
        if plan.official_policies:
            builder = builder.add_extension(
                x509.CertificatePolicies(
                    [
                        x509.PolicyInformation(x509.ObjectIdentifier(one), None)
                        for one in plan.official_policies
                    ]
                ),
                critical=True,
            )
        return builder.sign(key, hashes.SHA256()).public_bytes(DER)

    def crl(self, issuer: str, plan: Plan) -> bytes:
        signer = self.key(plan.crl_signer.get(issuer, issuer)).private
        issued = NOW - (timedelta(days=9) if issuer in plan.stale_crl else timedelta(hours=3))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.dn(issuer))
            .last_update(issued)
            .next_update(issued + timedelta(hours=48))
            .add_extension(x509.CRLNumber(7), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )
        if issuer != "ministry":
            scope = issuing_distribution_point_der(self.dn(issuer), Covers.AUTHORITIES)
            builder = builder.add_extension(
                x509.UnrecognizedExtension(x509.IssuingDistributionPoint.oid, scope),
                critical=True,
            )
        if issuer in plan.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(plan.revoked[issuer])
                .revocation_date(NOW - timedelta(days=2))
                .add_extension(x509.CRLReason(x509.ReasonFlags.ca_compromise), critical=False)
                .build()
            )
        return builder.sign(signer, hashes.SHA256()).public_bytes(DER)

    def rolled_over(self, *, lists_of_both: bool = True) -> Topology:
        """The governor has replaced its key; verifiers trust the new one, the way is the old's."""
        topology = self.build()
        new_key = "governor, next generation"
        new = self.authority("governor", new_key)
        link = make_old_with_new(
            LinkProfile(
                serial=(1 << 64) + 5000, not_before=NOW, not_after=NOW + timedelta(days=900)
            ),
            old=topology.anchor,
            new=new,
            new_key=self.key(new_key),
        )
        crls = topology.crls if lists_of_both else topology.crls[1:]
        return replace(
            topology,
            anchor=new,
            forward=[link, *topology.forward],
            crls=[self.crl("governor", Plan(crl_signer={"governor": new_key})), *crls],
        )

    def build(self, plan: Plan | None = None) -> Topology:
        plan = plan or Plan()
        back = [Hop(hop.subject, hop.issuer) for hop in plan.hops]
        return Topology(
            anchor=self.authority("governor"),
            official=self.official(plan),
            forward=[self.cross(hop, 2000 + place) for place, hop in enumerate(plan.hops)],
            beside=[
                *(self.cross(hop, 3000 + place) for place, hop in enumerate(back)),
                *(self.authority(name) for name in POLICIES),
            ],
            crls=[self.crl(name, plan) for name in POLICIES if name not in plan.without_crl],
        )
