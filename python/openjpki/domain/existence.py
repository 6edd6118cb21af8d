"""Existence check (実在性, R2.2.1): the application against the municipality's register.

Both sides are compared exactly in canonical form (widths, vendor variants and kana marks evened
out, kanji untouched). Nothing is matched loosely: 髙 is not 高, an omitted 丁目 is a difference.
A resident from abroad may be recorded with a second name (通称), and be certified under either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.characters import canonical
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.person import RegisteredAttributes

LEAST_AGREEING = 2
"""Attributes that must agree before a record is taken to be the person meant."""

_FIELDS = ("name", "birth_date", "sex", "address")
# Of records that agree in equally many attributes, the one that agrees in the attribute named
# first here is taken for the person meant.
_BY_WEIGHT = ("name", "birth_date", "address", "sex")


@dataclass(frozen=True, slots=True, repr=False)
class RegisterRecord:
    """One resident as the register holds them, in the register's own, wider character set."""

    resident_id: str
    """Opaque number of the record."""
    municipality_code: str
    name: str
    birth_date: str
    """``YYYY-MM-DD``."""
    sex: str
    """``1`` or ``2``, or what else the policy lists."""
    address: str
    also_known_as: str = ""
    """通称; empty of who has none."""

    def __repr__(self) -> str:
        return "RegisterRecord(hidden)"


def check_existence(
    attributes: RegisteredAttributes, records: Iterable[RegisterRecord]
) -> RegisterRecord:
    """The one record of the application's municipality that agrees in all four attributes.

    ``records`` are candidates from the register: at least all of the municipality that agree in
    name, in birth date or in address. Others, and those of other municipalities, do no harm.

    Raises NOT_IN_REGISTER when no record agrees in at least two attributes; REGISTER_MISMATCH with
    metadata ``fields``, the differing ones of the best record separated by commas;
    REGISTER_AMBIGUOUS when several residents agree in all four.
    """
    code = attributes.municipality.code
    compared = [
        (_agreeing(attributes, record), record)
        for record in records
        if record.municipality_code == code
    ]
    exact = {
        record.resident_id: record for agreeing, record in compared if len(agreeing) == len(_FIELDS)
    }
    if len(exact) == 1:
        return next(iter(exact.values()))
    if exact:
        raise OpenJpkiError(
            Reason.REGISTER_AMBIGUOUS, "several residents have these attributes", field="attributes"
        )
    best = max((agreeing for agreeing, _ in compared), key=_rank, default=frozenset())
    if len(best) < LEAST_AGREEING:
        raise OpenJpkiError(
            Reason.NOT_IN_REGISTER,
            "no resident of the municipality has these attributes",
            field="attributes",
        )
    differing = [field for field in _FIELDS if field not in best]
    raise OpenJpkiError(
        Reason.REGISTER_MISMATCH,
        f"differs from the register: {', '.join(differing)}",
        field=f"attributes.{differing[0]}" if len(differing) == 1 else "attributes",
        fields=",".join(differing),
    )


def _agreeing(attributes: RegisteredAttributes, record: RegisterRecord) -> frozenset[str]:
    agrees = {
        # Who has no second name has an empty one, which nobody states.
        "name": attributes.name in {canonical(record.name), canonical(record.also_known_as)},
        "birth_date": attributes.birth_date == record.birth_date,
        "sex": attributes.sex == record.sex,
        "address": attributes.address == canonical(record.address),
    }
    return frozenset(field for field, same in agrees.items() if same)


def _rank(agreeing: frozenset[str]) -> tuple[int, tuple[bool, ...]]:
    return len(agreeing), tuple(field in agreeing for field in _BY_WEIGHT)
