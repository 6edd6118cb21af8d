"""Detached signatures, judged by `openssl cms`, and signatures by `openssl cms` judged here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign import cms
from openjpki.x509.foreign.signer import SignatureFacts
from openjpki_devkit.forge import der
from tests.support import der_tree
from tests.support import x509_samples as samples
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = "申請書\r\n第一号\n\x00".encode()
"""Line ends of both kinds and a NUL: none of it may be changed on the way."""


PRINTABLE_STRING = 0x13
OCTET_STRING = 0x04
KEY_IDENTIFIER = 0x80
"""In a SignerIdentifier, IMPLICIT."""


def sign() -> bytes:
    person = samples.user_certificate()
    return cms.sign_detached(CONTENT, person, samples.key("person"), samples.NOW)


def put(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, der: bytes) -> None:
    """The files that `openssl cms` needs."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(pem)
    (folder / "signer.pem").write_bytes(samples.pem(der))
    (folder / "authority.pem").write_bytes(samples.pem(samples.authority().der))
    (folder / "content").write_bytes(CONTENT)


def sign_by_openssl(folder: Path, options: str = "-md sha256", detached: str = "-binary") -> bytes:
    put(folder, samples.key("person"), samples.user_certificate())
    done = openssl(
        folder,
        f"cms -sign {detached} -in content -signer signer.pem -inkey key.pem {options}"
        " -outform DER -out signature.der",
    )
    assert done.returncode == 0, done.stderr
    return (folder / "signature.der").read_bytes()


def reason_of(der: bytes, content: bytes = CONTENT) -> Reason:
    with pytest.raises(OpenJpkiError) as refused:
        cms.check_signature(der, content)
    return refused.value.reason


def test_openssl_verifies_what_was_signed(tmp_path: Path) -> None:
    put(tmp_path, samples.key("person"), samples.user_certificate())
    (tmp_path / "signature.der").write_bytes(sign())
    verify = (
        "cms -verify -binary -inform DER -in signature.der -content content -out out"
        f" -CAfile authority.pem -purpose any -attime {int(samples.NOW.timestamp())}"
    )
    for options in ("", " -cades"):
        done = openssl(tmp_path, verify + options)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out").read_bytes() == CONTENT
    (tmp_path / "content").write_bytes(CONTENT + b"!")
    assert openssl(tmp_path, verify).returncode != 0


def test_the_container_holds_no_content() -> None:
    der = sign()
    assert CONTENT not in der
    printed = pkcs7.load_der_pkcs7_certificates(der)
    assert [one.public_bytes(serialization.Encoding.DER) for one in printed] == [
        samples.user_certificate()
    ]


def test_what_was_signed_here_checks_here() -> None:
    facts = cms.check_signature(sign(), CONTENT)
    assert facts == SignatureFacts(
        signer_certificate=samples.user_certificate(),
        other_certificates=(),
        digest_algorithm="sha256",
        signature_algorithm="1.2.840.113549.1.1.11",
        signing_time=samples.NOW,
    )


def test_a_card_can_sign_the_attributes() -> None:
    person, key = samples.user_certificate(), samples.key("person")
    attributes = cms.signed_attributes(CONTENT, person, samples.NOW)
    signature = key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    assert cms.assemble(attributes, person, signature) == sign()


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("options", ["", "-keyid", "-cades", "-nosmimecap"])
def test_signatures_by_openssl_check(tmp_path: Path, digest: str, options: str) -> None:
    der = sign_by_openssl(tmp_path, f"-md {digest} {options}")
    facts = cms.check_signature(der, CONTENT)
    assert facts.signer_certificate == samples.user_certificate()
    assert facts.digest_algorithm == digest
    assert facts.signing_time is not None
    assert facts.signing_time <= datetime.now(UTC)


def test_signatures_by_cryptography_check() -> None:
    person = x509.load_der_x509_certificate(samples.user_certificate())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    der = (
        builder.add_signer(person, samples.key("person"), hashes.SHA384())
        .add_certificate(samples.authority().certificate)
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )
    facts = cms.check_signature(der, CONTENT)
    assert facts.digest_algorithm == "sha384"
    assert facts.other_certificates == (samples.authority().der,)


