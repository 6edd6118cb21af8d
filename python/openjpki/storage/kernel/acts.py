"""Acts that the journal takes, and the small harmless facts that may stand in their entries.

Each service declares its acts in its own ``journal`` module, each with its retention class and the
facts it has::

    REVOKED = Act(
        "certificate.revoked",
        RetentionClass.USER_CERTIFICATES,
        {"cause": WORD, "reason_code": COUNT},
    )

The journal is kept long and read by auditors, so nothing of a person may get into it by accident:
a fact is of one of the kinds below, none of which a name, an address or a birth date has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.authority import all_authority_ids
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.retention import RetentionClass

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: text that matches a pattern as a whole, a number, or a truth value."""

    of: re.Pattern[str] | type[int] | type[bool]
    left_out: bool = False
    """Whether an entry may lack it."""

    def fits(self, value: object) -> bool:
        """Whether the value is of this kind."""
        if isinstance(self.of, re.Pattern):
            return isinstance(value, str) and self.of.fullmatch(value) is not None
        return type(value) is self.of


def optional(fact: Fact) -> Fact:
    """The same kind, which an entry may lack."""
    return Fact(fact.of, left_out=True)


def text(pattern: str) -> Fact:
    """Text of a service's own grammar. It must not fit a name, an address or a birth date."""
    return Fact(re.compile(pattern))


def list_of(fact: Fact, *, at_most: int) -> Fact:
    """Values of one kind, joined by commas; one at least."""
    if not isinstance(fact.of, re.Pattern):
        raise TypeError("only texts can be joined")
    one = fact.of.pattern
    return text(rf"(?:{one})(?:,(?:{one})){{0,{at_most - 1}}}")


UUID = text(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HEX = text(r"[0-9a-f]{2,128}")
SHA256 = text(r"[0-9a-f]{64}")
WORD = text(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
"""A name of ours: of a method, a reason, a kind of document."""
AUTHORITY = text("|".join(map(str, all_authority_ids())))
MUNICIPALITY = text(r"[0-9]{5}")
OID = text(r"[0-2](\.[0-9]{1,20}){1,30}")
TIME = text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
ACTOR = text(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,199}")
"""An officer's account or SPIFFE id."""
COUNT = Fact(int)
FLAG = Fact(bool)

_ACTOR_OF_ENTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,2047}")
"""As long as a SPIFFE id may be."""
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,199}")


@dataclass(frozen=True, slots=True, eq=False)
class Act:
    """A kind of act: its name, how long its entries are kept, the facts each entry has."""

    name: str
    """E.g. ``certificate.issued``."""
    retention: RetentionClass
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def details(self, values: Mapping[str, Value]) -> Details:
        """The facts of one entry.

        Raises ``INTERNAL`` for a fact that is not declared, is lacking or has another shape: it is
        a mistake in the program, not in a request.
        """
        for key, value in values.items():
            fact = self.facts.get(key)
            if fact is None or not fact.fits(value):
                raise refused(key)
        for key, fact in self.facts.items():
            if key not in values and not fact.left_out:
                raise refused(key)
        return Details(values)


# Made once: json.dumps makes one each time that it is told anything.
_AS_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Details:
    """Facts of one entry; immutable."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Details) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self.as_json())

    def __repr__(self) -> str:
        return f"Details({self._values!r})"

    def as_json(self) -> str:
        """One line, keys sorted, the same for the same facts."""
        return _AS_JSON(self._values)


def require_named(*, actor: str, subject: str) -> None:
    """Refuse, with ``INTERNAL``, an actor or a subject that is not an id."""
    if not _ACTOR_OF_ENTRY.fullmatch(actor):
        raise refused("actor")
    if not _SUBJECT.fullmatch(subject):
        raise refused("subject")


def refused(key: str) -> OpenJpkiError:
    """The value is not told: it may be just what must not be written down."""
    return OpenJpkiError(Reason.INTERNAL, "is not what the journal accepts there", field=key)
