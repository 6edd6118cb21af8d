"""What an agency is told of a signed document: every way in which it may not be relied on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.client import CheckName, LiveStatus, Outcome, TrustedAuthority
from openjpki.client.document import DocumentVerifier
from openjpki.client.live_status import told
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of
from openjpki.x509.der import members
from openjpki.x509.foreign import cms
from openjpki.x509.foreign.cms import assemble, sign_detached, signed_attributes
from tests.support import x509_samples as samples

if TYPE_CHECKING:
    from openjpki.client import Verification
    from openjpki.client.status import ToldStatus

CONTENT = "転出届\n".encode()
DURING = samples.NOW + timedelta(days=30)
POLICY = samples.constants().policy_oid
GOOD = ocsp_pb2.CheckResponse(
    status=revocation_pb2.CERTIFICATE_STATUS_GOOD, sequence=1, as_of=int(DURING.timestamp())
)
TOKYO = TrustedAuthority(AuthorityId.signing("13"), samples.authority().certificate)
NAME = samples.fields().name


class Status:
    """Answers as it is told to and remembers what it was asked."""

    def __init__(self, answer: ocsp_pb2.CheckResponse | OpenJpkiError = GOOD) -> None:
        self.answer = answer
        self.asked: list[tuple[AuthorityId, int]] = []

    def __call__(self, certificate: x509.Certificate, issuer: TrustedAuthority) -> ToldStatus:
        self.asked.append((issuer.authority_id, certificate.serial_number))
        if isinstance(self.answer, OpenJpkiError):
            raise self.answer
        return told(self.answer)


def signed(certificate: bytes | None = None) -> bytes:
    certificate = certificate or samples.user_certificate()
    return sign_detached(CONTENT, certificate, samples.key("person"), DURING)


def verify(
    cms: bytes,
    content: bytes = CONTENT,
    *,
    at: datetime = DURING,
    status: Status | None = None,
    trusted: TrustedAuthority = TOKYO,
) -> Verification:
    return DocumentVerifier([trusted], status or Status()).verify(cms, content, at)


def remade(
    *,
    key_usage: x509.KeyUsage | None = None,
    without: x509.ObjectIdentifier | None = None,
    extra: x509.UnrecognizedExtension | None = None,
    extra_critical: bool = True,
    signer: str = "authority",
) -> bytes:
    """A person's certificate, signed anew with another content or by another key."""
    usual = x509.load_der_x509_certificate(samples.user_certificate())
    builder = x509.CertificateBuilder(
        usual.issuer,
        usual.subject,
        usual.public_key(),
        usual.serial_number,
        usual.not_valid_before_utc.replace(tzinfo=None),
        usual.not_valid_after_utc.replace(tzinfo=None),
    )
    for each in usual.extensions:
        if each.oid == without:
            continue
        is_usage = each.oid == x509.KeyUsage.oid and key_usage is not None
        value = key_usage if is_usage and key_usage else each.value
        builder = builder.add_extension(value, each.critical)
    if extra is not None:
        builder = builder.add_extension(extra, critical=extra_critical)
    made = builder.sign(samples.key(signer), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def only_failure(result: Verification) -> tuple[CheckName, str]:
    """The check that failed; nobody is named and the document is not valid."""
    assert not result.valid
    assert result.signer is None
    (failed,) = [each for each in result.checks if each.outcome is Outcome.FAILED]
    assert NAME not in result.diagnostics()
    return failed.name, failed.text


@pytest.mark.requirement("R5.2.1")
def test_a_good_document_passes_every_check_and_names_its_signer() -> None:
    status = Status()
    result = verify(signed(), status=status)
    assert result.valid, result.diagnostics()
    assert [each.name for each in result.checks] == list(CheckName)
    assert result.signer is not None
    assert result.signer.name == NAME
    assert result.authority_id == TOKYO.authority_id
    assert result.certificate == samples.user_certificate()
    assert result.signing_time == DURING
    assert result.checked_at == DURING
    assert status.asked == [(TOKYO.authority_id, samples.SERIAL)]
    assert result.status_source == LiveStatus(DURING)


def _signed_by_algorithm(oid: str, signer: str) -> bytes:
    """A person's certificate signed otherwise than usual, or said to be."""
    usual = samples.user_certificate()
    sha256 = _oid("2a864886f70d01010b")
    inner, outer, _ = (bytes(one) for one in members(memoryview(usual)))
    assert sha256 in inner
    inner, outer = (one.replace(sha256, _oid(oid)) for one in (inner, outer))
    digest = DIGESTS.get(oid, hashes.SHA256())
    signature = samples.key(signer).sign(inner, padding.PKCS1v15(), digest)
    # As long as before, so the headers around it stand.
    return usual[:4] + inner + outer + usual[-261:-256] + signature


def _oid(content: str) -> bytes:
    return b"\x06" + bytes([len(content) // 2]) + bytes.fromhex(content)


SHA1_WITH_RSA = "2a864886f70d010105"
MD2_WITH_RSA = "2a864886f70d010102"
SHA224_WITH_RSA = "2a864886f70d01010e"
OF_NOBODY = "2a864886f70d010163"
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    SHA1_WITH_RSA: hashes.SHA1(),  # noqa: S303 - it is refused
    SHA224_WITH_RSA: hashes.SHA224(),
}


@pytest.mark.parametrize("signer", ["authority", "person"])
@pytest.mark.parametrize("oid", [SHA1_WITH_RSA, SHA224_WITH_RSA, MD2_WITH_RSA, OF_NOBODY])
def test_a_certificate_signed_by_what_does_not_count_is_nobodys(oid: str, signer: str) -> None:
    name, _ = only_failure(verify(signed(_signed_by_algorithm(oid, signer))))
    assert name is CheckName.ISSUER


def test_what_validates_paths_reads_the_signers_certificate_too() -> None:
    # policyMappings that are none, not critical: another reader does not look into them.
    mappings = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), b"\x05\x00")
    certificate = remade(extra=mappings, extra_critical=False)
    attributes = signed_attributes(CONTENT, certificate, DURING)
    signature = samples.key("person").sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    name, text = only_failure(verify(assemble(attributes, certificate, signature)))
    assert name is CheckName.SIGNATURE
    assert "not a certificate that can be used: policyMappings" in text


