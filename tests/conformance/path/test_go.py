"""Go's crypto/x509 judges graphs and meshes of chance as we do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki_devkit.forge import extensions as ext
from openjpki_devkit.forge.certificates import Certificate
from tests.conformance.path.go_judging import askable, go_accepts, go_faults
from tests.conformance.path.graphs import graphs
from tests.conformance.path.meshes import POLICIES, meshes
from tests.support.libcrypto import openssl_verdict
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from tests.support.path_asking import PathBatch

GRAPHS, MESHES, SEED = 400, 900, 5100


def test_graphs(batch: PathBatch) -> None:
    wanted = [one for one in graphs(GRAPHS, SEED) if askable(one.asked)]
    answers = batch.ask(one.asked for one in wanted)
    go = go_accepts(one.asked for one in wanted)
    # It asks about less (RFC 5280 4.2), ends after a hundred signatures, and with a certificate of
    # a policy that is there twice: a path that it finds is one.
    found = [one for one, accepted in zip(wanted, go, strict=True) if accepted]
    assert all(one.reaches_by_others for one in found)
    ours = [answers[one.asked.id].accepted for one in wanted]
    assert ours == [one.reaches for one in wanted]
    assert sum(one.reaches for one in found) > 9 * sum(ours) // 10


def test_meshes(batch: PathBatch) -> None:
    wanted = [one for one in meshes(MESHES, SEED) if askable(one.asked)]
    answers = batch.ask(one.asked for one in wanted)
    judged = [(one, answers[one.asked.id]) for one in wanted]
    assert go_faults(judged) == []
    assert sum(ours.accepted for _, ours in judged) > len(judged) // 4


def test_a_policy_mapped_from_any_policy_and_any_policy_below(batch: PathBatch) -> None:
    """RFC 9618 as Go reads it and we do; openssl stands alone (``mesh_judging.SPREAD``)."""
    first, mapped = POLICIES[:2]
    one = Certificate(
        subject="A", issuer="R", ca=True, policies=(ext.ANY_POLICY,),
        changes=[ext.policy_mappings((first, mapped))],
    )  # fmt: skip
    two = Certificate(subject="B", issuer="A", ca=True, policies=(ext.ANY_POLICY,))
    three = Certificate(
        subject="C",
        issuer="B",
        ca=True,
        policies=(mapped,),
        changes=[ext.policy_constraints(explicit=0)],
    )
    pool = [each.make() for each in (one, two, three)]
    anchors = [Certificate(subject="R", issuer="R", ca=True).make()]
    target = Certificate(subject="E", issuer="C", policies=(mapped,)).make()
    asked = [
        Asked(id=policy, target=target, anchors=anchors, pool=pool, policies=(policy,))
        for policy in (first, mapped)
    ]
    assert go_accepts(asked) == [True, False]
    answers = batch.ask(asked)
    assert [answers[each.id].accepted for each in asked] == [True, False]
    theirs = [
        openssl_verdict(target=target, anchors=anchors, pool=pool, policies=each.policies).valid
        for each in asked
    ]
    assert theirs == [False, True]
