"""Finding paths: which of several is taken, and what is never a way."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from openjpki.catalogue.path_reason import PathReason
from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.signer_core import PathQuestion, PathValidator
from openjpki.x509.foreign.reading import read_certificate
from tests.support.path_pool import pool_of
from tests.support.small_pki import NOW, SmallPki

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki import signer_core
    from openjpki.pki_path.verdict import PathVerdict

Mesh: TypeAlias = tuple[list[str], list[bytes]]


@pytest.fixture(scope="module")
def pki() -> SmallPki:
    return SmallPki()


def search(
    anchor: bytes, target: bytes, pool: Iterable[bytes], validator: PathValidator | None = None
) -> PathVerdict:
    return validate_certificate(
        anchors=[read_certificate(anchor)],
        target=target,
        pool=pool_of(pool),
        at=NOW,
        policy=PathPolicy(explicit_policy=False, revocation=False),
        validator=validator or PathValidator(),
    )


def cost(anchor: bytes, target: bytes, pool: Iterable[bytes]) -> signer_core.PathVerdict:
    """The answer with what it cost."""
    question = PathQuestion(
        target,
        anchors=[read_certificate(anchor)],
        pool=pool_of(pool),
        at=int(NOW.timestamp()),
        revocation=False,
    )
    return PathValidator().validate(question)


def reason(verdict: PathVerdict) -> PathReason | None:
    return verdict.refusal.reason if verdict.refusal else None


def test_straight_path(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    middle = pki.certificate("A", "R")
    leaf = pki.certificate("leaf", "A", ca=False)
    assert search(root, leaf, [middle]).path == (root, middle, leaf)


def test_issued_by_the_anchor_itself(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    leaf = pki.certificate("leaf", "R", ca=False)
    assert search(root, leaf, []).path == (root, leaf)


def test_shortest_first(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    direct = pki.certificate("A", "R")
    bridge = pki.certificate("B", "R")
    around = pki.certificate("A", "B")
    leaf = pki.certificate("leaf", "A", ca=False)
    assert search(root, leaf, [around, bridge, direct, direct]).path == (root, direct, leaf)
    assert search(root, leaf, [around, bridge]).path == (root, bridge, around, leaf)


@pytest.mark.parametrize("identifiers", [True, False])
def test_generations_of_one_name_are_told_apart(pki: SmallPki, identifiers: bool) -> None:
    root = pki.certificate("R", "R", identifiers=identifiers)
    old = pki.certificate("A", "R", key="A old", identifiers=identifiers)
    new = pki.certificate("A", "R", key="A new", identifiers=identifiers)
    leaf = pki.certificate("leaf", "A", ca=False, signer="A new", identifiers=identifiers)
    found = search(root, leaf, [old, new])
    assert found.valid
    assert found.path == (root, new, leaf)


def test_link_certificate_reaches_the_next_generation(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    link = pki.certificate("R", "R", key="R next", signer="R")
    leaf = pki.certificate("leaf", "R", ca=False, signer="R next")
    assert search(root, leaf, [link]).path == (root, link, leaf)


def test_no_way_passes_an_authority_twice(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    # All that leads to C comes from B, and to B from C alone.
    ways = [pki.certificate("C", "B"), pki.certificate("B", "C"), root]
    leaf = pki.certificate("leaf", "C", ca=False)
    assert reason(search(root, leaf, ways)) is PathReason.NO_PATH


def test_wrong_signature_is_no_way(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    forged = pki.certificate("A", "R", signer="forger", identifiers=False)
    leaf = pki.certificate("leaf", "A", ca=False)
    assert not search(root, leaf, [forged]).valid


def test_valid_certificates_are_preferred(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    expired = pki.certificate("A", "R", not_after=NOW - timedelta(days=1))
    fresh = pki.certificate("A", "R")
    leaf = pki.certificate("leaf", "A", ca=False)
    for pool in ([expired, fresh], [fresh, expired]):
        assert search(root, leaf, pool).path == (root, fresh, leaf)


def test_the_answer_does_not_depend_on_the_order_of_the_pool(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    ways = [pki.certificate(a, b) for a, b in itertools.permutations("RABCD", 2)]
    leaf = pki.certificate("leaf", "D", ca=False)
    expected = search(root, leaf, ways).path
    shuffler = random.Random(1)  # noqa: S311 - any order will do, but the same one each time
    for _ in range(3):
        shuffler.shuffle(ways)
        assert search(root, leaf, ways).path == expected


def test_length_is_bounded(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    chain = [pki.certificate("0", "R")]
    chain += [pki.certificate(str(n), str(n - 1)) for n in range(1, 12)]
    leaf = pki.certificate("leaf", "11", ca=False)
    for length, reached in ((13, True), (12, False)):
        verdict = search(root, leaf, chain, PathValidator(path_length=length))
        assert verdict.valid is reached


@pytest.fixture(scope="module")
def mesh(pki: SmallPki) -> Mesh:
    """Thirty authorities, each cross-certified with every other."""
    names = [f"mesh {number}" for number in range(30)]
    return names, [pki.certificate(a, b) for a, b in itertools.permutations(names, 2)]


def test_mesh_costs_as_little_as_a_line(pki: SmallPki, mesh: Mesh) -> None:
    names, ways = mesh
    root = pki.certificate(names[0], names[0])
    leaf = pki.certificate("leaf", names[-1], ca=False)
    answer = cost(root, leaf, ways)
    assert answer.accepted
    assert len(answer.path) == 3
    assert answer.steps < 100


def test_unreachable_target_in_a_mesh_costs_little(pki: SmallPki, mesh: Mesh) -> None:
    names, ways = mesh
    stranger = pki.certificate("stranger", "stranger")
    leaf = pki.certificate("leaf", names[-1], ca=False)
    answer = cost(stranger, leaf, ways)
    assert answer.reason == "no_path"
    assert answer.steps < 100


def test_hundreds_of_authorities_behind_two_bridges(pki: SmallPki) -> None:
    root = pki.certificate("governor", "governor")
    ways = [
        pki.certificate("service bridge", "governor"),
        pki.certificate("governor", "service bridge"),
        pki.certificate("government bridge", "service bridge"),
        pki.certificate("service bridge", "government bridge"),
    ]
    for number in range(400):
        side = "service bridge" if number < 47 else "government bridge"
        ways.append(pki.certificate(f"authority {number}", side))
        ways.append(pki.certificate(side, f"authority {number}"))
    leaf = pki.certificate("official", "authority 399", ca=False)
    answer = cost(root, leaf, ways)
    assert answer.accepted
    assert len(answer.path) == 5
    assert answer.steps < 20


def test_unreadable_entries_are_counted_and_left_out(pki: SmallPki) -> None:
    good = pki.certificate("A", "R")
    pool = pool_of([good, b"", good[:-1], good + b"\x00", b"\x30\x80" + bytes(50)])
    assert pool.left_out == 4
    root, leaf = pki.certificate("R", "R"), pki.certificate("leaf", "A", ca=False)
    question = PathQuestion(
        leaf,
        anchors=[read_certificate(root)],
        pool=pool,
        at=int(NOW.timestamp()),
        revocation=False,
    )
    assert PathValidator().validate(question).accepted
