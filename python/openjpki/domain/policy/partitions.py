"""Partitions of the users' revocation list: one per municipality, several for large cities."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003  the policy document reads field types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTITIONS = 99
_PARTITION = re.compile(r"([0-9]{5})-([1-9][0-9]?)")


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """The scope of one list; written ``13101-1``. Fixed in a certificate when it is issued."""

    municipality: Municipality
    number: int = 1
    """1 to 99."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_PARTITIONS:
            raise OpenJpkiError(Reason.PARTITION_NOT_FOUND, "must be 1 to 99", field="partition")

    @classmethod
    def parse(cls, text: str, *, field: str = "partition") -> Partition:
        """Raises PARTITION_NOT_FOUND for another shape, UNKNOWN_MUNICIPALITY for its code."""
        match = _PARTITION.fullmatch(text)
        if match is None:
            raise OpenJpkiError(
                Reason.PARTITION_NOT_FOUND,
                "must be a municipal code, a hyphen and 1 to 99",
                field=field,
            )
        return cls(Municipality.parse(match[1], field=field), int(match[2]))

    @property
    def text(self) -> str:
        """``<municipal code>-<number>``."""
        return f"{self.municipality.code}-{self.number}"


@dataclass(frozen=True, slots=True)
class PartitionPolicy:
    """How many partitions each municipality has at present."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Number by five-digit municipal code, where it is not one."""

    def of(self, municipality: Municipality) -> Iterator[Partition]:
        """The partitions new certificates of ``municipality`` are spread over."""
        count = self.counts.get(municipality.code, 1)
        return (Partition(municipality, number) for number in range(1, count + 1))

    def assign(self, municipality: Municipality, serial: int) -> Partition:
        """The partition of a new certificate, spread evenly by its (random) serial.

        Counts may change later, so the answer is stored with the certificate and never recomputed.
        """
        return Partition(municipality, 1 + serial % self.counts.get(municipality.code, 1))