@pytest.mark.parametrize("oid", [x509.SubjectAlternativeName.oid, x509.CRLDistributionPoints.oid])
def test_an_extension_only_the_engine_can_read_is_a_failed_check(
    oid: x509.ObjectIdentifier,
) -> None:
    """A name of a form the other reader has no value for (x400Address)."""
    odd = {
        x509.SubjectAlternativeName.oid: bytes.fromhex("3004a3023000"),
        x509.CRLDistributionPoints.oid: bytes.fromhex("300a3008a006a004a3023000"),
    }[oid]
    made = remade(without=oid, extra=x509.UnrecognizedExtension(oid, odd), extra_critical=False)
    result = verify(signed(made))
    assert only_failure(result) == (
        CheckName.PROFILE,
        "the certificate's extensions can't be read",
    )
    assert partition_of(x509.load_der_x509_certificate(made)) is None


def test_a_changed_document() -> None:
    status = Status()
    result = verify(signed(), CONTENT + b"!", status=status)
    assert only_failure(result) == (
        CheckName.SIGNATURE,
        "signature: the content is not what was signed",
    )
    # Without a proved signature nothing of the message is worth a question to the authority.
    assert status.asked == []
    assert result.status_source is None
    assert result.certificate is None
    assert {each.outcome for each in result.checks[1:]} == {Outcome.NOT_DONE}


def test_a_broken_signature() -> None:
    certificate = samples.user_certificate()
    attributes = signed_attributes(CONTENT, certificate, DURING)
    other = samples.key("somebody else").sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    assert only_failure(verify(assemble(attributes, certificate, other))) == (
        CheckName.SIGNATURE,
        "signature: the signature does not verify",
    )


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"no DER", b"\x30\x84\xff\xff\xff\xff"])
def test_what_is_no_signature_at_all(octets: bytes) -> None:
    result = verify(octets)
    assert not result.readable
    assert only_failure(result) == (
        CheckName.SIGNATURE,
        "signature: SignedData: is not BER of its type",
    )


