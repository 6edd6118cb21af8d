"""docs/glossary.md names things by what they are called in the code, and uses the Act's words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from openjpki.cli.japanese.help import HELP
from openjpki.cli.japanese.rules.in_japanese import RULES
from openjpki.cli.japanese.tables import NAMES, TITLES
from openjpki.cli.japanese.values import VALUES

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"

FORMER_WORDS = {
    "利用者証明書": "署名用電子証明書",
    "署名用証明書": "署名用電子証明書",
    "失効請求": "失効申請",
    "鍵ペア生成": "鍵ペアの生成",
    "外部認証基盤": "外部の認証基盤（GPKI等）",
    "耐タンパ装置": "耐タンパー装置／暗号装置（HSM）",
    "通知・電子証明書発行": "通知・署名用電子証明書の発行",
    "相互認証(知事)": "都道府県認証局との相互認証",
}
"""Words that today's Act and municipalities no longer use, and what they say instead."""


def named_in_code() -> list[str]:
    """What stands between back quotes in the third column of the tables."""
    rows = re.findall(
        r"^\|[^|]*\|[^|]*\|([^|]*)\|[^|]*\|$", GLOSSARY.read_text("utf-8"), re.MULTILINE
    )
    return sorted({name for cell in rows for name in re.findall(r"`([^`]+)`", cell)})


@cache
def source() -> str:
    """The product's own code and contracts, as one text."""
    places = [("python/openjpki", ".py"), ("protos", ".proto"), ("devkit", ".py")]
    return "\n".join(
        path.read_text("utf-8")
        for folder, ending in places
        for path in sorted((ROOT / folder).rglob(f"*{ending}"))
        if "api" not in path.relative_to(ROOT).parts[1:3] or ending == ".proto"
    )


def defined(name: str) -> bool:
    """Whether the code declares it: a class, function, constant, enum member, service or method."""
    owner, _, member = name.rpartition(".")
    declared = rf"(?:class|def|enum|message|service|rpc) +{member}\b|^ *{member}\b *(?::[^\n]*)?="
    if not owner:
        return re.search(declared, source(), re.MULTILINE) is not None
    body = re.search(rf"^class {owner}\b.*?(?=^\S|\Z)", source(), re.MULTILINE | re.DOTALL)
    return (
        body is not None and re.search(rf"^ +{member}\b *[=:]", body[0], re.MULTILINE) is not None
    )


@pytest.mark.parametrize("name", named_in_code())
def test_every_name_of_the_glossary_is_in_the_code(name: str) -> None:
    assert defined(name)


def test_the_search_would_miss_what_is_not_there() -> None:
    assert not defined("NoSuchThing")
    assert not defined("RevocationCause.NO_SUCH_CAUSE")
    assert len(named_in_code()) > 50


@pytest.mark.parametrize("word", FORMER_WORDS)
def test_the_products_texts_use_the_words_of_the_act(word: str) -> None:
    places = [ROOT / "README.md", *(ROOT / "protos").rglob("*.proto")]
    for folder in ("python/openjpki", "devkit", "docs/pictures", "signer_core"):
        places += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".py", ".pyi", ".svg", ".rs"} and "target" not in path.parts
        ]
    found = [str(p.relative_to(ROOT)) for p in places if word in p.read_text("utf-8")]
    assert not found, f"say {FORMER_WORDS[word]}"


def test_holders_and_causes_of_revocation_have_one_word_in_the_japanese_that_people_see() -> None:
    """Of contracts and the command line: 利用者 alone may be anybody's user."""
    shown = re.findall(r'ja: "([^"]*)"', source())
    for texts in (HELP, RULES, TITLES.texts, NAMES, VALUES):
        shown += texts.values()
    assert len(shown) > 1000
    other = re.compile("(?<!署名)利用者(?!証明用|のポリシー)|失効の?理由")
    assert [text for text in shown if other.search(text)] == []
