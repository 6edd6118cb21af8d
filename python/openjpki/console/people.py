"""What a form says of a person, as requests have it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.api.types.v1 import person_pb2
from openjpki.domain.person import written_birth_date
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError
from openjpki.rpc.labels import name_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor

    from openjpki.console.desk import Desk
    from openjpki.console.forms import Form

SEXES = {"male": person_pb2.SEX_MALE, "female": person_pb2.SEX_FEMALE}


def attributes_of(
    form: Form, desk: Desk, message: Descriptor, path: str
) -> person_pb2.FourAttributes:
    """The four attributes as they were typed, the birth by either calendar.

    ``message`` and ``path``: the request that they are for and its field. Raises as
    ``written_birth_date``; whatever else is wrong with them the service says.
    """
    today = desk.clock.now().astimezone(JAPAN).date()
    with labelled(message):
        birth = written_birth_date(form.text("birth_date"), today=today, field=f"{path}.birth_date")
    return person_pb2.FourAttributes(
        name=form.text("name"),
        birth_date=birth.iso,
        sex=SEXES.get(form.text("sex"), person_pb2.SEX_UNSPECIFIED),
        address=form.text("address"),
    )


@contextmanager
def labelled(message: Descriptor) -> Iterator[None]:
    """What is refused before anything is sent is told by the words of the form."""
    try:
        yield
    except OpenJpkiError as refusal:
        name_fields(message, refusal)
        raise