def test_what_is_too_long_was_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cms, "MAX_SIGNATURE_BYTES", 100)
    result = verify(signed())
    assert not result.readable
    assert only_failure(result) == (
        CheckName.SIGNATURE,
        "signature: must not be longer than 100 bytes",
    )


def test_an_authority_that_is_not_trusted_here() -> None:
    stranger = TrustedAuthority.load("signing-27", _self_signed("stranger", samples.PARTITION_NAME))
    name, text = only_failure(verify(signed(), trusted=stranger))
    assert (name, text) == (
        CheckName.ISSUER,
        "no trusted authority issued the signer's certificate",
    )


def test_an_authority_of_the_same_name_with_another_key() -> None:
    forged = signed(remade(signer="impostor"))
    assert only_failure(verify(forged))[0] is CheckName.ISSUER
    # The impostor's certificate has the governor's name, word for word.
    impostor = TrustedAuthority.load("signing-13", _self_signed("impostor", samples.AUTHORITY_NAME))
    assert impostor.certificate.subject == TOKYO.certificate.subject
    assert only_failure(verify(signed(), trusted=impostor))[0] is CheckName.ISSUER
    assert verify(forged, trusted=impostor).valid


def test_generations_of_one_name_are_told_apart_by_their_keys() -> None:
    newer = TrustedAuthority.load("signing-13", _self_signed("newer", samples.AUTHORITY_NAME))
    verifier = DocumentVerifier([newer, TOKYO], Status())
    for signer in ("authority", "newer"):
        result = verifier.verify(signed(remade(signer=signer)), CONTENT, DURING)
        assert result.valid, result.diagnostics()


@pytest.mark.requirement("R3.3", "R2.5.6")
def test_a_certificate_that_has_ended() -> None:
    last = samples.NOT_AFTER
    assert verify(signed(), at=last).valid
    name, text = only_failure(verify(signed(), at=last + timedelta(seconds=1)))
    assert (name, text) == (
        CheckName.VALIDITY_PERIOD,
        "the certificate ended on 2028-12-31 14:59:59Z",
    )


def test_a_certificate_that_has_not_begun() -> None:
    later = samples.fields(not_before=int((DURING + timedelta(days=1)).timestamp()))
    result = verify(signed(samples.user_certificate(later)))
    assert only_failure(result)[0] is CheckName.VALIDITY_PERIOD
    assert "not valid before" in result.diagnostics()


def test_an_authority_that_has_ended() -> None:
    ended = TrustedAuthority.load(
        str(TOKYO.authority_id),
        _self_signed("authority", samples.AUTHORITY_NAME, until=DURING - timedelta(seconds=1)),
    )
    name, text = only_failure(verify(signed(), trusted=ended))
    assert name is CheckName.VALIDITY_PERIOD
    assert text.startswith("the authority ended")


@pytest.mark.requirement("R3.3")
def test_a_revoked_certificate() -> None:
    answer = ocsp_pb2.CheckResponse(
        status=revocation_pb2.CERTIFICATE_STATUS_REVOKED,
        reason=5,
        revoked_at=int(DURING.timestamp()),
    )
    name, text = only_failure(verify(signed(), status=Status(answer)))
    assert (name, text) == (
        CheckName.REVOCATION,
        "revoked on 2026-01-31 00:00:00Z (cessationOfOperation)",
    )


def test_a_certificate_its_authority_does_not_know() -> None:
    answer = ocsp_pb2.CheckResponse(status=revocation_pb2.CERTIFICATE_STATUS_UNKNOWN)
    name, text = only_failure(verify(signed(), status=Status(answer)))
    assert (name, text) == (CheckName.REVOCATION, "the authority never issued this certificate")


def test_a_status_this_client_does_not_know_is_not_good() -> None:
    for number in (0, 99):
        status = revocation_pb2.CertificateStatus.ValueType(number)
        answer = ocsp_pb2.CheckResponse(status=status)
        assert only_failure(verify(signed(), status=Status(answer)))[0] is CheckName.REVOCATION


