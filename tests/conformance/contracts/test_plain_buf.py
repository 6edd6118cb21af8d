"""The contracts as somebody else's tools read them: with buf alone, and no registry reached."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from google.rpc import code_pb2

from tests.support.field_rules import VALIDATE

ROOT = Path(__file__).parents[3]
BUF = Path(sysconfig.get_path("scripts")) / "buf"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What buf needs of a clone."""
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    return tmp_path


def buf(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs buf where no network and no cache of an earlier run can help it."""
    nowhere = "http://127.0.0.1:9"
    environment = os.environ | {
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "BUF_CACHE_DIR": str(clone / "cache"),
    }
    return subprocess.run(
        [BUF, *words], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("verb", ["build", "lint"])
def test_buf_works_in_a_plain_clone(clone: Path, verb: str) -> None:
    done = buf(clone, verb)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_lint_judges_what_is_ours(clone: Path) -> None:
    """It would say so if it did not look: a message without a comment is refused."""
    proto = clone / "protos/openjpki/api/types/v1/person.proto"
    proto.write_text(proto.read_text() + "\nmessage Uncommented {}\n")
    done = buf(clone, "lint")
    assert done.returncode != 0
    assert "Uncommented" in done.stdout


def test_the_vendored_rules_are_the_validators(clone: Path) -> None:
    """What contracts are written against is what evaluates them; only packaging options differ."""
    image = clone / "image.binpb"
    assert buf(clone, "build", "--as-file-descriptor-set", "-o", str(image)).returncode == 0
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file
    (vendored,) = (file for file in files if file.name == VALIDATE.name)
    installed = descriptor_pb2.FileDescriptorProto.FromString(VALIDATE.proto.to_binary())
    for one in (vendored, installed):
        one.ClearField("source_code_info")
        one.ClearField("options")
    assert vendored == installed


@pytest.mark.parametrize("name", ["code", "error_details"])
def test_what_is_vendored_of_google_is_what_is_installed(name: str) -> None:
    installed = Path(code_pb2.__file__).with_name(f"{name}.proto")
    vendored = ROOT / f"protos/third_party/googleapis/google/rpc/{name}.proto"
    assert vendored.read_bytes() == installed.read_bytes()


def test_the_generated_code_brings_no_package_but_openjpki() -> None:
    code = (
        "import sys\n"
        "from openjpki.api.bridge.v1 import bridge_pb2_grpc\n"
        "from openjpki.api.ocsp.v1 import ocsp_pb2_grpc\n"
        "from openjpki.api.registration.v1 import registration_pb2_grpc\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'buf'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["maturin"]["python-packages"] == ["openjpki"]
