"""Each line of kubectl that a document has somebody type, against the manifests: that the objects,
containers, ports, keys of Secrets and files that it names are there."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from tests.deploy.manifests import (
    DEPLOY,
    NAMESPACE,
    PRODUCTION,
    ROOT,
    SERVICES,
    Manifest,
    of_kind,
    pod_spec,
)

PEOPLE = DEPLOY / "k8s" / "samples" / "people"
_BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_CALLED = re.compile(r"""kubectl (?:'[^']*'|"(?:\\.|[^"])*"|[^'"|<>\n])+""")
"""As far as a pipe, a redirection or the end of the line, but for those in quotes."""
_EVERY_SERVICE = ("{service}", "$service")
KINDS = {
    # Of Kubernetes itself, and made by what the manifests have.
    "pods", "deploy", "events",
    # cert-manager's.
    "certificate", "certificaterequest",
}  # fmt: skip


def _lines() -> list[str]:
    """Of all documents: in blocks, with their lines put together again, and in sentences."""
    found: list[str] = []
    for page in sorted((*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *DEPLOY.rglob("*.md"))):
        text = re.sub("<(service|pod)>", r"{\1}", page.read_text("utf-8"))
        blocks = [block.replace("\\\n", " ") for block in _BLOCK.findall(text)]
        inline = _INLINE.findall(_BLOCK.sub("", text))
        found += [one.strip() for one in _CALLED.findall("\n".join([*blocks, *inline]))]
    return list(dict.fromkeys(found))


LINES = _lines()


def _commands() -> list[list[str]]:
    """Words of each; a placeholder stands for every service."""
    said: list[str] = []
    for line in LINES:
        placeholders = [one for one in _EVERY_SERVICE if one in line]
        said += [line.replace(one, service) for one in placeholders for service in SERVICES]
        said += [] if placeholders else [line]
    return [shlex.split(one) for one in said]


@pytest.fixture(scope="module")
def deployments() -> dict[str, Manifest]:
    return of_kind("Deployment")


def _secrets_read(deployments: dict[str, Manifest]) -> dict[str, set[str]]:
    """Secret -> keys that pods are given of it; empty where they are given all that it has."""
    found: dict[str, set[str]] = {}
    for deployment in deployments.values():
        for volume in pod_spec(deployment).get("volumes", []):
            for secret in _sources(volume, "secret"):
                name = secret.get("secretName") or secret["name"]
                keys = {item["key"] for item in secret.get("items", [])}
                found.setdefault(name, set()).update(keys)
    return found


def _sources(volume: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    projected = volume.get("projected", {}).get("sources", [])
    return [one[kind] for one in (volume, *projected) if kind in one]


def test_documents_have_such_lines() -> None:
    assert len(LINES) > 25
    assert {words[0] for words in _commands()} == {"kubectl"}


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_a_line_names_what_the_manifests_have(
    words: list[str], deployments: dict[str, Manifest]
) -> None:
    rest = words[1:]
    if rest[:1] == ["-n"]:
        assert rest[1] == NAMESPACE
        rest = rest[2:]
    else:
        # What is applied says where itself; the others are named in prose, without their object.
        assert rest[0] == "apply" or rest in (["port-forward"], ["rollout", "undo"])
    match rest:
        case ["exec", "-i", of, "--", program, *_] | ["exec", of, "--", program, *_]:
            _exec(of, program, deployments)
        case ["scale", *of, replicas]:
            assert re.fullmatch(r"--replicas=[0-9]+", replicas)
            _of_deployments(of, deployments)
        case ["rollout", "undo" | "restart", *of] if of:
            _of_deployments(of, deployments)
        case ["create", "secret", "generic", name, given]:
            _secret(name, given, deployments)
        case ["create", "configmap", name, given]:
            _config_map(name, given, deployments)
        case ["create", "-f", "-"] | ["delete", "pod"] | ["top", "pods"]:
            pass
        case ["port-forward"] | ["rollout", "undo"]:
            pass
        case ["apply", "--server-side", "-f", file]:
            assert file in (ROOT / "Makefile").read_text("utf-8")
        case ["port-forward", service, ports]:
            _forward(service, ports, deployments)
        case ["logs", "{pod}", "--previous"]:
            pass
        case ["get", "secret", name, "-o", template]:
            made = {one["spec"]["secretName"] for one in of_kind("Certificate", PEOPLE).values()}
            assert name in made
            assert template.startswith("go-template=")
        case ["get", kinds, *_]:
            assert set(kinds.split(",")) <= KINDS
        case _:
            pytest.fail(f"this test does not understand {words}")


def _exec(of: str, program: str, deployments: dict[str, Manifest]) -> None:
    (name,) = _of_deployments([of], deployments)
    # Without -c, kubectl takes the first: the service's, in which our command is.
    assert pod_spec(deployments[name])["containers"][0]["name"] == "openjpki"
    assert program in {"openjpki", "sh"}


def _of_deployments(of: list[str], deployments: dict[str, Manifest]) -> list[str]:
    if of == ["deploy", "--all"]:
        return list(deployments)
    assert of
    names = [one.removeprefix("deploy/") for one in of]
    assert all(one.startswith("deploy/") for one in of)
    assert set(names) <= set(deployments)
    return names


def _secret(name: str, given: str, deployments: dict[str, Manifest]) -> None:
    key = given.removeprefix("--from-file=").partition("=")[0]
    read = _secrets_read(deployments)
    assert name in read
    assert key in read[name] or not read[name], read[name]


def _config_map(name: str, given: str, deployments: dict[str, Manifest]) -> None:
    assert given.startswith("--from-file=")
    mounted = {
        source["name"]
        for deployment in deployments.values()
        for volume in pod_spec(deployment).get("volumes", [])
        for source in _sources(volume, "configMap")
    }
    assert name in mounted


def _forward(service: str, ports: str, deployments: dict[str, Manifest]) -> None:
    name = service.removeprefix("service/")
    spec = of_kind("Service")[name]["spec"]
    (port,) = [one for one in spec["ports"] if one["port"] == int(ports.partition(":")[2])]
    labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
    assert spec["selector"].items() <= labels.items()
    (container, *_) = pod_spec(deployments[name])["containers"]
    named = {one["name"]: one["containerPort"] for one in container["ports"]}
    target = port.get("targetPort", port["port"])
    assert target in named or target in named.values()


def test_what_a_pod_reads_by_hand_made_secrets_is_made() -> None:
    """Every Secret that production's pods wait for has a line that makes it, or a Certificate."""
    made = {words[6] for words in _commands() if words[3:6] == ["create", "secret", "generic"]}
    made |= {one["spec"]["secretName"] for one in of_kind("Certificate", PRODUCTION).values()}
    assert set(_secrets_read(of_kind("Deployment"))) <= made
