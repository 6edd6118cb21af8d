"""docs/evidence.md names the kinds of statements and the claims of each as the code makes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cbor2

from openjpki.domain.evidence import StatementKind
from openjpki.errors import Reason
from tests.support.statements import one_of_each_kind

ROOT = Path(__file__).resolve().parents[2]
PAPER = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
COMMON = {"by", "request_id", "at"}
OF_NO_REQUEST = {StatementKind.LISTS_PUBLISHED}
VALUES = {
    "photo_document", "document_and_questions", "approve", "reject", "to-partner", "from-partner",
    "ca", "bridge", "registration", "card", "file", "fact_wrong", "issued_by_mistake",
    "false_application",
}  # fmt: skip
"""What claims may hold, where the paper lists it beside their names."""


def _rows(beginning: str) -> dict[str, str]:
    """First cell without back quotes, and the rest, of rows whose first cell begins so."""
    rows = re.findall(rf"^\| `({re.escape(beginning)}[^`]*)` \| (.*) \|$", PAPER, re.MULTILINE)
    return dict(rows)


def test_every_kind_has_its_claims_and_no_other() -> None:
    rows = _rows("openjpki.")
    assert list(rows) == [kind.value for kind in StatementKind]
    for statement in one_of_each_kind():
        claims, _who = rows[statement.kind.value].rsplit(" | ", 1)
        named = set(re.findall(r"`([^`]+)`", claims)) - VALUES
        assert named == set(statement.claims()) - COMMON, statement.kind
        common = COMMON - {"request_id"} if statement.kind in OF_NO_REQUEST else COMMON
        assert set(statement.claims()) >= common


def test_the_common_claims_are_explained() -> None:
    assert all(f"| `{name}` |" in PAPER for name in COMMON)


def test_reasons_are_of_the_catalogue() -> None:
    reasons = set(re.findall(r"`([A-Z][A-Z_]{7,})`", PAPER))
    assert reasons
    assert reasons <= set(Reason.__members__)


def test_the_vectors_are_where_the_paper_says() -> None:
    (path,) = re.findall(r"`(tests/[^`]+\.json)`", PAPER)
    vectors = json.loads((ROOT / path).read_text(encoding="utf-8"))["statements"]
    kinds = [cbor2.loads(bytes.fromhex(one["octets"]))[0] for one in vectors.values()]
    assert kinds == list(vectors)
