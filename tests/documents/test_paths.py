"""Every folder, file and link that the papers name is there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "signer_core/*/README.md")
    for path in ROOT.glob(pattern)
)
BASES = [ROOT, ROOT / "python" / "openjpki", ROOT / "signer_core"]
"""What a path may begin at, beside the folder of the document that names it."""
FIRST = {
    path.name for base in BASES for path in base.iterdir() if path.is_dir() and path.name[0] != "."
} - {"build", "target"}

_CODE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def missing(document: Path) -> list[str]:
    """What a document names and is not there."""
    absent = [
        name
        for name in named(document)
        if not any((base / name).exists() for base in (*BASES, document.parent))
    ]
    links = _LINK.findall(_FENCE.sub("", document.read_text("utf-8")))
    return absent + [
        link
        for link in links
        if "://" not in link
        and not link.startswith("mailto:")
        and not (document.parent / unquote(link)).exists()
    ]


def named(document: Path) -> list[str]:
    """What stands between back quotes and begins with a folder that there is."""
    text = _FENCE.sub("", document.read_text("utf-8"))
    # The example of CONTRIBUTING makes these.
    text = re.sub(r"^A new file, .*$", "", text, flags=re.MULTILINE)
    return [name for name in _CODE.findall(text) if "/" in name and name.split("/")[0] in FIRST]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    assert missing(document) == []


_DECISION = re.compile(r"\badr/(\d{4}[\w-]*(?:\.md)?)")
SOURCES = {".md", ".py", ".pyi", ".rs", ".proto", ".toml", ".yaml"}
GENERATED = {"target", "build", "third_party", "node_modules"}


def short_names(text: str) -> list[str]:
    """What names a record of a decision by less, or by other, than its whole file name."""
    decisions = {path.name for path in (ROOT / "docs" / "adr").iterdir()}
    return [name for name in _DECISION.findall(text) if name not in decisions]


def test_whoever_names_a_decision_names_its_file() -> None:
    """In papers and in comments: a number alone is found by nobody who does not know the folder."""
    places = [*DOCUMENTS, ROOT / "Makefile"]
    for folder in ("python", "devkit", "signer_core", "protos", "scripts", "deploy", "clients"):
        places += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in SOURCES and not GENERATED & set(path.parts)
        ]
    cut = {
        str(path.relative_to(ROOT)): names
        for path in places
        if (names := short_names(path.read_text("utf-8")))
    }
    assert cut == {}


@pytest.mark.parametrize("name", ["adr/0002", "docs/adr/0011", "docs/adr/0011-one.md"])
def test_a_decision_named_by_its_number_is_found(name: str) -> None:
    assert short_names(f"see {name}.")
    assert short_names("see docs/adr/0002-two-pkcs11-libraries.md.") == []


def test_the_architecture_names_folders_at_all() -> None:
    assert len(named(ROOT / "docs" / "architecture.md")) > 10
    assert len(named(ROOT / "CONTRIBUTING.md")) > 50
