"""Whoever takes the first issuer whose name fits, walks from any official to the anchor."""

from __future__ import annotations

import itertools
import random

from cryptography import x509

from openjpki.services.bridge.pool.elements import readable
from openjpki.services.bridge.pool.issuing_order import away_from_anchors
from openjpki.x509.foreign.reading import read_certificate
from tests.support.small_pki import SmallPki


def test_steps_away_from_the_anchor_come_first() -> None:
    pki = SmallPki()
    chain = ["governor", "service", "government", "ministry"]
    away = [pki.certificate(below, above) for above, below in itertools.pairwise(chain)]
    back = [pki.certificate(above, below) for above, below in itertools.pairwise(chain)]
    roots = [pki.certificate(name, name) for name in chain]
    island = pki.certificate("island", "nowhere")
    orders = random.Random(3)  # noqa: S311 - an order, not a secret
    for _ in range(20):
        given = [*away, *back, *roots, island]
        orders.shuffle(given)
        ordered = [
            one.octets for one in away_from_anchors([read_certificate(roots[0])], readable(given))
        ]
        assert ordered[:3] == away
        assert sorted(ordered) == sorted(given)
        assert walk(ordered, "ministry") == ["ministry", "government", "service", "governor"]


def walk(pool: list[bytes], start: str) -> list[str]:
    """As a builder does that never turns back."""
    parsed = [x509.load_der_x509_certificate(der) for der in pool]
    names = [start]
    while names[-1] != "governor":
        first = next(one for one in parsed if _name(one.subject) == names[-1])
        names.append(_name(first.issuer))
    return names


def _name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def test_nothing_known_of_anchors() -> None:
    pki = SmallPki()
    certificates = readable([pki.certificate("b", "a"), pki.certificate("a", "b")])
    assert away_from_anchors([], certificates) == certificates
    assert away_from_anchors([], []) == []
