"""The walls between the signing core's crates stand, and a hole in one is found."""

from __future__ import annotations

import pytest

from scripts import crate_walls

LINTED = "[lints]\nworkspace = true\n"


def package(crate: str, *names: str, kind: str | None = None) -> dict[str, object]:
    return {"name": crate, "dependencies": [{"name": name, "kind": kind} for name in names]}


def sources(crate: str, lib: str, manifest: str = LINTED) -> dict[str, str]:
    return {f"{crate}/src/lib.rs": lib, f"{crate}/Cargo.toml": manifest}


def found(*packages: dict[str, object], **changes: str) -> list[str]:
    texts: dict[str, str] = {}
    for each in packages:
        texts |= sources(str(each["name"]), "#![forbid(unsafe_code)]")
    texts |= {path.replace("__", "/"): text for path, text in changes.items()}
    return list(crate_walls.breaches(list(packages), texts))


def test_the_walls_stand() -> None:
    packages, texts = crate_walls.workspace()
    assert {each["name"] for each in packages} == set(crate_walls.MAY_USE)
    assert list(crate_walls.breaches(packages, texts)) == []


def test_nobody_is_used_from_below() -> None:
    """Each crate may use only crates that stand before it."""
    above = list(crate_walls.MAY_USE)
    for crate, used in crate_walls.MAY_USE.items():
        assert all(above.index(name) < above.index(crate) for name in used)


@pytest.mark.parametrize("kind", [None, "build", "dev"])
@pytest.mark.parametrize(
    ("crate", "uses"),
    [("formats", "keys"), ("rsa_lanes", "formats"), ("status", "keys"), ("keys", "python")],
)
def test_a_lower_crate_that_uses_a_higher_one_is_found(
    crate: str, uses: str, kind: str | None
) -> None:
    assert found(package(crate, uses, kind=kind)) == [f"{crate}: must not use {uses}"]


@pytest.mark.parametrize("crate", ["formats", "keys", "rsa_lanes", "status", "threads"])
def test_python_in_another_crate_is_found(crate: str) -> None:
    assert found(package(crate, "pyo3")) == [f"{crate}: pyo3 belongs in python"]


def test_a_crate_that_does_not_forbid_unsafe_code_is_found() -> None:
    lib = {"keys__src__lib.rs": "#![deny(unsafe_code)]"}
    assert found(package("keys"), **lib) == ["keys: lib.rs does not forbid unsafe code"]


def test_unsafe_code_outside_the_module_of_intrinsics_is_found() -> None:
    inside = {"rsa_lanes__src__ifma__eight.rs": "#![allow(unsafe_code)]"}
    assert found(package("rsa_lanes"), **inside) == []
    outside = {"rsa_lanes__src__work.rs": "#[allow(unsafe_code)]"}
    assert found(package("rsa_lanes"), **outside) == ["rsa_lanes/src/work.rs: allows unsafe code"]


def test_lints_of_its_own_and_an_unknown_crate_are_found() -> None:
    manifest = {"status__Cargo.toml": '[lints.rust]\nunsafe_code = "allow"\n'}
    assert found(package("status"), **manifest) == [
        "status: Cargo.toml does not take the workspace's lints"
    ]
    assert len(found(package("newcomer"))) == 1
