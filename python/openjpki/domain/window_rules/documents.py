"""Which documents show who somebody is (本人確認書類, R2.2.2), and what is asked beside some."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document that windows take."""

    id: str
    """Lower case with hyphens, as a check states it."""
    ja: str
    en: str
    photo: bool
    """An official document with a photograph: enough by itself (report 2-2(2), the first way)."""
    needed: int = 1
    """So many documents without a photograph, where this one is shown."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside a document without a photograph, and compared with its source record."""

    id: str
    ja: str
    en: str


def _photo(id: str, ja: str, en: str) -> DocumentKind:  # noqa: A002 - the word of the file
    return DocumentKind(id, ja, en, photo=True)


USUAL_DOCUMENTS = (
    _photo("drivers-licence", "運転免許証", "driver's licence"),
    _photo("driving-history-certificate", "運転経歴証明書", "certificate of driving history"),
    _photo("passport", "旅券", "passport"),
    _photo("individual-number-card", "個人番号カード", "individual number card"),
    _photo("residence-card", "在留カード", "residence card"),
    _photo(
        "special-permanent-resident-certificate",
        "特別永住者証明書",
        "certificate of a special permanent resident",
    ),
    _photo("disability-certificate", "身体障害者手帳", "certificate of a disability"),
    _photo(
        "qualification-certificate",
        "官公署が発行した資格証明書（写真付き）",
        "official certificate of a qualification, with a photograph",
    ),
    DocumentKind(
        "health-insurance-card", "健康保険の被保険者証", "health insurance card", photo=False
    ),
    DocumentKind("pension-handbook", "年金手帳", "pension handbook", photo=False),
)
"""Those that the report names, and what has come since."""
USUAL_QUESTIONS = (
    Question("household", "同じ世帯の人の氏名", "names of others in the household"),
    Question("head-of-household", "世帯主の氏名と続柄", "head of the household, and the relation"),
    Question("former-address", "前に住んでいた住所", "the address before this one"),
    Question("moving-day", "今の住所に住み始めた日", "the day of moving to this address"),
    Question("document-issued", "書類の交付を受けた日", "the day the document was issued"),
)
