"""The Containerfile, as far as it can be judged without building it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.deploy.manifests import ROOT, containers, of_kind, pod_spec, service_container, tool

CONTAINERFILE = ROOT / "Containerfile"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _instructions() -> list[tuple[str, str]]:
    """(instruction, argument), comments dropped and continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", CONTAINERFILE.read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


INSTRUCTIONS = _instructions()
LAST_STAGE = INSTRUCTIONS[max(i for i, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM") :]


def _given(word: str) -> list[str]:
    return [argument for instruction, argument in INSTRUCTIONS if instruction == word]


def _last(word: str) -> str:
    (argument,) = (argument for instruction, argument in LAST_STAGE if instruction == word)
    return argument


def test_hadolint_finds_nothing() -> None:
    verdict = subprocess.run(
        [tool("hadolint"), "--failure-threshold", "style", str(CONTAINERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verdict.returncode, verdict.stdout) == (0, "")


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    copied = {
        source.rstrip("/")
        for argument in _given("COPY")
        if not argument.startswith("--from")
        for source in shlex.split(argument)[:-1]
    }
    ignore = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert copied == let_in
    assert "*" in ignore
    for source in copied:
        assert (ROOT / source).exists(), source


def test_every_base_image_is_a_parameter_and_not_latest() -> None:
    parameters = dict(a.split("=", 1) for a in _given("ARG") if a.startswith(("PYTHON", "RUST")))
    stages = {argument.split()[0] for argument in _given("FROM")}
    assert stages == {f"${{{name}}}" for name in parameters}
    for image in parameters.values():
        tag = image.rpartition(":")[2]
        assert tag
        assert tag != "latest"


def test_the_image_runs_the_python_that_the_project_supports() -> None:
    (image,) = (a for a in _given("ARG") if a.startswith("PYTHON_IMAGE"))
    found = re.search(r"python:3\.(\d+)-", image)
    least = re.search(r">=3\.(\d+)", PROJECT["project"]["requires-python"])
    assert found
    assert least
    assert int(found[1]) >= int(least[1])


def test_dependencies_come_from_the_lock_files() -> None:
    run = " ".join(_given("RUN"))
    assert "uv sync --frozen" in run
    assert "--require-hashes" in run
    assert re.search(r"maturin build [^&]*--locked", run)
    assert "--no-deps dist/" in run
    assert re.search(r"pip install [^&]*uv==\d", run)


def test_what_is_installed_knows_nothing_of_the_devkit() -> None:
    """From the lock file alone, as the build stage does it."""
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "export", "--frozen", "--quiet", "--no-default-groups", "--no-hashes"]
    command += ["--extra", "services"]
    told = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    assert re.search(r"^sqlalchemy==", told.stdout, re.M)
    assert "devkit" not in told.stdout


def test_the_lock_file_still_answers_what_the_image_asks(tmp_path: Path) -> None:
    """`uv export --frozen` is what the build stage runs; maturin must be in it, with hashes."""
    output = tmp_path / "requirements.txt"
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "export", "--frozen", "--quiet", "--only-group", "build"]
    subprocess.run([*command, "--output-file", str(output)], check=True, cwd=ROOT)
    assert re.search(r"^maturin==\S+ \\\n\s+--hash=sha256:", output.read_text("utf-8"), re.M)


def test_nobody_is_root_and_the_pods_agree() -> None:
    assert _last("USER") == "65532:65532"
    for deployment in of_kind("Deployment").values():
        context = pod_spec(deployment)["securityContext"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" == _last("USER")


def test_the_pods_arguments_follow_the_images_entry_point() -> None:
    (command,) = json.loads(_last("ENTRYPOINT"))
    assert command in PROJECT["project"]["scripts"]
    for _, container in containers():
        if container["name"] == "openjpki":
            assert "command" not in container
            assert container["args"][0] == "serve"


def test_the_entry_point_runs() -> None:
    (command,) = json.loads(_last("ENTRYPOINT"))
    program = Path(sys.executable).parent / command
    answer = subprocess.run(
        [str(program), *json.loads(_last("CMD"))], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "serve" in answer.stdout


def test_ports_are_those_of_the_pods() -> None:
    exposed = {int(port) for port in _last("EXPOSE").split()}
    opened = {
        port["containerPort"]
        for deployment in of_kind("Deployment").values()
        for port in service_container(deployment)["ports"]
    }
    assert exposed == opened


def test_labels_tell_what_it_is() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', _last("LABEL")))
    assert labels["licenses"] == PROJECT["project"]["license"]
    assert labels["version"] == "${VERSION}"
    assert f"VERSION={PROJECT['project']['version']}" in _given("ARG")
    assert not any(word == "HEALTHCHECK" for word, _ in INSTRUCTIONS)
