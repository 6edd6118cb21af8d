"""What a form sends, read once: fields as text, at most one file."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from openjpki.console.entrance import session_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from starlette.requests import Request

_FIELDS = 500
_PART = 16 * 1024
TOKEN, FORM_ID, PIN = "token", "form_id", "pin"


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """No ``repr``: personal data."""

    fields: Mapping[str, Sequence[str]]
    file: bytes
    """Empty where none was chosen."""

    def text(self, name: str) -> str:
        """A field's value, empty where it was not sent."""
        values = self.fields.get(name, ())
        return values[0].strip() if values else ""

    def texts(self, name: str) -> list[str]:
        """All values of a field, without those that are empty."""
        return [one for one in self.fields.get(name, ()) if one]

    @property
    def form_id(self) -> str:
        """Of the form as it was shown."""
        return self.text(FORM_ID)

    @property
    def content(self) -> Hashable:
        """What it says, to know it by; a PIN is kept nowhere."""
        fields = {name: tuple(values) for name, values in self.fields.items() if name != PIN}
        return (tuple(sorted(fields.items())), self.file)

    def number(self, name: str) -> int:
        """A value of the contracts by its number; 0, which is none, for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) == 1 else 0

    def __repr__(self) -> str:
        return "Form(hidden)"


NOTHING = Form({}, b"")
"""A form that nobody has filled in yet."""


async def read_form(request: Request) -> Form:
    """Raises ``HTTPException`` for a form that no page of this session showed, and for what is no
    form. Names of files are not looked at."""
    async with request.form(max_files=1, max_fields=_FIELDS, max_part_size=_PART) as sent:
        fields: dict[str, list[str]] = {}
        file = b""
        for name, value in sent.multi_items():
            if isinstance(value, UploadFile):
                file = await value.read()
            else:
                fields.setdefault(name, []).append(value)
    form = Form(fields, file)
    expected = session_of(request).form_token(request.url.path)
    if not hmac.compare_digest(expected.encode(), form.text(TOKEN).encode()):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return form
