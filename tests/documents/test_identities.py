"""docs/identities.md is the grammar of SPIFFE ids that the code reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import parse_spiffe_id
from openjpki.rpc.identity.roles import PeerRole

TEXT = (Path(__file__).parents[2] / "docs" / "identities.md").read_text("utf-8")
IN_USE, TO_COME = TEXT.split("## Roles to come")
DOMAIN = "openjpki.example"


def _rows(text: str) -> list[list[str]]:
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows[1:] if not row[0].startswith("---")]


def test_every_role_has_a_row_and_its_examples_are_read_as_that_role() -> None:
    rows = {row[0].strip("`"): row for row in _rows(IN_USE)}
    assert set(rows) == {role.value for role in PeerRole}
    for name, row in rows.items():
        examples = re.findall(r"`([^`]+)`", row[3])
        assert examples, name
        for path in examples:
            assert parse_spiffe_id(f"spiffe://{DOMAIN}/{path}", DOMAIN).role.value == name


def test_what_is_to_come_is_refused() -> None:
    forms = [form for row in _rows(TO_COME) for form in re.findall(r"`([^`]+)`", row[1])]
    assert len(forms) >= 4
    for form in forms:
        path = form.replace("MUNICIPALITY", "13101").replace("AUTHORITY", "signing-13")
        with pytest.raises(OpenJpkiError) as refused:
            parse_spiffe_id(f"spiffe://{DOMAIN}/{path}", DOMAIN)
        assert refused.value.reason is Reason.UNAUTHENTICATED