def elliptic_holder(curve: ec.EllipticCurve) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    key = ec.generate_private_key(curve)
    name = samples.name((x509.NameOID.COMMON_NAME, "official"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(samples.AUTHORITY_NAME)
        .serial_number(77)
        .not_valid_before(samples.NOW)
        .not_valid_after(samples.NOT_AFTER)
        .public_key(key.public_key())
        .sign(samples.authority().key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.DER)


def test_ecdsa_signatures_of_officials_check(tmp_path: Path) -> None:
    key, der = elliptic_holder(ec.SECP384R1())
    put(tmp_path, key, der)
    done = openssl(
        tmp_path,
        "cms -sign -binary -in content -signer signer.pem -inkey key.pem -md sha384"
        " -outform DER -out signature.der",
    )
    assert done.returncode == 0, done.stderr
    facts = cms.check_signature((tmp_path / "signature.der").read_bytes(), CONTENT)
    assert (facts.signer_certificate, facts.digest_algorithm) == (der, "sha384")


def test_changed_content_is_refused() -> None:
    for content in (b"", CONTENT[:-1], CONTENT + b"\n", CONTENT.replace(b"\r\n", b"\n")):
        assert reason_of(sign(), content) is Reason.CONTENT_CHANGED


@pytest.mark.parametrize(
    ("reason", "options", "detached"),
    [
        (Reason.SIGNATURE_ALGORITHM_REFUSED, "-md sha1", "-binary"),
        (Reason.SIGNATURE_ALGORITHM_REFUSED, "-md sha224", "-binary"),
        (
            Reason.SIGNATURE_ALGORITHM_REFUSED,
            "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha1",
            "-binary",
        ),
        (Reason.SIGNED_ATTRIBUTES_REFUSED, "-noattr", "-binary"),
        (Reason.SIGNED_ATTRIBUTES_REFUSED, "-econtent_type 1.2.840.113549.1.7.5", "-binary"),
        (Reason.SIGNER_CERTIFICATE_MISSING, "-nocerts", "-binary"),
    ],
)
def test_each_rule_has_its_reason(
    tmp_path: Path, reason: Reason, options: str, detached: str
) -> None:
    assert reason_of(sign_by_openssl(tmp_path, options, detached)) is reason


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    "salt", ["", "-keyopt rsa_pss_saltlen:digest", "-keyopt rsa_pss_saltlen:max"]
)
def test_rsa_pss_signatures_check(tmp_path: Path, digest: str, salt: str) -> None:
    der = sign_by_openssl(tmp_path, f"-md {digest} -keyopt rsa_padding_mode:pss {salt}")
    facts = cms.check_signature(der, CONTENT)
    assert facts.signature_algorithm == "1.2.840.113549.1.1.10"
    assert facts.digest_algorithm == digest
    changed = bytearray(der)
    changed[-10] ^= 1
    assert reason_of(bytes(changed)) is Reason.SIGNATURE_INVALID


def test_a_content_inside_is_the_document_or_must_be_it(tmp_path: Path) -> None:
    for detached in ("-nodetach -binary", "-nodetach -binary -stream"):
        container = sign_by_openssl(tmp_path, "-md sha256", detached)
        for given in (CONTENT, None):
            (found,) = cms.check_signers(container, given)
            assert isinstance(found, SignatureFacts), found
        assert reason_of(container, CONTENT + b"!") is Reason.CONTENT_EMBEDDED
        assert reason_of(container.replace(CONTENT, CONTENT[::-1])) is Reason.CONTENT_EMBEDDED
        (spoiled,) = cms.check_signers(container.replace(CONTENT, CONTENT[::-1]), None)
        assert isinstance(spoiled, OpenJpkiError)
        assert spoiled.reason is Reason.CONTENT_CHANGED


def test_a_detached_signature_needs_its_document() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        cms.check_signers(sign(), None)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "content")


def test_a_streamed_container_is_ber_and_checks(tmp_path: Path) -> None:
    container = sign_by_openssl(tmp_path, "-md sha256 -stream")
    assert container[1] == 0x80, "of indefinite length"
    assert cms.check_signature(container, CONTENT).signer_certificate == samples.user_certificate()


