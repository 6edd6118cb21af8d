"""Lines that registration prints and ca reads: the same values, or a refusal quoting nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.handed_over import IssuedSince, Issuer, RevokedSince, parse_line
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy.revocation import RevocationCause
from openjpki.errors import OpenJpkiError, Reason

ISSUED = IssuedSince(
    authority_id=AuthorityId.parse("signing-16"),
    municipality=Municipality("16201"),
    application_id="0d6b5bd4-9a3c-4a55-8c8e-1f2a7c5d9e10",
    person_reference=bytes(range(32)),
    certificate=b"0\x03octets",
)
REVOKED = RevokedSince(
    authority_id=AuthorityId.parse("signing-16"),
    serial=b"\x5a" * 20,
    cause=RevocationCause.KEY_COMPROMISE,
    revoked_at=datetime(2026, 4, 1, 12, 0, 5, tzinfo=UTC),
)


@pytest.mark.parametrize("value", [ISSUED, REVOKED, Issuer(b"0\x00")])
def test_a_line_is_read_as_it_was_written(value: IssuedSince | RevokedSince | Issuer) -> None:
    assert "\n" not in value.line
    assert parse_line(value.line, 1) == value


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "null",
        "no json",
        json.dumps({**json.loads(ISSUED.line), "more": "x"}),
        json.dumps({**json.loads(ISSUED.line), "kind": "other"}),
        json.dumps({**json.loads(ISSUED.line), "person_reference": "00"}),
        json.dumps({**json.loads(ISSUED.line), "authority_id": "signing-99"}),
        json.dumps({**json.loads(ISSUED.line), "municipality_code": 16201}),
        json.dumps({**json.loads(ISSUED.line), "certificate": "no base64!"}),
        json.dumps({**json.loads(REVOKED.line), "serial": ""}),
        json.dumps({**json.loads(REVOKED.line), "cause": "anger"}),
        json.dumps({**json.loads(REVOKED.line), "revoked_at": "yesterday"}),
        json.dumps({key: v for key, v in json.loads(REVOKED.line).items() if key != "cause"}),
    ],
)
def test_anything_else_is_refused_by_the_number_of_its_line(line: str) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        parse_line(line, 7)
    assert refused.value.reason is Reason.INVALID_FIELD
    assert "line 7 " in str(refused.value)
    assert "16201" not in str(refused.value)


def test_a_certificate_is_not_shown() -> None:
    assert "octets" not in repr(ISSUED)
