"""The guide says what to do on a loss, what is paid, and which terms hold (R5.1.1, R5.1.2)."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.fonts import FONT
from openjpki.cli.guide_pdf import guide_pdf
from openjpki.cli.guide_text import GUIDES
from openjpki.cli.window_paper import rules_of
from openjpki.domain.municipality import Municipality
from openjpki.domain.window_rules import Fees, Terms, WindowRules
from openjpki.errors import Language
from openjpki.services.registration.window_rules_conversions import rules_message

MADE = datetime(2027, 4, 1, 0, 3, tzinfo=UTC)
RULES = WindowRules("2027-04", Terms("2", "https://pki.example.jp/terms"), Fees(500, 1000))


def text_of(rules: WindowRules, language: Language) -> str:
    octets = guide_pdf(rules, Municipality("13101"), language, FONT, MADE)
    (page,) = PdfReader(io.BytesIO(octets)).pages
    return page.extract_text()


def test_in_japanese() -> None:
    text = text_of(RULES, Language.JA)
    for said in (
        "直ちに窓口に届け出てください",
        "電子証明書の発行 500円",
        "再発行 1,000円",
        "無料",
        "第2版",
        "https://pki.example.jp/terms",
        "東京都千代田区",
        "令和9年4月1日（2027年4月1日）",
        "2027-04",
        "満了の日の3か月前から、窓口で更新",
        "更新の申請は、窓口だけで受け付けます。オンラインでは受け付けません",
    ):
        assert said in text, said


def test_in_english() -> None:
    text = text_of(RULES, Language.EN)
    for said in (
        "at once",
        "500 yen",
        "1,000 yen",
        "free of charge",
        "version 2",
        "Chiyoda-ku",
        "from 3 months before its last day",
        "Renewals are taken at windows only",
    ):
        assert said in text, said


@pytest.mark.parametrize("language", Language)
def test_what_is_not_settled_is_asked_at_the_window(language: Language) -> None:
    text = text_of(WindowRules(), language)
    fees = text.partition(GUIDES[language].fees.columns[1])[2]
    fees = fees.partition(GUIDES[language].fees.compromise)[0]
    assert fees.count(GUIDES[language].fees.unsettled) == 2
    assert GUIDES[language].terms.none in text


def test_both_languages_have_the_same_sections() -> None:
    ja, en = ([len(one.items) for one in GUIDES[language].sections] for language in Language)
    assert ja == en


@pytest.mark.parametrize("rules", [RULES, WindowRules()])
def test_what_the_service_tells_is_what_it_goes_by(rules: WindowRules) -> None:
    told = rules_message(rules)
    assert rules_of(pb.GetWindowRulesResponse.FromString(told.SerializeToString())) == rules
