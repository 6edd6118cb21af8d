"""docs/profile.md as data: its numbered sections, their tables, and the examples beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "profile.md"
EXAMPLES = ROOT / "docs" / "profile" / "examples"

_HEADING = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(profile/examples/([^)]+)\)")


@dataclass(frozen=True)
class Table:
    """The rows of one table by column; back quotes around a whole cell are taken away."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Section:
    """One numbered section."""

    number: int
    title: str
    text: str

    @property
    def examples(self) -> list[str]:
        """File names it links, in the order they are first named."""
        return list(dict.fromkeys(_LINK.findall(self.text)))

    def tables(self, first_column: str) -> list[Table]:
        """The tables whose first column is called so, in order."""
        return [table for table in _tables(self.text) if table.columns[0] == first_column]

    def table(self, first_column: str) -> Table:
        """The only one."""
        (found,) = self.tables(first_column)
        return found


@cache
def sections() -> dict[int, Section]:
    """Every numbered section."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = list(_HEADING.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    return {
        int(match[1]): Section(int(match[1]), match[2], text[match.end() : end])
        for match, end in zip(found, ends, strict=True)
    }


def example(name: str) -> bytes:
    """DER of an example."""
    octets = (EXAMPLES / name).read_bytes()
    if name.endswith(".pem"):
        certificate = x509.load_pem_x509_certificate(octets)
        return certificate.public_bytes(serialization.Encoding.DER)
    return octets


def _tables(text: str) -> list[Table]:
    tables = []
    for block in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        head, _, *rows = (_cells(line) for line in block.splitlines())
        columns = tuple(head)
        tables.append(Table(columns, tuple(dict(zip(columns, row, strict=True)) for row in rows)))
    return tables


def _cells(line: str) -> list[str]:
    return [_bare(cell.strip(" ")) for cell in line.strip().strip("|").split("|")]


def _bare(cell: str) -> str:
    return cell[1:-1] if re.fullmatch(r"`[^`]*`", cell) else cell
