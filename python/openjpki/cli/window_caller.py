"""How commands of `openjpki window` name who acts and who is meant, and reach the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
from openjpki.api.types.v1 import person_pb2
from openjpki.cli.arguments import birth_date_option
from openjpki.cli.service_access import ServiceAccess
from openjpki.domain.person import BirthDate
from openjpki.rpc.identity.roles import PeerRole

MunicipalityOption = Annotated[
    str, typer.Option("--municipality", help="5-digit municipal code, e.g. 13101.")
]
BIRTH_DATE = typer.Option(
    metavar="DATE",
    parser=birth_date_option,
    help="Birth date, 生年月日: 1915-10-24, T4.10.24 or 大正4年10月24日; where the rest is "
    "unknown, 大正4年月日不詳.",
)
OfficerOption = Annotated[str, typer.Option("--officer", help="Who acts, in the embedded mesh.")]

NameOption = Annotated[
    str,
    typer.Option("--name", help="Name, 氏名: its words with a full-width space between two."),
]
BirthDateOption = Annotated[BirthDate, BIRTH_DATE]
AddressOption = Annotated[str, typer.Option(help="Address, 住所, from the prefecture on.")]


class SexName(StrEnum):
    """男女の別."""

    MALE = "male"
    FEMALE = "female"


def attributes_message(
    name: str, birth_date: BirthDate, sex: SexName, address: str
) -> person_pb2.FourAttributes:
    """The four attributes as they were typed."""
    return person_pb2.FourAttributes(
        name=name,
        birth_date=birth_date.iso,
        sex=person_pb2.Sex.Value(f"SEX_{sex.name}"),
        address=address,
    )


@contextmanager
def window_service(
    access: ServiceAccess, municipality: str, officer: str
) -> Iterator[WindowServiceStub]:
    """The registration service as an officer reaches it."""
    with access.open(PeerRole.WINDOW_OFFICER, municipality, officer) as channel:
        yield WindowServiceStub(channel)
