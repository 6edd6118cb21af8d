"""Whether what an officer saw and heard is enough for an identity check (R2.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import IdentityEvidence
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.domain.window_rules.documents import DocumentKind
    from openjpki.domain.window_rules.rules import WindowRules

_KIND, _FURTHER, _ASKED = "check.document_kind", "check.further_documents", "check.questions"


def require_enough(rules: WindowRules, check: IdentityCheck) -> None:
    """Raises ``INVALID_FIELD`` for a document that is not taken, naming those that are; for a way
    of checking that is not the document's; for further documents or questions that are not of the
    rules, or of which there are too few."""
    shown = _known(rules, check.document_kind, _KIND)
    if (check.evidence is IdentityEvidence.PHOTO_DOCUMENT) is not shown.photo:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "is not how this document is checked: with a photograph it is enough, without one "
            "questions belong to it",
            field="check.evidence",
        )
    further = [_known(rules, one, _FURTHER) for one in check.further_documents]
    if len({shown.id, *check.further_documents}) != 1 + len(further):
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be another document each", field=_FURTHER)
    if not shown.photo and 1 + len(further) < shown.needed:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must be {shown.needed - 1} at least", field=_FURTHER
        )
    asked = {one.question for one in check.asked}
    known = [one.id for one in rules.questions]
    if not asked <= set(known) or len(asked) != len(check.asked):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"must be of these, each once: {', '.join(known)}", field=_ASKED
        )
    right = sum(one.right for one in check.asked)
    if not shown.photo and right < rules.right_answers:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"must be {rules.right_answers} at least that were answered right",
            field=_ASKED,
        )


def _known(rules: WindowRules, document: str, field: str) -> DocumentKind:
    for one in rules.documents:
        if one.id == document:
            return one
    known = ", ".join(one.id for one in rules.documents)
    raise OpenJpkiError(
        Reason.INVALID_FIELD, f"is no document that is taken; these are: {known}", field=field
    )
