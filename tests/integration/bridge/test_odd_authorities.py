"""What partners hand in of authorities that are made otherwise than ours: taken and usable, or
refused at the door. The shapes are those of tests/conformance/data/path/bridge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type

from openjpki.api.types.v1.path_pb2 import PathReason
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from tests.support.foreign_authorities import TO_MINISTRY
from tests.support.long_lists import long_list

if TYPE_CHECKING:
    from openjpki.api.bridge.v1 import bridge_pb2 as pb
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.foreign_authorities import OddAuthority

Key: TypeAlias = ec.EllipticCurvePrivateKey
CASES = Path(__file__).parents[2] / "conformance" / "data" / "path" / "bridge"
ATTRIBUTES = x509.NameOID


def attribute(
    oid: x509.ObjectIdentifier, text: str, kind: str = "UTF8String"
) -> x509.NameAttribute[str]:
    return x509.NameAttribute(oid, text, getattr(_ASN1Type, kind))


def named(*attributes: x509.NameAttribute[Any]) -> x509.Name:
    return x509.Name([attribute(ATTRIBUTES.COUNTRY_NAME, "JP", "PrintableString"), *attributes])


def certificate(
    name: x509.Name, key: Key, *, key_id: bytes | None = None, mappings: bytes | None = None
) -> bytes:
    """An authority's, self-signed."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if key_id is not None:
        builder = builder.add_extension(x509.SubjectKeyIdentifier(key_id), critical=False)
    if mappings is not None:
        oid = x509.ObjectIdentifier("2.5.29.33")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, mappings), critical=True)
    return builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)


def revocation_list(name: x509.Name, key: Key, *, key_id: bytes | None = None) -> bytes:
    now = datetime.now(UTC)
    stated = (
        x509.AuthorityKeyIdentifier(key_id, None, None)
        if key_id is not None
        else x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    )
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=1))
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(stated, critical=False)
        .sign(key, hashes.SHA384())
        .public_bytes(Encoding.DER)
    )


@pytest.fixture
def key() -> Key:
    return ec.generate_private_key(ec.SECP384R1())


@pytest.fixture
def partner(bridge: RunningBridge, abroad: Abroad) -> str:
    bridge.register(abroad.partner_id, abroad.government.certificate)
    return abroad.partner_id


@pytest.mark.parametrize(
    "odd",
    [
        attribute(ATTRIBUTES.ORGANIZATION_NAME, "\u845b\U000e0100\u57ce\u5e02"),
        attribute(ATTRIBUTES.ORGANIZATION_NAME, "\U0002a700"),
        x509.NameAttribute(ATTRIBUTES.X500_UNIQUE_IDENTIFIER, b"\x00\x01\x02", _ASN1Type.BitString),
    ],
    ids=["variation sequence", "extension C", "x500UniqueIdentifier"],
)
def test_names_that_some_readers_cannot_read(
    bridge: RunningBridge, partner: str, key: Key, odd: x509.NameAttribute[Any]
) -> None:
    name = named(odd)
    der = certificate(name, key)
    bridge.submit(partner, der)
    bridge.submit_list(partner, revocation_list(name, key))
    assert der in bridge.list_pool().certificates


def test_policy_mappings_that_are_none_stay_outside(
    bridge: RunningBridge, partner: str, key: Key
) -> None:
    before = bridge.list_pool()
    der = certificate(
        named(attribute(ATTRIBUTES.COMMON_NAME, "M")), key, mappings=b"\x30\x02\x05\x00"
    )
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit(partner, der)
    assert refusal.value.reason is Reason.MALFORMED_DER
    assert bridge.list_pool() == before


def test_list_of_a_key_on_a_curve(bridge: RunningBridge, partner: str, key: Key) -> None:
    name = named(attribute(ATTRIBUTES.COMMON_NAME, "Ministry of Curves"))
    bridge.submit(partner, certificate(name, key))
    crl = revocation_list(name, key)
    bridge.submit_list(partner, crl)
    assert crl in bridge.list_pool().revocation_lists
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, revocation_list(name, ec.generate_private_key(ec.SECP384R1())))
    assert refusal.value.reason is Reason.CRL_REFUSED


def test_list_with_another_key_identifier(bridge: RunningBridge, partner: str, key: Key) -> None:
    name = named(attribute(ATTRIBUTES.COMMON_NAME, "Ministry of Identifiers"))
    bridge.submit(partner, certificate(name, key, key_id=b"one"))
    crl = revocation_list(name, key, key_id=b"another")
    bridge.submit_list(partner, crl)
    assert crl in bridge.list_pool().revocation_lists


def test_list_whose_issuer_is_another_string_type(
    bridge: RunningBridge, partner: str, key: Key
) -> None:
    bridge.submit(partner, certificate(named(attribute(ATTRIBUTES.COMMON_NAME, "Strings")), key))
    other = named(attribute(ATTRIBUTES.COMMON_NAME, "strings", "PrintableString"))
    crl = revocation_list(other, key)
    bridge.submit_list(partner, crl)
    assert crl in bridge.list_pool().revocation_lists


