"""Generates python/openjpki/api from protos/, or checks that what is committed is what it gives.

So are the reasons in python/openjpki/catalogue, which need no protobuf.

buf compiles the contracts, which is all that a plain clone needs for `buf build` and `buf lint`;
what follows works on the descriptors it gives. The proto root equals the Python root
(protos/openjpki/api/… → python/openjpki/api/…), so the generated imports need no repair.

The rules on fields (``buf.validate`` and our own ``rules.proto``) are read by the validator alone,
which has its own runtime and its own copy of them. For Google's runtime they are options it does
not know and carries along; so the messages are generated from descriptors that no longer say that
they import them, and no top-level package ``buf`` is needed.
"""

from __future__ import annotations

import argparse
import filecmp
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

from scripts import generate_catalogue

ROOT = Path(__file__).resolve().parent.parent
PROTO_ROOT = ROOT / "protos"
PYTHON_ROOT = ROOT / "python"
API = Path("openjpki/api")
BASELINE = PROTO_ROOT / "released.binpb"

OUR_RULES = "openjpki/api/types/v1/rules.proto"
RULES = {"buf/validate/validate.proto", OUR_RULES}
"""What only the validator reads."""

SCRIPTS = Path(sysconfig.get_path("scripts"))


def run_buf(*arguments: str | Path) -> None:
    done = subprocess.run([SCRIPTS / "buf", *arguments], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"buf {arguments[0]} refused the protos; its own message is above")


def build(image: Path) -> None:
    """Writes the descriptors of the contracts and of all that they import, with comments."""
    run_buf("build", "--as-file-descriptor-set", "--output", image)


def without_rules(image: Path) -> descriptor_pb2.FileDescriptorSet:
    """The descriptors for Google's runtime: the same options, but no import of what rules them."""
    kept = descriptor_pb2.FileDescriptorSet()
    for file in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file:
        if file.name in RULES:
            continue
        dependencies = [one for one in file.dependency if one not in RULES]
        file.ClearField("dependency")
        file.dependency.extend(dependencies)
        kept.file.append(file)
    return kept


def run_protoc(image: Path, files: list[str], *options: str) -> None:
    if protoc.main(["protoc", f"--descriptor_set_in={image}", *options, *files]) != 0:
        sys.exit("protoc or a plugin of it failed; its own message is above")


def plugin(name: str) -> str:
    path = SCRIPTS / f"protoc-gen-{name}"
    if not path.exists():
        sys.exit(f"{path.name} is not installed: run `.venv/bin/uv sync --locked --inexact`")
    return f"--plugin=protoc-gen-{name}={path}"


def generate(image: Path, out: Path) -> None:
    """Writes messages, stubs and their types below ``out`` (a Python root)."""
    out.mkdir(parents=True, exist_ok=True)
    kept = without_rules(image)
    ours = [file for file in kept.file if file.name.startswith(f"{API}/")]
    stripped = image.with_suffix(".messages")
    stripped.write_bytes(kept.SerializeToString())
    run_protoc(
        stripped,
        [file.name for file in ours],
        plugin("mypy"),
        f"--python_out={out}",
        f"--mypy_out=quiet:{out}",
    )
    run_protoc(
        stripped,
        [file.name for file in ours if file.service],
        plugin("mypy_grpc"),
        f"--grpc_python_out={out}",
        f"--mypy_grpc_out=quiet:{out}",
    )
    run_protoc(
        image,
        [OUR_RULES],
        plugin("py"),
        # Where the validator keeps the messages that our rules extend.
        "--py_opt=map_imports=buf/validate/**:protovalidate._gen,init_files=false",
        f"--py_out={out}",
    )
    generate_catalogue.write(kept, out)
    for folder in [out / API, *(out / API).rglob("*/")]:
        if folder.name != "__pycache__":
            (folder / "__init__.py").touch()


def tree(root: Path) -> set[Path]:
    api = {
        path.relative_to(root)
        for path in (root / API).rglob("*.py*")
        if "__pycache__" not in path.parts
    }
    return api | {file for file in generate_catalogue.FILES if (root / file).exists()}


def check(image: Path, work: Path) -> None:
    """Exits with the names of the files that differ from what is committed."""
    generate(image, work)
    fresh, committed = tree(work), tree(PYTHON_ROOT)
    drift = sorted(fresh ^ committed)
    drift += [
        name
        for name in sorted(fresh & committed)
        if not filecmp.cmp(work / name, PYTHON_ROOT / name, shallow=False)
    ]
    if drift:
        sys.exit("generated code has drifted, run `make proto`: " + ", ".join(map(str, drift)))


def main() -> None:
    """Parses the command line and does one of: generate, check, buf, release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["generate", "check", "buf", "release"])
    action = parser.parse_args().action
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        build(image)
        if action == "generate":
            generate(image, PYTHON_ROOT)
        elif action == "check":
            check(image, Path(folder) / "fresh")
        elif action == "buf":
            run_buf("lint")
            run_buf("breaking", image, "--against", BASELINE)
        else:
            run_buf(
                "build", "--as-file-descriptor-set", "--exclude-source-info", "--output", BASELINE
            )


if __name__ == "__main__":
    main()