def test_an_expired_certificate_is_also_asked_about() -> None:
    """Expired and revoked: the reader learns both."""
    answer = ocsp_pb2.CheckResponse(
        status=revocation_pb2.CERTIFICATE_STATUS_REVOKED, reason=1, revoked_at=1
    )
    result = verify(signed(), at=samples.NOT_AFTER + timedelta(days=1), status=Status(answer))
    failed = [each.name for each in result.checks if each.outcome is Outcome.FAILED]
    assert failed == [CheckName.VALIDITY_PERIOD, CheckName.REVOCATION]


def test_an_unknown_critical_extension() -> None:
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.32473.7")
    strange = remade(extra=x509.UnrecognizedExtension(oid, b"\x05\x00"))
    assert only_failure(verify(signed(strange))) == (
        CheckName.PROFILE,
        "unknown critical extension 1.3.6.1.4.1.32473.7",
    )


@pytest.mark.parametrize("bits", [{"digital_signature": True}, {"content_commitment": True}, {}])
def test_a_key_that_may_not_sign_documents(bits: dict[str, bool]) -> None:
    bits = bits or {"key_encipherment": True}
    strange = remade(key_usage=samples.key_usage(**bits))
    assert only_failure(verify(signed(strange)))[0] is CheckName.PROFILE


@pytest.mark.parametrize("oid", [x509.KeyUsage.oid, x509.SubjectAlternativeName.oid])
def test_a_certificate_that_lacks_what_a_persons_has(oid: x509.ObjectIdentifier) -> None:
    assert only_failure(verify(signed(remade(without=oid))))[0] is CheckName.PROFILE


def test_the_agreed_policy_must_be_the_certificates() -> None:
    governor = samples.authority().der
    agreed = TrustedAuthority.load("signing-13", governor, policy_oid=POLICY)
    assert verify(signed(), trusted=agreed).valid
    other = TrustedAuthority.load("signing-13", governor, policy_oid="2.999.1")
    assert only_failure(verify(signed(), trusted=other)) == (
        CheckName.PROFILE,
        "the certificate is not under the agreed policy 2.999.1",
    )
    without = signed(remade(without=x509.CertificatePolicies.oid))
    assert only_failure(verify(without, trusted=agreed))[0] is CheckName.PROFILE


@pytest.mark.parametrize(
    "reason", [Reason.SERVICE_UNAVAILABLE, Reason.FEED_NOT_READY, Reason.DEADLINE_EXCEEDED]
)
def test_no_answer_about_status_is_no_verification(reason: Reason) -> None:
    away = Status(OpenJpkiError(reason, "away"))
    with pytest.raises(OpenJpkiError) as refused:
        verify(signed(), status=away)
    assert refused.value.reason is reason
    assert refused.value.reason.retryable


def test_a_verifier_that_is_not_registered_gets_no_verification() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        verify(signed(), status=Status(OpenJpkiError(Reason.UNKNOWN_VERIFIER, "not registered")))
    assert refused.value.reason is Reason.UNKNOWN_VERIFIER


def test_only_an_authoritys_own_certificate_is_taken_as_trusted() -> None:
    for der, reason in (
        (b"no certificate", Reason.MALFORMED_DER),
        (samples.user_certificate(), Reason.CERTIFICATE_REFUSED),
        (_self_signed("person", samples.PARTITION_NAME, ca=False), Reason.CERTIFICATE_REFUSED),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            TrustedAuthority.load("signing-13", der)
        assert refused.value.reason is reason
    pem = samples.pem(samples.authority().der)
    assert TrustedAuthority.load("signing-13", pem).certificate == TOKYO.certificate


def _self_signed(
    label: str,
    name: x509.Name,
    *,
    until: datetime = datetime(2036, 1, 1, tzinfo=UTC),
    ca: bool = True,
) -> bytes:
    own = samples.key(label)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(77)
        .not_valid_before(samples.NOW - timedelta(days=1))
        .not_valid_after(until)
        .public_key(own.public_key())
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(samples.key_usage(key_cert_sign=ca, crl_sign=ca), critical=True)
        .sign(own, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)
