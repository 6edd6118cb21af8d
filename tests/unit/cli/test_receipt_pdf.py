"""The receipt (領収証書) says what was paid, by whom, and where nothing was (R5.1.2)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from openjpki.cli.fonts import FONT
from openjpki.cli.receipt_pdf import PrintedReceipt, receipt_pdf
from openjpki.domain.municipality import Municipality

PAID = PrintedReceipt(
    year=2027,
    number=12,
    yen=500,
    free=False,
    applicant="架空\u3000恵子",
    application_id="11111111-1111-4111-8111-111111111111",
    municipality=Municipality("13101"),
    taken_at=datetime(2027, 4, 1, 0, 3, tzinfo=UTC),
    made_at=datetime(2027, 4, 1, 0, 4, tzinfo=UTC),
)


def text_of(printed: PrintedReceipt) -> str:
    (page,) = PdfReader(io.BytesIO(receipt_pdf(printed, FONT, FONT))).pages
    return page.extract_text()


@pytest.mark.requirement("R5.1.2")
def test_it_says_what_was_paid_or_that_it_is_free() -> None:
    text = text_of(PAID)
    for said in ("架空\u3000恵子\u3000様", "500円", "領収しました", "令和9年度", "第12号"):
        assert said in text, said
    free = text_of(replace(PAID, free=True, yen=0))
    assert "秘密鍵の危殆化に伴う署名用電子証明書の再発行のため" in free
    assert "領収しました" not in free


def test_without_the_name_nobody_is_named() -> None:
    """Once personal data is destroyed the receipt can be printed still."""
    text = text_of(replace(PAID, applicant=""))
    assert "様" not in text
    assert "第12号" in text
