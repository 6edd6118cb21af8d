"""Revocation lists by other keys than the certificate's issuer has, one rule of RFC 5280 a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import (
    AT,
    Certificate,
    RevocationList,
    entry,
    name_of,
)
from tests.conformance.path.rule import Rule, root
from tests.support.path_asking import Asked

_DAY: Final = timedelta(days=1)
_PLACE: Final = ext.uri("http://signers/")
_SIGNERS: Final = ext.distribution_points(ext.distribution_point(_PLACE))
_OF_SIGNERS: Final = ext.issuing_distribution_point([_PLACE])
"""Where it is told which signers of lists were revoked, and the list of that."""


def signer_rules() -> list[Rule]:
    """All of them."""
    number = 0x1234567890
    next_key = Certificate(subject=name_of("A"), key="A2", issuer="R", ca=True)
    at_z = ext.distribution_points(ext.distribution_point(issuer=name_of("Z")))
    indirect = ext.issuing_distribution_point(indirect=True)
    twice = [Certificate(subject="M", issuer=one, ca=True) for one in "RS"]
    between = Certificate(subject="A", issuer="M", ca=True)
    z = Certificate(subject="Z", issuer="S", ca=True)

    def rolled(title: str, accepted: bool, **said: Any) -> Rule:
        lists = [
            RevocationList(issuer="R"),
            RevocationList(issuer="A", number=3, this_update=AT - _DAY),
            RevocationList(issuer=name_of("A"), number=4, **{"signer": "A2", **said}),
        ]
        asked = Asked(
            id=title,
            target=Certificate(subject="E", issuer="A", serial=number).make(),
            anchors=[root()],
            pool=_made(Certificate(subject="A", issuer="R", ca=True), next_key, *lists),
            revocation=True,
        )  # fmt: skip
        return Rule(asked, accepted, "5.2.3, 6.3.3: the issuer's, whichever of its keys signed")

    def under_two(title: str, *anchors: str) -> Rule:
        lists = [RevocationList(issuer=one) for one in "RSM"]
        asked = Asked(
            id=title,
            target=Certificate(subject="E", issuer="A", changes=[at_z]).make(),
            anchors=[Certificate(subject=one, issuer=one, ca=True).make() for one in anchors],
            pool=_made(
                *twice, between, z, *lists, RevocationList(issuer="Z", changes=[indirect])),
            revocation=True,
        )  # fmt: skip
        why = "6.3.3 (f): the path of whoever signs lists has the target's anchor; another may do"
        return Rule(asked, True, why)

    def over_two(title: str, *, own_key_for_lists: bool) -> Rule:
        """Two authorities certify A. One of them says that it has revoked the target, by a key that
        it certified under A's name; its certificate for A is tried first."""
        only_lists: dict[str, Any] = {"changes": [ext.key_usage("crl"), _SIGNERS]}
        signers = [Certificate(subject=name_of("A"), key="L1", issuer="M2", **only_lists)]
        signer = None
        if own_key_for_lists:
            signer = "L2"
            signers.append(Certificate(subject=name_of("A"), key="L2", issuer="A", **only_lists))
        lists = [RevocationList(issuer=one) for one in ("R", "M1", "M2")]
        lists += [
            RevocationList(issuer=one, changes=[_OF_SIGNERS]) for one in ("M2", "A")
        ] + [
            RevocationList(issuer=name_of("A"), signer="L1", revoked=[entry(number)]),
            RevocationList(issuer=name_of("A"), signer=signer or "A"),
        ]  # fmt: skip
        asked = Asked(
            id=title,
            target=Certificate(subject="E", issuer="A", serial=number).make(),
            anchors=[root()],
            pool=_made(
                *(Certificate(subject=one, issuer="R", ca=True) for one in ("M1", "M2")),
                Certificate(subject="A", issuer="M1", ca=True),
                Certificate(subject="A", issuer="M2", ca=True, not_before=AT - _DAY),
                *signers, *lists),
            revocation=True,
        )  # fmt: skip
        why = "RFC 4158 2.3, 6.3.3 (f): who stands above on one path says nothing about another"
        return Rule(asked, True, why)

    return [
        over_two("revoked by whom another path goes through", own_key_for_lists=False),
        over_two("the same, and an own key for lists", own_key_for_lists=True),
        rolled("list by the next key that revokes", False, revoked=[entry(number)]),
        rolled("list by the next key that has another", True, revoked=[entry(5)]),
        rolled("list by nobody's key that revokes", True, signer="A3", revoked=[entry(number)]),
        under_two("signer of lists under one of two anchors", "R", "S"),
        under_two("signer of lists under one of two anchors, turned round", "S", "R"),
    ]


def _made(*of: Certificate | RevocationList) -> list[bytes]:
    return [one.make() for one in of]
