"""What the windows of one registration service go by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.policy.baseline import VERSION, Violation
from openjpki.domain.window_rules.documents import (
    USUAL_DOCUMENTS,
    USUAL_QUESTIONS,
    DocumentKind,
    Question,
)
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_VERSION = "must be 1 to 32 letters, digits, dots, hyphens and underscores"
_URI = re.compile(r"https?://[!-~]{1,200}")
_MOST_YEN = 100_000
_MOST_MONTHS = 12
_ID = re.compile("[a-z][a-z0-9-]{1,40}")
_NUMBER = re.compile("[0-9]{4}")
_MOST_DOCUMENTS = 3
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of use (利用規約) in force (R2.4.2b)."""

    version: str
    uri: str
    """Where anybody can read them (R6.1.1)."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What an applicant pays, in yen (R5.1.2). None: not settled here, the window says."""

    issue: int | None = None
    reissue: int | None = None
    """After a loss or a compromise of the holder's own key: more than ordinarily. After one of the
    governor's key nothing is paid, whatever is said here (R3.1.2b)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How applicants' keys are made and where they may be (R2.3.1b, R2.3.2)."""

    attested: bool = False
    """Whether a registered generator must state that it made the key and kept no copy."""
    files: bool = False
    """Whether a key may be in an encrypted file instead of on a card. Where a key is, its generator
    states; of a key without that nobody knows."""

    def require_medium(self, medium: Medium, *, field: str) -> None:
        """Raises ``INVALID_FIELD`` for a medium that these rules don't let a key be on."""
        if medium is Medium.FILE and not self.files:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be a card: the rules allow no files", field=field
            )


@dataclass(frozen=True, slots=True)
class WindowRules:
    """All of it, under one version."""

    version: str = "1"
    terms: Terms | None = None
    """None: applicants are asked to accept none."""
    fees: Fees = field(default_factory=Fees)
    documents: tuple[DocumentKind, ...] = USUAL_DOCUMENTS
    questions: tuple[Question, ...] = USUAL_QUESTIONS
    right_answers: int = 2
    """Of the questions beside a document without a photograph, so many at least."""
    renewal_months: int = 3
    """From so many months before its last day a certificate can be renewed (R2.7)."""
    keys: Keys = field(default_factory=Keys)

    def accepted(self, version: str) -> str | None:
        """The version of the terms that an applicant accepted; empty: none was said.

        Raises ``INVALID_FIELD`` unless it is the one in force, where there are terms; and for any
        where there are none.
        """
        if self.terms is None:
            if version:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD, "names terms, and none are in force", field=ACCEPTED
                )
            return None
        if version != self.terms.version:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"must be the version of the terms in force, {self.terms.version}, which the "
                "applicant accepts",
                field=ACCEPTED,
                version=self.terms.version,
            )
        return version


ACCEPTED = "accepted_terms"
"""Field of the contract."""


def require_sound(said: WindowRules, *, field: str) -> None:
    """Raises ``INVALID_FIELD`` naming the first value that none may have."""
    for one in _violations(said):
        raise OpenJpkiError(Reason.INVALID_FIELD, one.rule, field=f"{field}.{one.field}")


def _violations(said: WindowRules) -> Iterator[Violation]:
    terms, fees = said.terms, said.fees
    if not VERSION.fullmatch(said.version):
        yield Violation("version", _OF_VERSION)
    if terms is not None and not VERSION.fullmatch(terms.version):
        yield Violation("terms.version", _OF_VERSION)
    if terms is not None and not _URI.fullmatch(terms.uri):
        yield Violation("terms.uri", "must be an http or https URI in ASCII")
    for name, yen in (("issue", fees.issue), ("reissue", fees.reissue)):
        if yen is not None and not 0 <= yen <= _MOST_YEN:
            yield Violation(f"fees.{name}", f"must be 0 to {_MOST_YEN} yen")
    if fees.issue is not None and fees.reissue is not None and fees.reissue <= fees.issue:
        yield Violation("fees.reissue", "must be more than what is paid ordinarily")
    if not 1 <= said.renewal_months <= _MOST_MONTHS:
        yield Violation("renewal_months", f"must be 1 to {_MOST_MONTHS} months")
    yield from _of_checks(said)


def _of_checks(said: WindowRules) -> Iterator[Violation]:
    for name, entries in (("documents", said.documents), ("questions", said.questions)):
        ids = [one.id for one in entries]
        if not ids or len(set(ids)) != len(ids):
            yield Violation(name, "must have entries, each of an id of its own")
        if not all(_ID.fullmatch(one) and not _NUMBER.search(one) for one in ids):
            yield Violation(name, "must have ids in a-z, 0-9 and hyphens, without a number in them")
        if not all(_is_shown(text) for one in entries for text in (one.ja, one.en)):
            yield Violation(name, "must have names of one line, in both languages")
    if not all(1 <= one.needed <= (1 if one.photo else _MOST_DOCUMENTS) for one in said.documents):
        yield Violation("documents", "must need one with a photograph, else one to three")
    if not 1 <= said.right_answers <= len(said.questions):
        yield Violation("right_answers", "must be one at least, and as many as questions at most")


def _is_shown(text: str) -> bool:
    return text.isprintable() and 0 < len(text.strip()) <= _LONGEST
