"""The compiled module's refusals become the catalogue's by their data, never by their text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki import keys, signer_core, x509
from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.key_errors import key_errors
from openjpki.x509.native_errors import REASONS, as_refusals

OF_KIND: dict[str, type[Exception]] = {
    "malformed": signer_core.MalformedError,
    "trailing_bytes": signer_core.MalformedError,
    "invalid_argument": signer_core.InvalidArgumentError,
    "profile_mismatch": signer_core.ProfileMismatchError,
    "signature_check_failed": signer_core.SignatureCheckError,
    "key": signer_core.SignerError,
    "device_unavailable": signer_core.DeviceUnavailableError,
    "key_not_found": signer_core.KeyNotFoundError,
    "credential_refused": signer_core.CredentialRefusedError,
    "system": signer_core.SignerError,
}


def made(kind: str, text: str, field: str | None, place: int | None, rule: str) -> Exception:
    error = OF_KIND[kind](text)
    for name, value in (("kind", kind), ("field", field), ("place", place), ("rule", rule)):
        setattr(error, name, value)
    return error


def test_every_kind_has_a_reason() -> None:
    assert set(REASONS) == set(signer_core.ERROR_KINDS) == set(OF_KIND)


@given(
    kind=st.sampled_from(sorted(REASONS)),
    text=st.text() | st.sampled_from(["has bytes after its end", "request 7: name: is empty"]),
    field=st.none() | st.sampled_from(["name", "serial"]),
    place=st.none() | st.integers(0, 9),
    rule=st.text(min_size=1),
)
def test_no_text_changes_what_a_refusal_is(
    kind: str, text: str, field: str | None, place: int | None, rule: str
) -> None:
    with pytest.raises(OpenJpkiError) as caught, as_refusals("request"):
        raise made(kind, text, field, place, rule)
    error = caught.value
    assert error.reason is REASONS[kind]
    if error.reason is Reason.INVALID_FIELD:
        assert error.field == (field or "request")
        assert error.metadata == ({} if place is None else {"place": str(place)})
        assert str(error).endswith(f": {rule} [INVALID_FIELD]")


@given(
    kind=st.sampled_from(sorted(set(REASONS) - {"invalid_argument"})),
    text=st.text(),
)
def test_no_text_changes_what_a_keys_refusal_is(kind: str, text: str) -> None:
    with pytest.raises(OpenJpkiError) as caught, key_errors("signing/tokyo"):
        raise made(kind, text, None, None, text)
    expected = Reason.INTERNAL if kind in {"malformed", "trailing_bytes"} else REASONS[kind]
    assert caught.value.reason is expected


def test_octets_after_the_end_are_told_from_octets_that_do_not_parse() -> None:
    key = signer_core.SoftwareKey.generate(2048)
    whole = key.spki_der
    for der, reason in (
        (whole + b"\0", Reason.TRAILING_BYTES),
        (whole[:-1], Reason.MALFORMED_DER),
    ):
        with pytest.raises(OpenJpkiError) as caught, as_refusals("list"):
            signer_core.verify_batch(der, [], [])
        assert (caught.value.reason, caught.value.field) == (reason, "list")


def reads_texts(source: str) -> list[int]:
    """The lines in which the text of an exception is compared, searched or taken apart."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if any(name.name == "re" for name in names):
                found.append(node.lineno)
            case ast.Compare() | ast.Subscript():
                calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
                found += [
                    call.lineno
                    for call in calls
                    if isinstance(call.func, ast.Name) and call.func.id in {"str", "repr"}
                ]
            case ast.Attribute(value=ast.Call(func=ast.Name(id="str" | "repr"))):
                found.append(node.lineno)
            case _:
                pass
    return found


@pytest.mark.parametrize(
    "module",
    [Path(x509.__path__[0]) / "native_errors.py", Path(keys.__path__[0]) / "key_errors.py"],
    ids=lambda path: path.name,
)
def test_the_places_that_translate_read_no_text(module: Path) -> None:
    assert reads_texts(module.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "import re",
        "trailing = 'after its end' in str(error)",
        "device = str(error) == 'gone'",
        "bare = str(error).removeprefix('key: ')",
        "first = str(error)[:4]",
    ],
)
def test_a_text_that_is_read_is_found(line: str) -> None:
    assert reads_texts(line) == [1]
