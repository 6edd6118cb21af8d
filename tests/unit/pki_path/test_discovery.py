"""Finding candidate paths."""

from __future__ import annotations

import itertools
import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from openjpki.pki_path.certificate import read_certificate
from openjpki.pki_path.discovery import Limits, Search
from openjpki.pki_path.pool import CertificatePool
from tests.support.small_pki import NOW, SmallPki

if TYPE_CHECKING:
    from collections.abc import Iterable

Mesh: TypeAlias = tuple[list[str], list[bytes]]


@pytest.fixture(scope="module")
def pki() -> SmallPki:
    return SmallPki()


def search(
    anchor: bytes, target: bytes, pool: Iterable[bytes], limits: Limits | None = None
) -> tuple[Search, list[tuple[bytes, ...]]]:
    found = Search(
        CertificatePool(pool),
        read_certificate(anchor),
        read_certificate(target),
        NOW,
        limits or Limits(),
    )
    return found, [tuple(one.der for one in path) for path in found]


def test_straight_path(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    middle = pki.certificate("A", "R")
    leaf = pki.certificate("leaf", "A", ca=False)
    _, paths = search(root, leaf, [middle])
    assert paths == [(middle, leaf)]


def test_issued_by_the_anchor_itself(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    leaf = pki.certificate("leaf", "R", ca=False)
    assert search(root, leaf, [])[1] == [(leaf,)]


def test_shortest_first_and_every_way_once(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    direct = pki.certificate("A", "R")
    bridge = pki.certificate("B", "R")
    around = pki.certificate("A", "B")
    leaf = pki.certificate("leaf", "A", ca=False)
    _, paths = search(root, leaf, [around, bridge, direct, direct])
    assert paths == [(direct, leaf), (bridge, around, leaf)]


def test_generations_of_one_name_are_told_apart(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    old = pki.certificate("A", "R", key="A old")
    new = pki.certificate("A", "R", key="A new")
    leaf = pki.certificate("leaf", "A", ca=False, signer="A new")
    assert search(root, leaf, [old, new])[1] == [(new, leaf)]


def test_generations_without_key_identifiers_are_told_apart_by_signature(pki: SmallPki) -> None:
    root = pki.certificate("R", "R", identifiers=False)
    old = pki.certificate("A", "R", key="A old", identifiers=False)
    new = pki.certificate("A", "R", key="A new", identifiers=False)
    leaf = pki.certificate("leaf", "A", ca=False, signer="A new", identifiers=False)
    assert search(root, leaf, [old, new])[1] == [(new, leaf)]


def test_link_certificate_reaches_the_next_generation(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    link = pki.certificate("R", "R", key="R next", signer="R")
    leaf = pki.certificate("leaf", "R", ca=False, signer="R next")
    assert search(root, leaf, [link])[1] == [(link, leaf)]


def test_no_way_passes_an_authority_twice(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    ways = [pki.certificate(a, b) for a, b in itertools.permutations("RABC", 2)]
    leaf = pki.certificate("leaf", "C", ca=False)
    _, paths = search(root, leaf, [*ways, root])
    lengths = [len(path) for path in paths]
    # R-C; R-A-C, R-B-C; R-A-B-C, R-B-A-C: and none through R again.
    assert lengths == [2, 3, 3, 4, 4]


def test_wrong_signature_is_no_way(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    forged = pki.certificate("A", "R", signer="forger", identifiers=False)
    leaf = pki.certificate("leaf", "A", ca=False)
    assert search(root, leaf, [forged])[1] == []


def test_valid_certificates_are_preferred(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    expired = pki.certificate("A", "R", not_after=NOW - timedelta(days=1))
    fresh = pki.certificate("A", "R")
    leaf = pki.certificate("leaf", "A", ca=False)
    for pool in ([expired, fresh], [fresh, expired]):
        assert search(root, leaf, pool)[1] == [(fresh, leaf), (expired, leaf)]


def test_order_does_not_depend_on_the_order_of_the_pool(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    ways = [pki.certificate(a, b) for a, b in itertools.permutations("RABCD", 2)]
    leaf = pki.certificate("leaf", "D", ca=False)
    expected = search(root, leaf, ways)[1]
    shuffler = random.Random(1)  # noqa: S311 - any order will do, but the same one each time
    for _ in range(3):
        shuffler.shuffle(ways)
        assert search(root, leaf, ways)[1] == expected


def test_length_is_bounded(pki: SmallPki) -> None:
    root = pki.certificate("R", "R")
    chain = [pki.certificate("0", "R")]
    chain += [pki.certificate(str(n), str(n - 1)) for n in range(1, 12)]
    for length, reached in ((13, True), (12, False)):
        leaf = pki.certificate("leaf", "11", ca=False)
        _, paths = search(root, leaf, chain, Limits(max_length=length))
        assert bool(paths) is reached


@pytest.fixture(scope="module")
def mesh(pki: SmallPki) -> Mesh:
    """Thirty authorities, each cross-certified with every other."""
    names = [f"mesh {number}" for number in range(30)]
    return names, [pki.certificate(a, b) for a, b in itertools.permutations(names, 2)]


def test_mesh_is_searched_within_its_bounds(pki: SmallPki, mesh: Mesh) -> None:
    names, ways = mesh
    root = pki.certificate(names[0], names[0])
    leaf = pki.certificate("leaf", names[-1], ca=False)
    started = time.process_time()
    found, paths = search(root, leaf, ways, Limits(max_paths=50, max_steps=2_000))
    assert len(paths) == 50
    assert len(paths[0]) == 2
    assert found.exhausted
    assert found.steps <= 2_001
    assert time.process_time() - started < 20


def test_unreachable_target_in_a_mesh_costs_no_steps(pki: SmallPki, mesh: Mesh) -> None:
    names, ways = mesh
    stranger = pki.certificate("stranger", "stranger")
    leaf = pki.certificate("leaf", names[-1], ca=False)
    found, paths = search(stranger, leaf, ways)
    assert paths == []
    assert found.steps == 0
    assert not found.exhausted


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
    found = Search(
        CertificatePool(ways), read_certificate(root), read_certificate(leaf), NOW, Limits()
    )
    assert len(next(iter(found))) == 4
    assert found.steps == 4
    found, paths = search(root, leaf, ways)
    assert len(paths) == 1
    assert not found.exhausted


def test_unreadable_entries_are_counted_and_left_out(pki: SmallPki) -> None:
    good = pki.certificate("A", "R")
    pool = CertificatePool([good, b"", good[:-1], good + b"\x00", b"\x30\x80" + bytes(50)])
    assert pool.unreadable == 4
    assert len(pool.named(read_certificate(good).subject)) == 1
