"""What ca can tell is what an index takes: nothing that it tells is refused by a replica."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.status_event import NewEvent
from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.status.rows import Rows, apply_rows
from openjpki.signer_core import StatusIndex

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GOOD, REVOKED = CertificateStatus.GOOD, CertificateStatus.REVOKED
SERIALS = [
    b"",
    b"\x00",
    b"\x01",
    b"\x00\x01",
    b"\x80",
    b"\x7f" + b"\xff" * 19,
    b"\x80" + bytes(19),
    bytes(20),
    b"\x40" * 21,
]
SECONDS = [-1, 0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32]
CASES: list[dict[str, Any]] = [
    *({"serial": one} for one in SERIALS),
    *({"generation": one} for one in (-1, 0, 1, 65535, 65536)),
    *({"not_after": one} for one in SECONDS),
    *({"status": REVOKED, "at": one} for one in SECONDS),
    *({"status": REVOKED, "reason_code": one} for one in (-1, *range(13), 127, 128, 255, 256)),
    {"status": CertificateStatus.UNKNOWN},
]


def is_told(values: dict[str, Any]) -> bool:
    moments = {name: EPOCH + timedelta(seconds=values[name]) for name in ("not_after", "at")}
    with suppress(ValueError):
        NewEvent(**{**values, **moments})
        return True
    return False


def is_taken(values: dict[str, Any]) -> bool:
    with suppress(OpenJpkiError, ValueError):
        rows = Rows(
            serials=[values["serial"]],
            generations=[values["generation"]],
            not_after=[values["not_after"]],
            statuses=bytes([values["status"]]),
            reasons=bytes([values["reason_code"]]),
            revoked_at=[values["at"]],
        )
        apply_rows(StatusIndex(), rows)
        return True
    return False


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_told_is_what_is_taken(case: dict[str, Any]) -> None:
    usual = {
        "serial": b"\x40" * 20,
        "generation": 1,
        "not_after": 4_000_000_000,
        "status": GOOD,
        "reason_code": 0,
        "at": 1_000_000,
    }
    assert is_told(usual | case) == is_taken(usual | case)


def test_a_reason_is_of_the_revoked_alone() -> None:
    end = EPOCH + timedelta(days=20_000)
    with pytest.raises(ValueError, match="where issued"):
        NewEvent(serial=b"\x01", generation=1, not_after=end, status=GOOD, reason_code=1, at=EPOCH)
