"""Generates python/openjpki/api from protos/, or checks that what is committed is what it gives.

The proto root equals the Python root (protos/openjpki/api/… → python/openjpki/api/…), so the
generated imports need no repair. ``buf/validate/validate.proto`` is not vendored: its descriptor
comes out of the installed protovalidate package, which ships no Python module of it that our
generated code could import; so that one is generated beside ours. buf reads the same descriptors
as an image.
"""

from __future__ import annotations

import argparse
import filecmp
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    timestamp_pb2,
)
from grpc_tools import protoc
from protovalidate import ViolationPb

ROOT = Path(__file__).resolve().parent.parent
PROTO_ROOT = ROOT / "protos"
PYTHON_ROOT = ROOT / "python"
API = Path("openjpki/api")
VALIDATE = "buf/validate/validate.proto"
GENERATED = (API, Path("buf"))
BUF = Path(sysconfig.get_path("scripts")) / "buf"


def foreign_descriptors(into: Path) -> Path:
    """Writes the descriptors of the protos we import but do not own."""
    files = descriptor_pb2.FileDescriptorSet()
    descriptor_pool.Default().FindFileByName(descriptor_pb2.DESCRIPTOR.name).CopyToProto(
        files.file.add()
    )
    for module in (duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(ViolationPb.desc().file.proto.to_binary())
    path = into / "foreign.binpb"
    path.write_bytes(files.SerializeToString())
    return path


def sources() -> list[str]:
    """Our protos, relative to the proto root."""
    return sorted(str(path.relative_to(PROTO_ROOT)) for path in PROTO_ROOT.rglob("*.proto"))


def run_protoc(foreign: Path, files: list[str], *options: str) -> None:
    arguments = ["protoc", f"--descriptor_set_in={foreign}", f"--proto_path={PROTO_ROOT}"]
    if protoc.main([*arguments, *options, *files]) != 0:
        sys.exit("protoc refused the protos; its own message is above")


def generate(foreign: Path, out: Path) -> None:
    """Writes messages, stubs and their types below ``out`` (a Python root)."""
    out.mkdir(parents=True, exist_ok=True)
    plugins = Path(sysconfig.get_path("scripts"))
    mypy = f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}"
    messages = (mypy, f"--python_out={out}", f"--mypy_out=quiet:{out}")
    run_protoc(foreign, [VALIDATE], *messages)
    run_protoc(
        foreign,
        sources(),
        *messages,
        f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
        f"--grpc_python_out={out}",
        f"--mypy_grpc_out=quiet:{out}",
    )
    for proto in sources():
        if not re.search(r"^service ", (PROTO_ROOT / proto).read_text(), re.MULTILINE):
            for suffix in ("_pb2_grpc.py", "_pb2_grpc.pyi"):
                (out / proto.replace(".proto", suffix)).unlink(missing_ok=True)
    for root in GENERATED:
        for folder in [out / root, *(out / root).rglob("*/")]:
            if folder.name != "__pycache__":
                (folder / "__init__.py").touch()


def tree(root: Path) -> set[Path]:
    return {
        path.relative_to(root)
        for top in GENERATED
        for path in (root / top).rglob("*.py*")
        if "__pycache__" not in path.parts
    }


def check(foreign: Path, work: Path) -> None:
    """Exits with the names of the files that differ from what is committed."""
    generate(foreign, work)
    fresh, committed = tree(work), tree(PYTHON_ROOT)
    drift = sorted(fresh ^ committed)
    drift += [
        name
        for name in sorted(fresh & committed)
        if not filecmp.cmp(work / name, PYTHON_ROOT / name, shallow=False)
    ]
    if drift:
        sys.exit("generated code has drifted, run `make proto`: " + ", ".join(map(str, drift)))


def buf(foreign: Path, work: Path) -> None:
    """Lints the contracts and compares them with the last released ones."""
    image = work / "image.binpb"
    run_protoc(
        foreign,
        sources(),
        "--include_imports",
        "--include_source_info",
        f"--descriptor_set_out={image}",
    )
    baseline = PROTO_ROOT / "released.binpb"
    for verb in (["lint"], ["breaking", "--against", str(baseline)]):
        done = subprocess.run([BUF, verb[0], str(image), *verb[1:]], cwd=ROOT, check=False)  # noqa: S603
        if done.returncode != 0:
            sys.exit(f"buf {verb[0]} refused the protos; its own message is above")


def main() -> None:
    """Parses the command line and does one of: generate, check, buf, release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["generate", "check", "buf", "release"])
    action = parser.parse_args().action
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        foreign = foreign_descriptors(work)
        if action == "generate":
            generate(foreign, PYTHON_ROOT)
        elif action == "check":
            check(foreign, work / "fresh")
        elif action == "buf":
            buf(foreign, work)
        else:
            run_protoc(
                foreign,
                sources(),
                "--include_imports",
                f"--descriptor_set_out={PROTO_ROOT / 'released.binpb'}",
            )


if __name__ == "__main__":
    main()