def streamed_over(folder: Path, content: bytes) -> bytes:
    """Of the person, the content inside, of indefinite length."""
    put(folder, samples.key("person"), samples.user_certificate())
    (folder / "content").write_bytes(content)
    done = openssl(
        folder,
        "cms -sign -nodetach -binary -stream -in content -signer signer.pem -inkey key.pem"
        " -md sha256 -outform DER -out signature.der",
    )
    assert done.returncode == 0, done.stderr
    container = (folder / "signature.der").read_bytes()
    assert container[:2] == b"\x30\x80", "of indefinite length"
    assert content in container
    return container


def in_pem_by_another(folder: Path) -> bytes:
    authority = samples.authority()
    put(folder, authority.key, authority.der)
    done = openssl(
        folder,
        "cms -sign -nodetach -binary -in content -signer signer.pem -inkey key.pem"
        " -md sha256 -outform PEM -out inner.pem",
    )
    assert done.returncode == 0, done.stderr
    inner = (folder / "inner.pem").read_bytes()
    (found,) = cms.check_signers(inner, None)
    assert isinstance(found, SignatureFacts)
    assert found.signer_certificate == authority.der
    return inner


@pytest.mark.parametrize("around", [b"", b"forwarded:\n"])
def test_whoever_signed_a_pem_of_another_is_the_signer(tmp_path: Path, around: bytes) -> None:
    text = around + in_pem_by_another(tmp_path)
    container = streamed_over(tmp_path, text)
    for given in (text, None):
        (found,) = cms.check_signers(container, given)
        assert isinstance(found, SignatureFacts), found
        assert found.signer_certificate == samples.user_certificate()
    # Spoilt, it is no signature of the other one either.
    assert reason_of(container[:-2], text) is Reason.MALFORMED_DER
    assert reason_of(container + b"\n", text) is Reason.TRAILING_BYTES


def test_a_text_about_pem_can_be_signed(tmp_path: Path) -> None:
    text = b"A block begins with -----BEGIN CMS----- and ends likewise.\n"
    (found,) = cms.check_signers(streamed_over(tmp_path, text), None)
    assert isinstance(found, SignatureFacts), found
    assert found.signer_certificate == samples.user_certificate()


def test_a_text_that_begins_with_the_octet_of_der_is_a_text(tmp_path: Path) -> None:
    """Unless it is one object of DER: then no other is looked for in it."""
    inner = in_pem_by_another(tmp_path)
    for before in (b"0 of 1\n", b"\x30\x82\x01\x00", "0あ\n".encode("cp932"), b"\x30\x80"):
        (found,) = cms.check_signers(before + inner, None)
        assert isinstance(found, SignatureFacts), found
    one = b"\x30\x82" + len(inner).to_bytes(2) + inner
    assert reason_of(one) is Reason.MALFORMED_DER


def test_no_more_is_read_than_a_signature_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 32 << 20 <= cms.MAX_SIGNATURE_BYTES <= 128 << 20
    der = sign()
    monkeypatch.setattr(cms, "MAX_SIGNATURE_BYTES", len(der))
    assert cms.check_signature(der, CONTENT).signing_time == samples.NOW
    monkeypatch.setattr(cms, "MAX_SIGNATURE_BYTES", len(der) - 1)
    with pytest.raises(OpenJpkiError, match=f"longer than {len(der) - 1} bytes") as refused:
        cms.check_signature(der, CONTENT)
    assert (refused.value.reason, refused.value.field) == (Reason.MESSAGE_TOO_LARGE, "signature")


def sign_by_two(tmp_path: Path) -> bytes:
    authority = samples.authority()
    put(tmp_path, authority.key, authority.der)
    for file in ("key.pem", "signer.pem"):
        (tmp_path / file).rename(tmp_path / f"second-{file}")
    return sign_by_openssl(tmp_path, "-signer second-signer.pem -inkey second-key.pem")


