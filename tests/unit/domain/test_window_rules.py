"""What windows go by, as data: read whole, or refused by the field that does not fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from openjpki.domain.application import Asked, IdentityCheck, IdentityEvidence
from openjpki.domain.window import OfficerId
from openjpki.domain.window_rules import (
    DocumentKind,
    Fees,
    Terms,
    WindowRules,
    parse_window_rules,
)
from openjpki.domain.window_rules.checking import require_enough
from openjpki.errors import OpenJpkiError, Reason

SOUND = b"""{"version": "2027-04", "terms": {"version": "2", "uri": "https://a.example/t"},
 "fees": {"issue": 0, "reissue": 100}}"""


def test_what_is_left_out_has_its_default() -> None:
    assert parse_window_rules(b"{}", field="rules") == WindowRules()
    assert parse_window_rules(SOUND, field="rules") == WindowRules(
        "2027-04", Terms("2", "https://a.example/t"), Fees(0, 100)
    )


CARD = '{"id": "card", "ja": "証", "en": "card", "photo": false, "needed": 2}'


def documents(*entries: str) -> str:
    return '{"documents": [' + ", ".join(entries) + "]}"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ('{"verson": "1"}', "rules.verson"),
        ('{"version": "a b"}', "rules.version"),
        ('{"terms": {"version": "", "uri": "https://a"}}', "rules.terms.version"),
        ('{"terms": {"version": "1", "uri": "ftp://a"}}', "rules.terms.uri"),
        ('{"terms": {"version": "1"}}', "rules.terms.uri"),
        ('{"fees": {"issue": -1}}', "rules.fees.issue"),
        ('{"fees": {"issue": "500"}}', "rules.fees.issue"),
        ('{"fees": {"reissue": 100001}}', "rules.fees.reissue"),
        # What is paid after a loss is more (R5.1.2).
        ('{"fees": {"issue": 500, "reissue": 500}}', "rules.fees.reissue"),
        ("[", "rules"),
        ('{"documents": []}', "rules.documents"),
        (documents(CARD, CARD), "rules.documents"),
        (documents(CARD.replace("card", "A12345678")), "rules.documents"),
        (documents(CARD.replace("card", "a1234")), "rules.documents"),
        (documents(CARD.replace("証", "")), "rules.documents"),
        (documents(CARD.replace("2", "4")), "rules.documents"),
        (documents(CARD.replace("false", "true")), "rules.documents"),
        ('{"documents": [{"id": "card"}]}', "rules.documents.0.ja"),
        (
            '{"questions": [{"id": "q", "ja": "問", "en": "q", "answer": "a"}]}',
            "rules.questions.0.answer",
        ),
        ('{"right_answers": 0}', "rules.right_answers"),
        ('{"right_answers": 6}', "rules.right_answers"),
        ('{"renewal_months": 0}', "rules.renewal_months"),
        ('{"renewal_months": 13}', "rules.renewal_months"),
    ],
)
def test_what_does_not_fit_is_named(said: str, field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        parse_window_rules(said.encode(), field="rules")
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)


PHOTO, ASKED = IdentityEvidence.PHOTO_DOCUMENT, IdentityEvidence.DOCUMENT_AND_QUESTIONS
TWO = (Asked("household", right=True), Asked("moving-day", right=True))
WITHOUT = DocumentKind("paper", "書類", "paper", photo=False, needed=2)


def check(
    evidence: IdentityEvidence, kind: str, asked: tuple[Asked, ...] = (), *further: str
) -> IdentityCheck:
    return IdentityCheck(
        evidence, kind, OfficerId("tanaka"), datetime(2027, 4, 1, tzinfo=UTC), further, asked
    )


@pytest.mark.parametrize(
    "enough",
    [
        check(PHOTO, "passport"),
        check(PHOTO, "passport", (Asked("household", right=False),), "pension-handbook"),
        check(ASKED, "health-insurance-card", TWO),
        check(ASKED, "health-insurance-card", (*TWO, Asked("former-address", right=False))),
        check(ASKED, "paper", TWO, "pension-handbook"),
    ],
)
def test_what_is_enough(enough: IdentityCheck) -> None:
    require_enough(replace(RULES, documents=(*RULES.documents, WITHOUT)), enough)


@pytest.mark.requirement("R2.2.2", refuses=True)
@pytest.mark.parametrize(
    ("short", "field", "rule"),
    [
        (check(PHOTO, "moon-passport"), "check.document_kind", "drivers-licence, .*passport, "),
        (check(ASKED, "passport", TWO), "check.evidence", "not how"),
        (check(PHOTO, "health-insurance-card", TWO), "check.evidence", "not how"),
        (check(ASKED, "health-insurance-card"), "check.questions", "2 at least"),
        (check(ASKED, "health-insurance-card", TWO[:1]), "check.questions", "2 at least"),
        (
            check(ASKED, "health-insurance-card", (TWO[0], Asked("moving-day", right=False))),
            "check.questions",
            "2 at least",
        ),
        (check(ASKED, "health-insurance-card", TWO[:1] * 2), "check.questions", "each once"),
        (
            check(ASKED, "health-insurance-card", (*TWO, Asked("moon", right=True))),
            "check.questions",
            "household",
        ),
        (check(ASKED, "paper", TWO), "check.further_documents", "1 at least"),
        (check(ASKED, "paper", TWO, "paper"), "check.further_documents", "another"),
        (check(ASKED, "paper", TWO, "moon"), "check.further_documents", "pension-handbook"),
    ],
)
def test_what_is_not_enough_is_refused_by_its_rule(
    short: IdentityCheck, field: str, rule: str
) -> None:
    with pytest.raises(OpenJpkiError, match=rule) as refusal:
        require_enough(replace(RULES, documents=(*RULES.documents, WITHOUT)), short)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)


RULES = WindowRules()