@pytest.mark.parametrize(
    ("file", "read"),
    [("poison-x500uniqueidentifier", True), ("p_ivs", True), ("p_pm", False)],
)
def test_the_ones_that_once_ended_everything(file: str, read: bool) -> None:
    pem = x509.load_pem_x509_certificate((CASES / f"{file}.pem").read_bytes())
    der = pem.public_bytes(Encoding.DER)
    if read:
        assert read_certificate(der).octets == der
        return
    with pytest.raises(OpenJpkiError) as refusal:
        read_certificate(der)
    assert refusal.value.reason is Reason.MALFORMED_DER


_POINT = "http://ministry.example/signers.crl"


def test_a_key_that_only_signs_lists(bridge: RunningBridge, abroad: Abroad) -> None:
    """Certified by the authority under its name (RFC 5280 6.3.3 (f)): handed in, and its lists.

    The authority's own list is about the signer alone, so that of officials the signer's list is
    the only one that says anything.
    """
    ministry, partner = abroad.ministry, abroad.partner_id
    bridge.with_foreign(partner, abroad.government)
    to_ministry = abroad.government.cross_certify(
        ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(partner, to_ministry)
    bridge.submit_list(partner, abroad.government.revocation_list())
    own = _list_about(ministry, _POINT)
    bridge.submit_list(partner, own)
    assert _refused(bridge.validate(abroad.official)) == "revocation_unknown"
    signer = _list_signer(ministry, _POINT)
    folder = ministry.folder / "lists"
    first = long_list(folder, 1, number=1)
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.submit_list(partner, first)
    assert refusal.value.reason is Reason.CRL_REFUSED
    bridge.submit(partner, signer)
    bridge.submit_list(partner, first)
    answer = bridge.validate(abroad.official)
    assert answer.valid, answer.refusals
    # Shown by the signer's list and by no other; that the signer may is not the path's evidence.
    assert list(answer.evidence[-1].revocation_lists) == [sha256(first).digest()]
    official = x509.load_der_x509_certificate(abroad.official)
    revoking = long_list(folder, 1, number=2, revoked=official.serial_number)
    bridge.submit_list(partner, revoking)
    assert _refused(bridge.validate(abroad.official)) == "revoked"


def test_a_key_that_signs_lists_and_has_been_revoked(bridge: RunningBridge, abroad: Abroad) -> None:
    """Its own status is asked about, on the list of the authority that certified it."""
    ministry, partner = abroad.ministry, abroad.partner_id
    bridge.with_foreign(partner, abroad.government)
    to_ministry = abroad.government.cross_certify(
        ministry.certification_request(), [TO_MINISTRY], "to-ministry"
    )
    bridge.submit(partner, to_ministry)
    bridge.submit_list(partner, abroad.government.revocation_list())
    bridge.submit(partner, _list_signer(ministry, _POINT))
    bridge.submit_list(partner, long_list(ministry.folder / "lists", 1, number=1))
    assert _refused(bridge.validate(abroad.official)) == "revocation_unknown"
    bridge.submit_list(partner, _list_about(ministry, _POINT))
    assert bridge.validate(abroad.official).valid
    ministry.revoke(ministry.folder / "lists.pem")
    bridge.submit_list(partner, _list_about(ministry, _POINT))
    assert _refused(bridge.validate(abroad.official)) == "revocation_unknown"


def _refused(answer: pb.ValidateResponse) -> str:
    (refusal,) = answer.refusals
    assert not answer.valid
    return PathReason.Name(refusal.path_reason).removeprefix("PATH_REASON_").lower()


def _list_about(ministry: OddAuthority, point: str) -> bytes:
    """The authority's own list, of those certificates alone that name this distribution point."""
    usual = (ministry.folder / "openssl.cnf").read_text()
    about = "[about]\nauthorityKeyIdentifier = keyid\nissuingDistributionPoint = critical, @point\n"
    (ministry.folder / "about.cnf").write_text(f"{usual}\n{about}[point]\nfullname = URI:{point}\n")
    ministry.run("ca -config about.cnf -gencrl -crlexts about -out about.pem")
    return ministry.der("crl", "about")


def _list_signer(ministry: OddAuthority, point: str) -> bytes:
    """The certificate of a key for lists under the authority's name; the key in ``lists/``. It has
    a policy because the cross certificate above requires one."""
    lists = ministry.folder / "lists"
    lists.mkdir()
    subject = ministry.subject.replace(" ", "\\ ")
    ministry.run(
        f"req -new -newkey rsa:2048 -noenc -sha256 -subj {subject} -keyout lists/key.pem"
        " -outform DER -out lists.der"
    )
    extensions = f"""
        basicConstraints = critical, CA:FALSE
        keyUsage = critical, cRLSign
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        crlDistributionPoints = URI:{point}
        certificatePolicies = {ministry.policy_oid}
        """
    signer = ministry.certify((ministry.folder / "lists.der").read_bytes(), "lists", extensions)
    (lists / "authority.pem").write_bytes((ministry.folder / "lists.pem").read_bytes())
    return signer
