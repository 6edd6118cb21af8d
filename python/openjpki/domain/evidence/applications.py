"""What is stated on the way from an application to a certificate (R2.2, R2.4.1, R9.2.1).

Each names the applicant by ``attributes_sha256``
(:func:`openjpki.evidence.attributes_digest.attributes_digest`), salted with the statement's own
request id, so that two statements about one person can't be told to be about one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, require_sha256, require_uuid

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityEvidence
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claims, Occasion
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.window import WindowId


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfApplicant:
    """What every one of them says: that somebody of these attributes applies there."""

    occasion: Occasion
    municipality: Municipality
    attributes_sha256: bytes
    """32 octets."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_sha256(self.attributes_sha256, field="attributes_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "municipality": self.municipality.code,
            "attributes": self.attributes_sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfApplication(_OfApplicant):
    """The same of an application that has an id by now."""

    application_id: str
    """UUID in lower case."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_uuid(self.application_id, field="application_id")
        _OfApplicant.__post_init__(self)

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {**_OfApplicant.claims(self), "application": self.application_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfKey(_OfApplication):
    """The same of an application with a key."""

    key_sha256: bytes
    """SHA-256 of the applicant's SubjectPublicKeyInfo, DER; 32 octets."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        _OfApplication.__post_init__(self)
        require_sha256(self.key_sha256, field="key_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {**_OfApplication.claims(self), "key": self.key_sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSubmitted(_OfApplicant):
    """A person applied at this window (①).

    The application has no id yet: the request id tells it from others.
    """

    kind: ClassVar[StatementKind] = StatementKind.APPLICATION_SUBMITTED

    window: WindowId

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {**_OfApplicant.claims(self), "window": self.window.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationTakenOver(_OfApplication):
    """Another officer answers for an application from now on, in the place of who took it: this
    person applied at this window, with what the application says."""

    kind: ClassVar[StatementKind] = StatementKind.APPLICATION_TAKEN_OVER

    window: WindowId

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {**_OfApplication.claims(self), "window": self.window.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked(_OfApplication):
    """The applicant is that person, and this is how the officer made sure (②, R2.2.2)."""

    kind: ClassVar[StatementKind] = StatementKind.IDENTITY_CHECKED

    evidence: IdentityEvidence
    document_kind: str
    """Lower case with hyphens; never a document's number (R7.1)."""

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **_OfApplication.claims(self),
            "evidence": self.evidence.value,
            "document": self.document_kind,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPresented(_OfKey):
    """The person who applied handed in this key (④, R2.3.3).

    Made from the PKCS#10 that the applicant brought. The decision is over the key that a service
    shows, so the two together say that the service showed the applicant's own.
    """

    kind: ClassVar[StatementKind] = StatementKind.KEY_PRESENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDecided(_OfKey):
    """The second officer's word: this person's certificate over this key, or none (⑤)."""

    kind: ClassVar[StatementKind] = StatementKind.APPLICATION_DECIDED

    authority_id: AuthorityId
    window: WindowId
    approved: bool

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **_OfKey.claims(self),
            "authority": str(self.authority_id),
            "window": self.window.text,
            "decision": "approve" if self.approved else "reject",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalDecided(ApplicationDecided):
    """The same of a renewal: and that certificate ends as this one is made (R2.7)."""

    kind: ClassVar[StatementKind] = StatementKind.RENEWAL_DECIDED

    renews: bytes
    """Serial number, big-endian, minimal."""

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {**ApplicationDecided.claims(self), "renews": self.renews}
