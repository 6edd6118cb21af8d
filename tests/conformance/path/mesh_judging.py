"""What we say of meshes, and what openssl says of each path through them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openjpki_devkit.forge.extensions import ANY_POLICY
from tests.conformance.path.meshes import Link, Mesh, meshes
from tests.support.libcrypto import OpensslVerdict, openssl_verdict
from tests.support.path_asking import Answer, PathBatch
from tests.support.second_opinion import SecondOpinion, second_opinion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class JudgedMesh:
    """Our answer, and the paths that openssl accepts with its verdicts."""

    mesh: Mesh
    ours: Answer
    accepted: Sequence[tuple[Sequence[Link], OpensslVerdict]]


@dataclass(frozen=True)
class MeshDisagreement:
    """A class of paths."""

    holds: Callable[[Mesh, Sequence[Link]], bool]
    why: str
    """The sentence that decides, and what openssl does instead."""


def _mapped_from_any(_mesh: Mesh, path: Sequence[Link]) -> bool:
    return any(link.said.maps_from_any() for link in path)


def _mapped_and_inhibited(mesh: Mesh, path: Sequence[Link]) -> bool:
    """A policy is mapped from anyPolicy on this path, and anyPolicy can be inhibited there."""
    inhibited = mesh.asked.inhibit_any or any(link.said.inhibits_any for link in path)
    return inhibited and _mapped_from_any(mesh, path)


INHIBITED: Final = MeshDisagreement(
    _mapped_and_inhibited,
    "RFC 5280 6.1.3 (d) (2), 6.1.4 (b) (1): anyPolicy of a certificate is only processed while "
    "inhibit_anyPolicy is above 0, and a policy is mapped from it only where there is a node of "
    "it. openssl makes the node of the mapped policy without asking whether anyPolicy counts.",
)
SPREAD: Final = MeshDisagreement(
    _mapped_from_any,
    "RFC 5280 6.1.3 (d) (2): below a certificate that asserts anyPolicy stands each value of the "
    "expected_policy_set of the nodes above, that of a policy mapped from anyPolicy too. openssl "
    "puts the mapped policy there itself, and not what it was mapped to. The second opinion says "
    "what we say.",
)


def judged_meshes(part: tuple[int, int]) -> list[JudgedMesh]:
    """``part`` is seed and how many."""
    seed, count = part
    made = list(meshes(count, seed))
    folder = Path(tempfile.mkdtemp(prefix="paths-"))
    try:
        answers = PathBatch(folder).ask(one.asked for one in made)
    finally:
        shutil.rmtree(folder)
    return [JudgedMesh(one, answers[one.asked.id], _accepted(one)) for one in made]


def mesh_faults(judged: Sequence[JudgedMesh]) -> list[str]:
    """Verdicts and policy sets that differ from openssl's of every path, without a sentence."""
    return [said for one in judged if (said := _fault(one)) is not None]


def mesh_reason(judged: JudgedMesh) -> MeshDisagreement | None:
    """The sentence for a verdict or a policy set that differs from openssl's; none where none
    does."""
    ours, mesh = judged.ours, judged.mesh
    if _agrees(judged):
        return None
    if not ours.accepted:
        doubtful = [path for path, _ in judged.accepted if not INHIBITED.holds(mesh, path)]
        if not doubtful:
            return INHIBITED
        spread = all(SPREAD.holds(mesh, one) and not _second(mesh, one).valid for one in doubtful)
        return SPREAD if spread else None
    # The policy that openssl has too many of is one that was mapped from anyPolicy.
    if any(
        set(ours.user_policies) < set(verdict.user_policies) and INHIBITED.holds(mesh, path)
        for path, verdict in judged.accepted
    ):
        return INHIBITED
    our_path = mesh.on(ours.path)
    if not SPREAD.holds(mesh, our_path):
        return None
    second = _second(mesh, our_path)
    return SPREAD if second.valid and set(second.policies) == set(ours.user_policies) else None


def _accepted(mesh: Mesh) -> list[tuple[Sequence[Link], OpensslVerdict]]:
    asked, found = mesh.asked, []
    for path in mesh.paths:
        assert isinstance(asked.target, bytes)
        verdict = openssl_verdict(
            target=asked.target, anchors=[one for one in asked.anchors if isinstance(one, bytes)],
            pool=[link.made for link in path], at=asked.time, policies=asked.policies,
            explicit_policy=asked.explicit_policy, inhibit_mapping=asked.inhibit_mapping,
            inhibit_any=asked.inhibit_any,
        )  # fmt: skip
        if verdict.valid:
            found.append((path, verdict))
    return found


def _fault(judged: JudgedMesh) -> str | None:
    if _agrees(judged) or mesh_reason(judged) is not None:
        return None
    ours = judged.ours
    theirs = {verdict.user_policies for _, verdict in judged.accepted}
    return f"{ours.id}: {ours.reason} {ours.rule} {ours.user_policies}, openssl's paths: {theirs}"


def _agrees(judged: JudgedMesh) -> bool:
    """With a path that openssl accepts, or that there is none."""
    ours = judged.ours
    if not ours.accepted or not judged.accepted:
        return not ours.accepted and not judged.accepted
    # openssl's verdict has no set of any policy, which is what there is without a graph's end.
    sets = {frozenset(verdict.user_policies) for _, verdict in judged.accepted}
    return ANY_POLICY in ours.user_policies or frozenset(ours.user_policies) in sets


def _second(mesh: Mesh, path: Sequence[Link]) -> SecondOpinion:
    """What the second opinion says of one path."""
    asked = mesh.asked
    assert isinstance(asked.target, bytes)
    return second_opinion(
        target=asked.target, anchors=[one for one in asked.anchors if isinstance(one, bytes)],
        pool=[link.made for link in path], at=asked.time, policies=asked.policies,
        explicit_policy=asked.explicit_policy, inhibit_mapping=asked.inhibit_mapping,
        inhibit_any=asked.inhibit_any,
    )  # fmt: skip
