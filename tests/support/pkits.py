"""NIST's PKITS as data: the cases (tests/conformance/data/pkits) and the suite's own octets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NotRequired, TypedDict

import cryptography_vectors

SUITE: Final = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
EXPECTED: Final = Path(__file__).parents[1] / "conformance" / "data" / "pkits"
AT: Final = datetime(2022, 5, 1, tzinfo=UTC)
ANCHOR: Final = SUITE / "certs" / "TrustAnchorRootCertificate.crt"
ANCHOR_CRL: Final = "TrustAnchorRootCRL.crl"

DSA: Final = frozenset({"40104", "40105"})
"""Valid by NIST, and refused: DSA is no algorithm of ours (FIPS 186-5 approves it no more)."""


class Params(TypedDict, total=False):
    user_initial_policy_set: list[str]
    initial_explicit_policy: bool
    initial_policy_mapping_inhibit: bool
    initial_any_policy_inhibit: bool


Error = TypedDict("Error", {"class": str, "msg_regex": str})


class Case(TypedDict):
    """One case of the fixture."""

    id: str
    name: str
    cert: str
    other_certs: NotRequired[list[str]]
    crls: NotRequired[list[str]]
    path_len: NotRequired[int]
    params: NotRequired[Params]
    error: NotRequired[Error]


class Sets(TypedDict):
    """RFC 5280 6.1.5 (g), dotted."""

    authority: list[str]
    user: list[str]


@cache
def cases() -> tuple[Case, ...]:
    """The 246 of them; the fixture repeats some."""
    return tuple({json.dumps(case, sort_keys=True): case for case in _read("pkits.json")}.values())


@cache
def notices() -> tuple[Case, ...]:
    """Valid certificates with policy qualifiers."""
    return tuple(_read("pkits-user-notice.json"))


@cache
def policy_sets() -> dict[str, Sets]:
    """By name."""
    found: dict[str, Sets] = json.loads((EXPECTED / "policy-sets.json").read_text())
    return found


def name_of(case: Case) -> str:
    return f"{case['id']}-{case['name']}"


def certificate_files(case: Case) -> list[Path]:
    """The certificates that its own path needs."""
    return [SUITE / "certs" / name for name in case.get("other_certs", ())]


def crl_files(case: Case) -> list[Path]:
    """The lists that its own path needs."""
    return [SUITE / "crls" / name for name in sorted({ANCHOR_CRL, *case.get("crls", ())})]


def _read(name: str) -> list[Case]:
    found: list[Case] = json.loads((EXPECTED / name).read_text())
    return found
