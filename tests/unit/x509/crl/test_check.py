"""What a revocation list must satisfy before it replaces another."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.check import CrlFacts, check_crl
from openjpki.x509.crl.scope import (
    Covers,
    issuing_distribution_point_der,
    same_scope,
)
from openjpki.x509.profiles import names
from tests.support.crl_samples import CHIYODA, SCOPE, TOKYO, tokyo_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.unit.x509.conftest import KeyMaker


@pytest.fixture
def issuer(make_key: KeyMaker, now: datetime) -> bytes:
    return tokyo_certificate(make_key("tokyo"), now)


@pytest.fixture
def make_crl(make_key: KeyMaker, now: datetime) -> Callable[..., bytes]:
    def make(
        *,
        number: int | None = 5,
        scope: bytes | None = SCOPE,
        scope_critical: bool = True,
        issuer_name: x509.Name = TOKYO,
        key: str = "tokyo",
        signer: str | None = None,
        this_update: datetime = now,
        days: int = 2,
        entries: int = 1,
        also: Iterable[x509.RevokedCertificate] = (),
        extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=issuer_name,
            last_update=this_update,
            next_update=this_update + timedelta(days=days),
            revoked_certificates=[
                x509.RevokedCertificateBuilder()
                .serial_number(99 + each)
                .revocation_date(this_update)
                .build()
                for each in range(entries)
            ]
            + list(also),
        )
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        public = make_key(key).private.public_key()
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False
        )
        if scope is not None:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(x509.IssuingDistributionPoint.oid, scope),
                critical=scope_critical,
            )
        for extension, critical in extra:
            builder = builder.add_extension(extension, critical=critical)
        signed = builder.sign(make_key(signer or key).private, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    return make


class Options(TypedDict, total=False):
    scope_der: bytes | None
    replaces: CrlFacts | None
    max_bytes: int


def refusal(der: bytes, issuer: bytes, **options: Unpack[Options]) -> OpenJpkiError:
    with pytest.raises(OpenJpkiError) as caught:
        check_crl(der, issuer, **options)
    return caught.value


def test_accepted_list_yields_its_facts(
    make_crl: Callable[..., bytes], issuer: bytes, now: datetime
) -> None:
    facts = check_crl(make_crl(), issuer, scope_der=SCOPE)
    assert facts.number == 5
    assert facts.entries == 1
    assert facts.this_update == now
    assert facts.scope_der == SCOPE
    assert facts.issuer_der == names.name_der(TOKYO)


def test_scope_equals_the_certificates_distribution_point() -> None:
    for uri in (None, "http://crl.example/13101.crl"):
        point = asn1_crl.IssuingDistributionPoint.load(
            issuing_distribution_point_der(CHIYODA, Covers.USERS, uri=uri)
        )
        full_name: list[x509.GeneralName] = [x509.DirectoryName(CHIYODA)]
        if uri is not None:
            full_name.append(x509.UniformResourceIdentifier(uri))
        in_a_certificate = x509.CRLDistributionPoints(
            [x509.DistributionPoint(full_name, None, None, None)]
        )
        (stated,) = asn1_x509.CRLDistributionPoints.load(in_a_certificate.public_bytes())
        assert point["distribution_point"].dump() == stated["distribution_point"].dump()
        assert point["only_contains_user_certs"].native
        assert not point["only_contains_ca_certs"].native


def test_authority_list_speaks_only_of_authorities() -> None:
    point = asn1_crl.IssuingDistributionPoint.load(
        issuing_distribution_point_der(TOKYO, Covers.AUTHORITIES)
    )
    assert point["only_contains_ca_certs"].native
    assert not point["only_contains_user_certs"].native


def test_successor_has_a_higher_number(
    make_crl: Callable[..., bytes], issuer: bytes, now: datetime
) -> None:
    old = check_crl(make_crl(number=5), issuer)
    assert check_crl(make_crl(number=6), issuer, replaces=old).number == 6
    for number in (5, 4, 0):
        assert "cRLNumber" in refusal(make_crl(number=number), issuer, replaces=old).message


def test_the_number_alone_says_which_list_is_newer(
    make_crl: Callable[..., bytes], issuer: bytes, now: datetime
) -> None:
    """The one before may have been made by a clock that was ahead (RFC 5280 5.2.3)."""
    ahead = check_crl(make_crl(number=5, this_update=now), issuer)
    right = make_crl(number=6, this_update=now - timedelta(days=30))
    assert check_crl(right, issuer, replaces=ahead).number == 6
    dated_later = make_crl(number=4, this_update=now + timedelta(days=1))
    assert "cRLNumber" in refusal(dated_later, issuer, replaces=ahead).message


def test_successor_keeps_the_scope(make_crl: Callable[..., bytes], issuer: bytes) -> None:
    old = check_crl(make_crl(), issuer)
    other = issuing_distribution_point_der(names.partition_name(TOKYO, "13102"), Covers.USERS)
    for scope in (other, None, issuing_distribution_point_der(CHIYODA, Covers.AUTHORITIES)):
        assert "scope" in refusal(make_crl(number=6, scope=scope), issuer, replaces=old).message
        assert "scope" in refusal(make_crl(scope=scope), issuer, scope_der=SCOPE).message


def test_the_address_of_a_list_is_no_part_of_its_scope(
    make_crl: Callable[..., bytes], issuer: bytes
) -> None:
    old = check_crl(make_crl(), issuer)
    for number, uri in enumerate(("http://one.example/", "http://two.example/", None), start=6):
        scope = issuing_distribution_point_der(CHIYODA, Covers.USERS, uri=uri)
        moved = make_crl(number=number, scope=scope)
        assert check_crl(moved, issuer, scope_der=SCOPE).scope_der == scope
        old = check_crl(moved, issuer, replaces=old)


def test_scopes_without_a_directory_name_in_common_differ() -> None:
    def point(
        names_: list[x509.GeneralName] | None,
        *,
        users: bool = True,
        reasons: frozenset[x509.ReasonFlags] | None = None,
    ) -> bytes:
        return x509.IssuingDistributionPoint(
            full_name=names_,
            relative_name=None,
            only_contains_user_certs=users,
            only_contains_ca_certs=False,
            only_some_reasons=reasons,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        ).public_bytes()

    directory, uri = x509.DirectoryName(CHIYODA), x509.UniformResourceIdentifier("http://a/")
    assert same_scope(point([directory, uri]), point([directory]))
    assert not same_scope(point([uri, directory]), point([uri]))
    assert not same_scope(point([directory, uri]), point([directory], users=False))
    assert not same_scope(point(None), point([directory]))
    some = frozenset({x509.ReasonFlags.key_compromise})
    assert not same_scope(point([directory, uri]), point([directory], reasons=some))
    assert not same_scope(point([directory]), b"\x30\x01")
    assert same_scope(None, None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"issuer_name": names.authority_name("Osaka")}, "another issuer"),
        ({"key": "new generation"}, "generation"),
        ({"signer": "impostor"}, "signature"),
        ({"number": None}, "cRLNumber"),
        ({"number": 1 << 160}, "20 octets"),
        ({"scope_critical": False}, "critical"),
        ({"extra": [(x509.DeltaCRLIndicator(1), True)]}, "delta list"),
        (
            {
                "scope": x509.IssuingDistributionPoint(
                    None, None, False, False, None, True, False
                ).public_bytes()
            },
            "direct",
        ),
        (
            {
                "scope": x509.IssuingDistributionPoint(
                    None,
                    None,
                    False,
                    False,
                    frozenset([x509.ReasonFlags.key_compromise]),
                    False,
                    False,
                ).public_bytes()
            },
            "every reason",
        ),
    ],
)
def test_refused_lists(
    make_crl: Callable[..., bytes], issuer: bytes, change: dict[str, object], told: str
) -> None:
    error = refusal(make_crl(**change), issuer)
    assert error.reason is Reason.CRL_REFUSED
    assert told in error.message


@pytest.mark.parametrize("serial", [99, 5_000])
def test_a_list_with_an_entry_that_asks_for_more_is_not_used(
    make_crl: Callable[..., bytes], issuer: bytes, serial: int
) -> None:
    """RFC 5280 5.3: whichever certificate the entry is about."""
    for oid in ("1.3.6.1.4.1.32473.77", "2.5.29.23"):
        asks = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(datetime(2026, 4, 1, tzinfo=UTC))
        )
        critical = entry.add_extension(asks, critical=True).build()
        error = refusal(make_crl(also=[critical]), issuer)
        assert error.reason is Reason.CRL_REFUSED
        assert "not understood" in error.message
        not_critical = entry.add_extension(asks, critical=False).build()
        assert check_crl(make_crl(also=[not_critical]), issuer).entries == 2


def test_a_list_of_an_issuer_in_another_string_type(
    make_crl: Callable[..., bytes], issuer: bytes
) -> None:
    """RFC 5280 7.1: the same name, so also the successor of one in the usual type."""
    printable = x509.Name(
        x509.NameAttribute(one.oid, one.value, x509.name._ASN1Type.PrintableString) for one in TOKYO
    )
    old = check_crl(make_crl(), issuer)
    facts = check_crl(make_crl(number=6, issuer_name=printable), issuer, replaces=old)
    assert facts.issuer_der != old.issuer_der


def test_two_algorithms_are_refused(make_crl: Callable[..., bytes], issuer: bytes) -> None:
    der = make_crl()
    sha256, sha512 = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "0d"))
    assert der.count(sha256) == 2
    assert check_crl(der, issuer).number == 5
    for changed in (
        der.replace(sha256, sha512, 1),
        sha512.join(der.rsplit(sha256, 1)),
    ):
        error = refusal(changed, issuer)
        assert error.reason in {Reason.CRL_REFUSED, Reason.MALFORMED_DER}


def test_checking_takes_little_more_memory_than_the_list(
    make_crl: Callable[..., bytes], issuer: bytes
) -> None:
    """As the one that is published next may have millions of entries."""
    der = make_crl(entries=40_000)
    check_crl(der, issuer)
    tracemalloc.start()
    try:
        assert check_crl(der, issuer).entries == 40_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * len(der)


def test_broken_encodings(make_crl: Callable[..., bytes], issuer: bytes) -> None:
    der = make_crl()
    assert refusal(der[:-1], issuer).reason is Reason.MALFORMED_DER
    assert refusal(der + b"\x05\x00", issuer).reason is Reason.TRAILING_BYTES
    assert refusal(issuer, issuer).reason is Reason.MALFORMED_DER
    assert refusal(der, issuer, max_bytes=100).reason is Reason.MESSAGE_TOO_LARGE
    changed = der[:-1] + bytes([der[-1] ^ 1])
    assert refusal(changed, issuer).reason is Reason.CRL_REFUSED
