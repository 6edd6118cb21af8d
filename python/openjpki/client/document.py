"""The checks on one signed document, in order; each later one needs the earlier ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from openjpki.client.authorities import TrustedAuthority, find_issuer
from openjpki.client.status import CRL_REASONS, ListedStatus
from openjpki.client.verification import Check, CheckName, Outcome, Verification
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign.cms import check_signers
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.profiles.certified_person import CertifiedPerson, read_certified_person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from openjpki.client.status import StatusSource, ToldStatus
    from openjpki.signer_core import PathCertificate
    from openjpki.x509.foreign.signer import SignatureFacts

    StatusLookup = Callable[[x509.Certificate, TrustedAuthority], ToldStatus]
    """Of a certificate with a positive serial number, and who issued it."""

_UNDERSTOOD = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""Extensions that may be critical: what they say is checked here (RFC 5280, 4.2)."""

_UNREADABLE = frozenset({Reason.MALFORMED_DER, Reason.TRAILING_BYTES, Reason.MESSAGE_TOO_LARGE})


class _CheckFailedError(Exception):
    """A check failed; the text says why."""


class DocumentVerifier:
    """Verifies documents against trusted authorities and a source of status."""

    def __init__(self, authorities: Sequence[TrustedAuthority], status: StatusLookup) -> None:
        self._authorities = tuple(authorities)
        self._status = status

    def verify(self, cms: bytes, content: bytes | None, at: datetime) -> Verification:
        """See ``AgencyClient.verify_signed_document``; ``at``: aware, the present moment."""
        try:
            signers = check_signers(cms, content)
        except OpenJpkiError as refusal:
            answer = _Run(self._authorities, self._status, at).verify(refusal)
            return replace(answer, readable=refusal.reason not in _UNREADABLE)
        first, *others = (
            _Run(self._authorities, self._status, at).verify(signer) for signer in signers
        )
        return replace(first, cosigners=tuple(others))


