"""Writes the catalogue of refusals as a Python module, from the contracts' descriptors.

``openjpki.errors`` must know the reasons without loading protobuf, so they are written out; that
makes reason.proto, and path.proto for reasons against a path, the only lists that anybody edits.
``scripts/generate_api.py`` runs this and checks that what is committed is what it gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool, message_factory
from google.rpc import code_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import EnumDescriptor
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

FOLDER = Path("openjpki/catalogue")
FILES = (FOLDER / "audience.py", FOLDER / "reason.py", FOLDER / "path_reason.py")

_PACKAGE = "openjpki.api.types.v1"
_HEAD = '''"""{docstring}

Generated from openjpki/api/types/v1/{source}.proto by scripts/generate_catalogue.py; do not edit.
"""

from __future__ import annotations

'''


def write(files: FileDescriptorSet, out: Path) -> None:
    """Writes the modules below ``out``, a Python root."""
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    comments = _comments(files)
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    texts = (
        _audiences(pool.FindEnumTypeByName(f"{_PACKAGE}.Audience"), comments),
        _reasons(pool, pool.FindEnumTypeByName(f"{_PACKAGE}.Reason")),
        _path_reasons(pool, pool.FindEnumTypeByName(f"{_PACKAGE}.PathReason")),
    )
    for path, text in zip(FILES, texts, strict=True):
        (out / path).write_text(text)


def _audiences(audience: EnumDescriptor, comments: dict[str, str]) -> str:
    lines = [
        _HEAD.format(docstring="Who can put a refusal right.", source="reason"),
        "from enum import Enum\n\n\n",
        "class Audience(Enum):\n",
        '    """Whom a refusal concerns."""\n\n',
    ]
    for value in audience.values[1:]:
        name = value.name.removeprefix("AUDIENCE_")
        lines += [f"    {name} = {value.number}\n", f'    """{comments[value.name]}"""\n']
    return "".join(lines)


def _reasons(pool: descriptor_pool.DescriptorPool, reasons: EnumDescriptor) -> str:
    options = _options(pool)
    catalogue = pool.FindExtensionByName(f"{_PACKAGE}.catalogue")
    audience = pool.FindEnumTypeByName(f"{_PACKAGE}.Audience")
    lines = [
        _HEAD.format(docstring="The reasons of the catalogue.", source="reason"),
        "from openjpki.catalogue.audience import Audience\n",
        "from openjpki.catalogue.entry import CataloguedReason, Entry, Text\n\n\n",
        "class Reason(CataloguedReason):\n",
        '    """Why something was refused."""\n\n',
    ]
    for value in reasons.values[1:]:
        entry = options.FromString(value.GetOptions().SerializeToString()).Extensions[catalogue]
        whom = audience.values_by_number[entry.audience].name.removeprefix("AUDIENCE_")
        lines += [
            f"    {value.name.removeprefix('REASON_')} = Entry(\n",
            f"        number={value.number},\n",
            f'        code="{code_pb2.Code.Name(entry.code)}",\n',
            f"        audience=Audience.{whom},\n",
            f"        retryable={entry.retryable},\n",
            *_text("text", entry.text),
            *_text("next_step", entry.next_step),
            "    )\n",
        ]
    return "".join(lines)


def _path_reasons(pool: descriptor_pool.DescriptorPool, reasons: EnumDescriptor) -> str:
    options = _options(pool)
    words = pool.FindExtensionByName(f"{_PACKAGE}.path_text")
    lines = [
        _HEAD.format(docstring="Why a certification path is not accepted.", source="path"),
        "from openjpki.catalogue.entry import CataloguedPathReason, PathEntry, Text\n\n\n",
        "class PathReason(CataloguedPathReason):\n",
        '    """Why a certificate, or a path to it, is not accepted."""\n\n',
    ]
    for value in reasons.values[1:]:
        text = options.FromString(value.GetOptions().SerializeToString()).Extensions[words]
        lines += [
            f"    {value.name.removeprefix('PATH_REASON_')} = PathEntry(\n",
            f"        number={value.number},\n",
            *_text("text", text),
            "    )\n",
        ]
    return "".join(lines)


def _options(pool: descriptor_pool.DescriptorPool) -> Any:
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("google.protobuf.EnumValueOptions")
    )


def _text(name: str, text: Any) -> Iterator[str]:
    yield f"        {name}=Text(\n"
    yield f"            ja={_quoted(text.ja)},\n"
    yield f"            en={_quoted(text.en)},\n"
    yield "        ),\n"


def _quoted(words: str) -> str:
    if not words or any(letter in words for letter in '"\\\n'):
        raise ValueError(f"words for people are one line without quotes: {words!r}")
    return f'"{words}"'


def _comments(files: FileDescriptorSet) -> dict[str, str]:
    """Of the values of reason.proto's first enum, by name."""
    (file,) = (one for one in files.file if one.name == "openjpki/api/types/v1/reason.proto")
    values = file.enum_type[0].value
    return {
        values[location.path[3]].name: " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        # 5: enum_type, its first; 2: value.
        if list(location.path[:3]) == [5, 0, 2] and len(location.path) == 4
    }
