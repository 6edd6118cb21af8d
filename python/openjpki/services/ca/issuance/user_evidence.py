"""A user's certificate rests on what officers' keys signed, not on registration's word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.application import application_id_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.user_statements import (
    application_decided,
    application_submitted,
    application_taken_over,
    identity_checked,
    key_presented,
)
from openjpki.evidence.verification import Presented, require_issuance
from openjpki.services.ca.keep_evidence import evidence_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence import (
        ApplicationDecided,
        ApplicationSubmitted,
        ApplicationTakenOver,
        IdentityChecked,
        KeyPresented,
        OfficerSignature,
    )
    from openjpki.domain.policy import EvidencePolicy
    from openjpki.evidence.verification import OfficersRegister
    from openjpki.services.ca.issuance.user_order import UserOrder
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.beside import Beside


@dataclass(frozen=True, slots=True)
class UserEvidence:
    """What must have been signed, built from the order alone, beside the signatures that came."""

    submitted: Presented[ApplicationSubmitted]
    taken_over: Presented[ApplicationTakenOver] | None
    checked: Presented[IdentityChecked]
    presented: Presented[KeyPresented]
    decided: Presented[ApplicationDecided]

    @classmethod
    def of(cls, order: UserOrder, key_sha256: bytes) -> UserEvidence:
        """``key_sha256``: SHA-256 of the SubjectPublicKeyInfo in the order's PKCS#10.

        Raises ``INVALID_FIELD``, ``EVIDENCE_SIGNATURE_INVALID`` for an application that another
        call opened than the one the first officer signed for.
        """
        opened = order.submitted.occasion
        if order.application_id != application_id_of(str(opened.officer), opened.request_id):
            raise OpenJpkiError(
                Reason.EVIDENCE_SIGNATURE_INVALID,
                "is for another application",
                field="submitted",
            )
        return cls(
            submitted=Presented(
                statement=application_submitted(
                    opened, window=order.window, attributes=order.attributes
                ),
                signature=order.submitted,
                field="submitted",
            ),
            taken_over=_taken_over(order),
            checked=Presented(
                statement=identity_checked(
                    order.checked.occasion,
                    window=order.window,
                    application_id=order.application_id,
                    attributes=order.attributes,
                    evidence=order.seen.evidence,
                    document_kind=order.seen.document_kind,
                ),
                signature=order.checked,
                field="checked",
            ),
            presented=Presented(
                statement=key_presented(
                    order.presented.occasion,
                    window=order.window,
                    application_id=order.application_id,
                    attributes=order.attributes,
                    key_sha256=key_sha256,
                ),
                signature=order.presented,
                field="presented",
            ),
            decided=Presented(
                statement=application_decided(
                    order.decided.occasion,
                    authority_id=order.authority_id,
                    window=order.window,
                    application_id=order.application_id,
                    attributes=order.attributes,
                    key_sha256=key_sha256,
                    approved=True,
                    renews=order.renews,
                ),
                signature=order.decided,
                field="decided",
            ),
        )

    @property
    def fingerprints(self) -> frozenset[bytes]:
        """Of the keys that the signatures name."""
        taken_over = () if self.taken_over is None else (self.taken_over,)
        return frozenset(
            one.signature.key_sha256 for one in (self.submitted, *taken_over, *self._counting)
        )

    def require(self, register: OfficersRegister, policy: EvidencePolicy, now: datetime) -> None:
        """Raises as :func:`openjpki.evidence.verification.require_issuance`, by the register."""
        require_issuance(
            register,
            submitted=self.submitted,
            taken_over=self.taken_over,
            checked=self.checked,
            presented=self.presented,
            decided=self.decided,
            policy=policy,
            now=now,
        )

    def beside(self, authority_id: AuthorityId, serial: bytes) -> Beside:
        """All of them, to be kept beside the intent, in its transaction, which may have waited
        since. Raises then as :func:`openjpki.services.ca.keep_evidence.keep_evidence`."""
        if self.taken_over is None:
            return evidence_beside(authority_id, serial, (self.submitted, *self._counting))
        return evidence_beside(
            authority_id, serial, (self.taken_over, *self._counting), superseded=self.submitted
        )

    def facts(self) -> Mapping[str, Value]:
        """Who signed, and the SHA-256 of each signature, for the journal."""
        taken_over: Mapping[str, Value] = {}
        if self.taken_over is not None:
            taken_over = {
                "taken_over_by": str(self.taken_over.officer),
                "taken_over_sha256": _sha256(self.taken_over.signature),
            }
        return {
            **taken_over,
            "submitted_by": str(self.submitted.officer),
            "submitted_sha256": _sha256(self.submitted.signature),
            "checked_by": str(self.checked.officer),
            "checked_sha256": _sha256(self.checked.signature),
            "presented_by": str(self.presented.officer),
            "presented_sha256": _sha256(self.presented.signature),
            "approved_by": str(self.decided.officer),
            "approved_sha256": _sha256(self.decided.signature),
        }

    @property
    def _counting(
        self,
    ) -> tuple[Presented[IdentityChecked], Presented[KeyPresented], Presented[ApplicationDecided]]:
        return (self.checked, self.presented, self.decided)


def _taken_over(order: UserOrder) -> Presented[ApplicationTakenOver] | None:
    if order.taken_over is None:
        return None
    return Presented(
        statement=application_taken_over(
            order.taken_over.occasion,
            window=order.window,
            application_id=order.application_id,
            attributes=order.attributes,
        ),
        signature=order.taken_over,
        field="taken_over",
    )


def _sha256(signature: OfficerSignature) -> str:
    return hashlib.sha256(signature.signature).hexdigest()