class _Run:
    """The verification of one signer; collects what is known so far."""

    def __init__(
        self, authorities: Sequence[TrustedAuthority], status: StatusLookup, at: datetime
    ) -> None:
        self._authorities = authorities
        self._status = status
        self._at = at
        self._checks: list[Check] = []
        self._facts: SignatureFacts | None = None
        self._issuer: TrustedAuthority | None = None
        self._person: CertifiedPerson | None = None
        self._source: StatusSource | None = None

    def verify(self, signer: SignatureFacts | OpenJpkiError) -> Verification:
        steps: list[tuple[CheckName, Callable[[], str]]] = [
            (CheckName.SIGNATURE, lambda: self._check_signature(signer)),
            (CheckName.ISSUER, self._check_issuer),
            (CheckName.PROFILE, self._check_profile),
            (CheckName.VALIDITY_PERIOD, self._check_validity),
            (CheckName.REVOCATION, self._check_revocation),
        ]
        failed = False
        for name, step in steps:
            if failed and not self._still_useful(name):
                self._checks.append(Check(name, Outcome.NOT_DONE, "an earlier check failed"))
                continue
            try:
                self._checks.append(Check(name, Outcome.PASSED, step()))
            except _CheckFailedError as refusal:
                self._checks.append(Check(name, Outcome.FAILED, str(refusal)))
                failed = True
        return Verification(
            checks=tuple(self._checks),
            checked_at=self._at,
            authority_id=self._issuer.authority_id if self._issuer else None,
            certificate=self._facts.signer_certificate if self._facts else None,
            signer=None if failed else self._person,
            status_source=self._source,
            signing_time=self._facts.signing_time if self._facts else None,
        )

    def _still_useful(self, name: CheckName) -> bool:
        # A user who sees "expired" also wants to know whether it was revoked before.
        return self._issuer is not None and name in {
            CheckName.VALIDITY_PERIOD,
            CheckName.REVOCATION,
        }

    def _check_signature(self, signer: SignatureFacts | OpenJpkiError) -> str:
        if isinstance(signer, OpenJpkiError):
            raise _CheckFailedError(_told(signer)) from signer
        self._facts = signer
        return f"over this content, {self._facts.digest_algorithm}"

    def _check_issuer(self) -> str:
        # By what validates paths: nothing is valid here that no path could lead to. What an
        # authority that is trusted has made, other readers may look into from here on.
        self._issuer = find_issuer(self._read(), self._authorities)
        if self._issuer is None:
            raise _CheckFailedError("no trusted authority issued the signer's certificate")
        return f"authority {self._issuer.authority_id}"

    def _check_profile(self) -> str:
        certificate = self._certificate()
        try:
            extensions = certificate.extensions
            usage = extensions.get_extension_for_class(x509.KeyUsage).value
        except (*UNREADABLE, x509.ExtensionNotFound) as error:
            raise _CheckFailedError("the certificate's extensions can't be read") from error
        unknown = [
            each.oid.dotted_string
            for each in extensions
            if each.critical and each.oid not in _UNDERSTOOD
        ]
        if unknown:
            raise _CheckFailedError(f"unknown critical extension {unknown[0]}")
        if not (usage.digital_signature and usage.content_commitment):
            raise _CheckFailedError("the certificate is not for signing documents")
        self._check_policy(extensions)
        try:
            self._person = read_certified_person(certificate)
        except OpenJpkiError as error:
            raise _CheckFailedError(_told(error)) from error
        return "a user's certificate for signing"

    def _check_policy(self, extensions: x509.Extensions) -> None:
        wanted = self._trusted_issuer().policy_oid
        if wanted is None:
            return
        try:
            policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
        except x509.ExtensionNotFound as error:
            raise _CheckFailedError("the certificate names no policy") from error
        if wanted not in {each.policy_identifier.dotted_string for each in policies}:
            raise _CheckFailedError(f"the certificate is not under the agreed policy {wanted}")

    def _check_validity(self) -> str:
        issuer = self._trusted_issuer().certificate
        for name, each in (("certificate", self._certificate()), ("authority", issuer)):
            if self._at < each.not_valid_before_utc:
                raise _CheckFailedError(
                    f"the {name} is not valid before {each.not_valid_before_utc:%F %T}Z"
                )
            if self._at > each.not_valid_after_utc:
                raise _CheckFailedError(f"the {name} ended on {each.not_valid_after_utc:%F %T}Z")
        return f"until {self._certificate().not_valid_after_utc:%F %T}Z"

    def _check_revocation(self) -> str:
        if self._read().serial <= 0:
            raise _CheckFailedError("the serial number is not positive; no authority issues such")
        told = self._status(self._certificate(), self._trusted_issuer())
        self._source = told.source
        by = f", by {told.source}" if isinstance(told.source, ListedStatus) else ""
        if told.status is CertificateStatus.GOOD:
            return f"not revoked{by}"
        if told.status is CertificateStatus.REVOKED:
            raise _CheckFailedError(
                f"revoked on {told.revoked_at:%F %T}Z ({_crl_reason(told.reason)}){by}"
            )
        raise _CheckFailedError("the authority never issued this certificate")

    def _certificate(self) -> x509.Certificate:
        # A second reader of octets that what validates paths has read, and has found signed by a
        # trusted authority. It is for what that one gives nobody, as no path asks for it: which
        # extensions are critical beyond the three that are understood here, the six otherNames of
        # the profile, the name of the list's scope. Whatever it makes of the octets that the first
        # does not, can only refuse: each check comes on top of those, and none takes one's place.
        if self._facts is None:
            raise _CheckFailedError("there is no certificate to check")
        try:
            return x509.load_der_x509_certificate(self._facts.signer_certificate)
        except UNREADABLE as error:
            raise _CheckFailedError("the certificate can't be read") from error

    def _read(self) -> PathCertificate:
        if self._facts is None:
            raise _CheckFailedError("there is no certificate to check")
        return read_certificate(self._facts.signer_certificate)

    def _trusted_issuer(self) -> TrustedAuthority:
        if self._issuer is None:
            raise _CheckFailedError("there is no issuer to check with")
        return self._issuer


def _told(refusal: OpenJpkiError) -> str:
    """For people, who have no use for the reason's name."""
    return f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message


def _crl_reason(number: int) -> str:
    return CRL_REASONS.get(number, "unspecified")
