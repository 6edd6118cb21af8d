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


def test_the_architecture_names_folders_at_all() -> None:
    assert len(named(ROOT / "docs" / "architecture.md")) > 10
    assert len(named(ROOT / "CONTRIBUTING.md")) > 50