@pytest.mark.parametrize("label", ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"])
@pytest.mark.parametrize("detached", ["-binary", "-nodetach -binary -stream"])
def test_pem_is_read_whatever_stands_around_it(tmp_path: Path, label: str, detached: str) -> None:
    """RFC 7468 sections 2, 8 and 9: text before it, a mark at the beginning, any line ends."""
    sign_by_openssl(tmp_path, "-md sha256", detached)
    done = openssl(
        tmp_path,
        f"cms -sign {detached} -in content -signer signer.pem -inkey key.pem -outform PEM"
        " -out signature.pem",
    )
    assert done.returncode == 0, done.stderr
    pem = (tmp_path / "signature.pem").read_bytes().replace(b" CMS-", f" {label}-".encode())
    for written in (
        pem,
        "受付 第一号\n\n".encode() + pem + b"-- \nend\n",
        b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n"),
        samples.pem(samples.user_certificate()) + pem,
    ):
        assert cms.check_signature(written, CONTENT).digest_algorithm == "sha256"
    assert reason_of(samples.pem(samples.user_certificate())) is Reason.MALFORMED_DER
    assert reason_of(pem.replace(b"-----END", b"-----")) is Reason.MALFORMED_DER


def test_of_a_mail_it_is_said_how_the_signature_comes_out(tmp_path: Path) -> None:
    """And what comes out so is good."""
    put(tmp_path, samples.key("person"), samples.user_certificate())
    for detached in ("-binary", "-binary -nodetach"):
        done = openssl(
            tmp_path,
            f"cms -sign {detached} -in content -signer signer.pem -inkey key.pem -out mail",
        )
        assert done.returncode == 0, done.stderr
        with pytest.raises(OpenJpkiError) as refused:
            cms.check_signers((tmp_path / "mail").read_bytes(), CONTENT)
        assert refused.value.reason is Reason.MALFORMED_DER
        (signature,) = re.findall("`openssl ([^`]+)`", refused.value.message)
        done = openssl(tmp_path, f"{signature} -in mail -out taken.der")
        assert done.returncode == 0, done.stderr
        found = cms.check_signature((tmp_path / "taken.der").read_bytes(), CONTENT)
        assert found.signer_certificate == samples.user_certificate()


def test_two_signers_are_one_too_many(tmp_path: Path) -> None:
    assert reason_of(sign_by_two(tmp_path)) is Reason.SIGNER_COUNT_REFUSED


def test_each_of_several_signers_is_judged_by_itself(tmp_path: Path) -> None:
    container = sign_by_two(tmp_path)
    signed = cms.check_signers(container, CONTENT)
    good = [one.signer_certificate for one in signed if isinstance(one, SignatureFacts)]
    assert sorted(good) == sorted([samples.user_certificate(), samples.authority().der])
    # The last octets are the last signer's signature: the other one's still stands.
    spoiled = bytearray(container)
    spoiled[-10] ^= 1
    first, second = cms.check_signers(bytes(spoiled), CONTENT)
    assert isinstance(first, SignatureFacts)
    assert isinstance(second, OpenJpkiError)
    assert second.reason is Reason.SIGNATURE_INVALID


def replaced(old: bytes, new: bytes) -> bytes:
    der = sign()
    assert der.count(old) == 1
    assert len(old) == len(new)
    return der.replace(old, new)


def test_a_spoiled_signature_is_refused() -> None:
    der = bytearray(sign())
    der[-10] ^= 1
    assert reason_of(bytes(der)) is Reason.SIGNATURE_INVALID


def test_changed_attributes_are_refused() -> None:
    attributes = cms.signed_attributes(CONTENT, samples.user_certificate(), samples.NOW)
    later = cms.signed_attributes(
        CONTENT, samples.user_certificate(), datetime(2027, 1, 1, tzinfo=UTC)
    )
    assert reason_of(replaced(attributes[1:], later[1:])) is Reason.SIGNATURE_INVALID


def test_another_certificate_of_the_same_key_is_refused() -> None:
    """What signingCertificateV2 is for: the renewed certificate is not the one that signed."""
    other = samples.user_certificate(samples.fields(municipality="Minato-ku "))
    assert len(other) == len(samples.user_certificate())
    der = sign().replace(samples.user_certificate(), other)
    assert reason_of(der) is Reason.SIGNED_ATTRIBUTES_REFUSED


def test_digest_and_signature_algorithm_must_agree() -> None:
    der = replaced_last(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d01010c"))
    assert reason_of(der) is Reason.SIGNATURE_ALGORITHM_REFUSED
    ecdsa = bytes.fromhex("2a8648ce3d040302") + b"\x05"
    assert reason_of(replaced_last(bytes.fromhex("2a864886f70d01010b"), ecdsa)) in {
        Reason.SIGNATURE_ALGORITHM_REFUSED,
        Reason.KEY_TYPE_REFUSED,
    }


def replaced_last(old: bytes, new: bytes) -> bytes:
    """The signature algorithm is the last of these OIDs; the certificate's own stay."""
    der = sign()
    place = der.rindex(old)
    return der[:place] + new + der[place + len(old) :]


def test_a_weak_key_does_not_count() -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505
    name = samples.name((x509.NameOID.COMMON_NAME, "weak"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(5)
        .not_valid_before(samples.NOW)
        .not_valid_after(samples.NOT_AFTER)
        .public_key(key.public_key())
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    assert reason_of(cms.sign_detached(CONTENT, der, key, samples.NOW)) is Reason.KEY_SIZE_REFUSED


def test_cut_short_and_continued_signatures_are_refused() -> None:
    der = sign()
    for cut in range(len(der)):
        assert reason_of(der[:cut]) is Reason.MALFORMED_DER
    assert reason_of(der + b"\x00") is Reason.TRAILING_BYTES


@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
def test_any_changed_octet_is_refused() -> None:
    """Whatever octet is changed, the signature no longer checks as it did."""
    der = sign()
    good = cms.check_signature(der, CONTENT)
    passed = []
    for place in range(len(der)):
        changed = bytearray(der)
        changed[place] ^= 1
        try:
            facts = cms.check_signature(bytes(changed), CONTENT)
        except OpenJpkiError:
            continue
        assert facts == good
        passed.append(place)
    # What no signature covers: the version and the list of digest algorithms, both before the
    # content type. None of it says what was signed, by whom, or when.
    content_type = der.index(bytes.fromhex("06092a864886f70d010701"))
    # And the string types in the name by which the signer's certificate is found (RFC 5280 7.1).
    issuer = x509.load_der_x509_certificate(good.signer_certificate).issuer.public_bytes()
    start = der.rindex(issuer)
    strings = {start + at for at, octet in enumerate(issuer) if octet == PRINTABLE_STRING}
    assert {place for place in passed if place >= content_type} <= strings


def test_a_foreign_key_can_not_sign_for_the_certificate() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        cms.sign_detached(CONTENT, samples.user_certificate(), samples.key("other"), samples.NOW)
    assert refused.value.field == "private_key"
    with pytest.raises(OpenJpkiError) as refused:
        cms.signed_attributes(CONTENT, samples.user_certificate(), datetime(2026, 1, 1))  # noqa: DTZ001
    assert refused.value.field == "signing_time"


def in_ber(octets: bytes, kept: tuple[bytes, ...]) -> bytes:
    """The same values with indefinite lengths, strings in two pieces and lengths of four octets
    (X.690 8.1.3, 8.7); ``kept`` elements as they are."""
    written, at = b"", 0
    while at < len(octets):
        begin, length = at + 2, octets[at + 1]
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(octets[at + 2 : begin], "big")
        tag, content = octets[at], octets[begin : begin + length]
        element, at = octets[at : begin + length], begin + length
        if element in kept:
            written += element
        elif tag & 0x20:
            written += bytes([tag, 0x80]) + in_ber(content, kept) + bytes(2)
        elif tag in {OCTET_STRING, KEY_IDENTIFIER}:
            half = len(content) // 2
            pieces = b"".join(der.tlv(OCTET_STRING, it) for it in (content[:half], content[half:]))
            written += bytes([tag | 0x20, 0x80]) + pieces + bytes(2)
        else:
            written += bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content
    return written


def openssl_verifies(folder: Path, container: bytes, content: bytes | None) -> bool:
    (folder / "judged.der").write_bytes(container)
    detached = ""
    if content is not None:
        (folder / "judged").write_bytes(content)
        detached = "-content judged"
    done = openssl(
        folder,
        f"cms -verify -binary -inform DER -in judged.der {detached} -out out"
        f" -CAfile authority.pem -purpose any -attime {int(samples.NOW.timestamp())}",
    )
    return done.returncode == 0


@pytest.mark.parametrize("options", ["", "-keyid", "-cades", "-keyopt rsa_padding_mode:pss"])
@pytest.mark.parametrize("detached", ["-binary", "-binary -nodetach"])
def test_ber_outside_the_signed_attributes_is_read_as_openssl_reads_it(
    tmp_path: Path, options: str, detached: str
) -> None:
    """RFC 5652 5.1: what is signed is DER, and nothing else need be."""
    signed = sign_by_openssl(tmp_path, f"-md sha256 {options}", detached)
    (info,) = signer_core.parse_cms_signed_data(signed).signers
    assert isinstance(info, signer_core.CmsSignerInfo)
    assert info.signed_attributes is not None
    attributes = b"\xa0" + info.signed_attributes.der[1:]
    assert signed.count(attributes) == 1
    container = in_ber(signed, (samples.user_certificate(), attributes))
    given = None if "-nodetach" in detached else CONTENT
    (found,) = cms.check_signers(container, given)
    assert isinstance(found, SignatureFacts), found
    assert openssl_verifies(tmp_path, container, given)
    if given:
        assert reason_of(container, CONTENT + b"!") is Reason.CONTENT_CHANGED
        assert not openssl_verifies(tmp_path, container, CONTENT + b"!")


@pytest.mark.parametrize("options", ["", "-cades", "-keyid -cades"])
def test_another_certificate_of_the_same_key_may_be_sent_along(
    tmp_path: Path, options: str
) -> None:
    """RFC 5035 4: signingCertificate says which of those that a key identifier names is meant."""
    renewed = renewed_certificate()
    (tmp_path / "renewed.pem").write_bytes(samples.pem(renewed))
    signed = sign_by_openssl(tmp_path, f"-md sha256 -certfile renewed.pem {options}")
    (found,) = cms.check_signers(signed, CONTENT)
    assert isinstance(found, SignatureFacts), found
    assert found.signer_certificate == samples.user_certificate()
    assert openssl_verifies(tmp_path, signed, CONTENT)


def test_a_key_identifier_alone_does_not_say_which_of_two(tmp_path: Path) -> None:
    (tmp_path / "renewed.pem").write_bytes(samples.pem(renewed_certificate()))
    signed = sign_by_openssl(tmp_path, "-md sha256 -certfile renewed.pem -keyid")
    assert reason_of(signed) is Reason.SIGNER_CERTIFICATE_MISSING


def renewed_certificate() -> bytes:
    """The person's, made once more for the same key."""
    person = x509.load_der_x509_certificate(samples.user_certificate())
    key = samples.key("person").public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(person.subject)
        .issuer_name(person.issuer)
        .serial_number(person.serial_number + 1)
        .not_valid_before(person.not_valid_before_utc)
        .not_valid_after(person.not_valid_after_utc)
        .public_key(key)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                samples.authority().key.public_key()
            ),
            critical=False,
        )
        .sign(samples.authority().key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def signer_infos(container: der_tree.Node) -> list[der_tree.Node]:
    """Of a container, in the order received."""
    return container.children[1].children[0].children[-1].children


def test_a_signer_who_cannot_be_read_ends_no_other(tmp_path: Path) -> None:
    """Attributes out of DER's order, of one of two and of the only one."""
    for container, alone in ((sign_by_two(tmp_path), False), (sign(), True)):
        tree = der_tree.read(container)
        # After version, identifier and digest.
        signer_infos(tree)[-1].children[3].children.reverse()
        changed = tree.write()
        if alone:
            assert reason_of(changed) is Reason.MALFORMED_DER
            continue
        first, second = cms.check_signers(changed, CONTENT)
        assert isinstance(first, SignatureFacts)
        assert isinstance(second, OpenJpkiError)
        assert second.reason is Reason.MALFORMED_DER
