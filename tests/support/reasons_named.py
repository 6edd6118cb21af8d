"""Which refusals a contract names for each method: in its comment and in its service's preamble."""

from __future__ import annotations

import ast
import re
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

from google.protobuf import descriptor_pb2

from openjpki.errors import Reason

ROOT = Path(__file__).parents[2]
_PRODUCT = ROOT / "python/openjpki"
_NAME = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")
_AS_ANOTHER = re.compile(r"\bas (?:of )?([A-Z][A-Za-z]+)\b")
_KINDS = {
    "refused PKCS#10": ("x509/foreign/csr.py", "x509/foreign/key_rules.py", "x509/der.py",
                        "x509/foreign/reading.py", "x509/foreign/weak_keys.py"),
    "refused certificate": ("x509/foreign/partner.py", "x509/foreign/key_rules.py", "x509/der.py",
                            "x509/foreign/reading.py", "x509/foreign/weak_keys.py"),
    "attribute": ("domain/person", "domain/characters", "domain/municipality.py",
                  "domain/window.py"),
}  # fmt: skip
"""What a comment may name as a whole, and where the reasons of it are raised."""


@cache
def files() -> list[descriptor_pb2.FileDescriptorProto]:
    """The contracts with their comments."""
    buf = Path(sysconfig.get_path("scripts")) / "buf"
    done = subprocess.run(
        [buf, "build", "--as-file-descriptor-set", "--output", "-#format=binpb"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found = descriptor_pb2.FileDescriptorSet.FromString(done.stdout).file
    return [file for file in found if file.package.startswith("openjpki.")]


def comments(file: descriptor_pb2.FileDescriptorProto, path: list[int]) -> str:
    """What stands before the element."""
    return " ".join(
        location.leading_comments
        for location in file.source_code_info.location
        if list(location.path) == path
    )


def raised(file: Path) -> set[str]:
    """Names of the reasons in a module."""
    return {
        node.attr
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Reason"
    }


@cache
def named(service: str, method: str) -> frozenset[str]:
    """Of a service by its short name and its method."""
    for file in files():
        for index, found in enumerate(file.service):
            if found.name == service:
                at = [one.name for one in found.method].index(method)
                own = comments(file, [6, index, 2, at])
                return _reasons(own) | _reasons(comments(file, [6, index]))
    raise KeyError(service)


def _reasons(text: str) -> frozenset[str]:
    text = " ".join(text.split())
    found = set(_NAME.findall(text)) & {reason.name for reason in Reason}
    for kind, places in _KINDS.items():
        if kind in text or (kind == "attribute" and "PKCS#10 or attribute" in text):
            for place in places:
                found |= _raised_in(place)
    for other in _AS_ANOTHER.findall(text):
        for file in files():
            for index, service in enumerate(file.service):
                if service.name == other:
                    found |= _reasons(comments(file, [6, index]))
                    for at in range(len(service.method)):
                        found |= _reasons(comments(file, [6, index, 2, at]))
    return frozenset(found)


@cache
def _raised_in(place: str) -> frozenset[str]:
    path = _PRODUCT / place
    modules = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return frozenset().union(*map(raised, modules))
