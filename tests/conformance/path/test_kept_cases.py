"""Inputs that were judged wrong before there was an engine of ours (data/path/README.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from openjpki_devkit.forge.certificates import (
    AT,
    ECDSA_SHA256,
    Certificate,
    RevocationList,
    name_of,
    sign,
)
from tests.support import command_line, der_tree
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.path_asking import PathBatch

KEPT: Final = Path(__file__).parents[1] / "data" / "path"
LATER: Final = datetime(2026, 11, 28, 16, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """Files by their place in data/path, and the right answer."""

    target: str
    anchor: str
    pool: Sequence[str]
    accepted: bool
    reasons: frozenset[str] = frozenset()
    """Right reasons; empty where any is."""
    at: datetime = AT
    revocation: bool = False


SIGNATURE: Final = frozenset({"signature_invalid", "unreadable", "malformed"})
CASES: Final = {
    "bits left over in a bit string": Kept(
        "malleable/bit_string_unused_bits_original.pem", "malleable/root.pem", [], accepted=True
    ),
    "bits left over, changed": Kept(
        "malleable/bit_string_unused_bits_changed.pem", "malleable/root.pem", [], False, SIGNATURE
    ),
    "octets after the value": Kept(
        "malleable/octets_after_the_value_original.pem", "malleable/root.pem", [], accepted=True
    ),
    "octets after the value, changed": Kept(
        "malleable/octets_after_the_value_changed.pem", "malleable/root.pem", [], False, SIGNATURE
    ),
    "cross certificate": Kept(
        "malleable/own_cross_original.pem", "malleable/own_governor.pem", [], True, at=LATER
    ),
    "cross certificate, changed": Kept(
        "malleable/own_cross_changed.pem", "malleable/own_governor.pem", [], False, SIGNATURE,
        at=LATER,
    ),
    "length ends in 80, teletex name": Kept(
        "length80/len80_T61_name.pem", "length80/len80_root.pem", ["length80/len80.crl"], True,
        revocation=True,
    ),
    "length ends in 80, upper case in a URI": Kept(
        "length80/len80_uri_upper.pem", "length80/len80_root.pem", ["length80/len80.crl"], True,
        revocation=True,
    ),
    "excluded DNS name": Kept(
        "names/19.ee.pem", "names/root.pem", ["names/19.ca.pem", "names/crls.pem"], False,
        frozenset({"name_excluded", "name_constraint_unsupported", "malformed"}), revocation=True,
    ),
    "permitted addresses": Kept(
        "names/45.ee.pem", "names/root.pem", ["names/45.ca.pem", "names/crls.pem"], True,
        revocation=True,
    ),
    "excluded addresses, another": Kept(
        "names/48.ee.pem", "names/root.pem", ["names/48.ca.pem", "names/crls.pem"], True,
        revocation=True,
    ),
    "relative names of several values": Kept(
        "names/rdn_ee.pem", "names/rdn_root.pem", ["names/rdn_ca.pem"], False,
        frozenset({"name_not_permitted"}),
    ),
    "unknown critical extension in another's entry": Kept(
        "crl/15.ee.pem", "crl/root.pem", ["crl/ca.pem", "crl/15.crls.pem"], False,
        frozenset({"revocation_unknown"}), revocation=True,
    ),
    "the same without asking for revocation": Kept(
        "crl/15.ee.pem", "crl/root.pem", ["crl/ca.pem", "crl/15.crls.pem"], accepted=True
    ),
    "text before the certificate": Kept(
        "pem/authority-with-bag-attributes.pem", "pem/authority-with-bag-attributes.pem", [],
        accepted=True, at=LATER,
    ),
}  # fmt: skip

BELOW_OWN_ROOT: Final = {
    "kid1": (True, frozenset[str]()),
    "nc1": (False, frozenset({"name_excluded"})),
    "nc3": (False, frozenset({"name_not_permitted"})),
    "dn1": (True, frozenset[str]()),
    "dn2": (True, frozenset[str]()),
}
"""Issuer and target alone are kept; a root of ours certifies the issuer again, as it stands."""


def test_every_file_is_used() -> None:
    used = {name for kept in CASES.values() for name in (kept.target, kept.anchor, *kept.pool)}
    used |= {f"{name}.{part}.der" for name in BELOW_OWN_ROOT for part in ("issuer", "target")}
    found = {str(file.relative_to(KEPT)) for file in KEPT.rglob("*.*")} - {"README.md"}
    assert {name for name in found if not name.startswith("bridge/")} == used


def test_judged_right(batch: PathBatch) -> None:
    answers = batch.ask(
        Asked(
            id=title,
            target=KEPT / kept.target,
            anchors=[KEPT / kept.anchor],
            pool=[KEPT / name for name in kept.pool],
            time=kept.at,
            revocation=kept.revocation,
        )
        for title, kept in CASES.items()
    )
    wrong = [
        answers[title]
        for title, kept in CASES.items()
        if answers[title].accepted is not kept.accepted
        or (kept.reasons and answers[title].reason not in kept.reasons)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", BELOW_OWN_ROOT)
def test_judged_right_below_a_root_of_ours(batch: PathBatch, name: str) -> None:
    accepted, reasons = BELOW_OWN_ROOT[name]
    asked = Asked(
        id=name,
        target=KEPT / f"{name}.target.der",
        anchors=[Certificate(subject="R", issuer="R", ca=True, not_after=_DECADE).make()],
        pool=[certified_again((KEPT / f"{name}.issuer.der").read_bytes())],
        time=LATER,
    )
    said = batch.ask([asked])[name]
    assert said.accepted is accepted, said
    assert said.reason is None or said.reason in reasons


def test_what_a_partner_sent_disturbs_nobody(batch: PathBatch) -> None:
    sent = sorted((KEPT / "bridge").iterdir())
    assert len(sent) == 9
    pool = [Certificate(subject="A", issuer="R", ca=True).make()]
    lists = [RevocationList(issuer="R").make(), RevocationList(issuer="A").make()]
    asked = Asked(
        id="beside poison",
        target=Certificate(subject="E", issuer="A").make(),
        anchors=[Certificate(subject="R", issuer="R", ca=True).make()],
        pool=[*sent, *pool, KEPT / "bridge", *lists],
        revocation=True,
    )
    assert batch.ask([asked])["beside poison"].accepted


def test_validate_says_the_same() -> None:
    """The other command, for a few: the same engine, told in options."""
    for title in ("octets after the value", "octets after the value, changed"):
        kept = CASES[title]
        done = command_line.run([
            "path", "validate", str(KEPT / kept.target), "--anchor", str(KEPT / kept.anchor),
            "--time", "2025-06-01T00:00:00Z", "--no-revocation", "--output", "json",
        ])  # fmt: skip
        assert (done.returncode == 0) is kept.accepted, done.stderr
        said = json.loads(done.stdout)
        assert said["verdict"] == ("accept" if kept.accepted else "reject")


_DECADE: Final = datetime(2036, 1, 1, tzinfo=UTC)


def certified_again(issuer: bytes) -> bytes:
    """The same name, key and constraints, issued and signed by the root of the tests."""
    tbs = der_tree.read(issuer).children[0]
    for place, octets in ((2, ECDSA_SHA256), (3, name_of("R"))):
        tbs.children[place].raw = octets
    assert tbs.children[0].tag == 0xA0
    return sign(tbs.write(), "R")
